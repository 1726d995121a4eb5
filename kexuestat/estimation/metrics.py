"""Performance measures of estimators from their replicates, each with its Monte Carlo standard error.

K = number of replicates, θ̄ = their mean, S = their standard deviation (divisor K-1), κ = kurtosis, ρ = correlation of
two estimators, M² = mean of se² (Morris, White, Crowther 2019, doi:10.1002/sim.8086; the error of S with κ in place
of its normal value 3).
"""

import math

import numpy as np


def moments(values):
    """Return mean, S, skewness and kurtosis of finite values (K,); kurtosis 3 is normal."""
    mean = values.mean()
    d = values - mean
    second = (d * d).mean()
    spread = math.sqrt(second * len(values) / (len(values) - 1.0))
    if second == 0.0:
        return float(mean), 0.0, math.nan, math.nan
    scaled = d / math.sqrt(second)
    square = scaled * scaled
    return float(mean), spread, float((square * scaled).mean()), float((square * square).mean())


def of_estimator(values, truth, margin):
    """Return {attribute: number} of one estimator from its finite replicates (K,)."""
    k = len(values)
    mean, spread, skewness, kurtosis = moments(values)
    bias, error = mean - truth, spread / math.sqrt(k)
    shape = math.sqrt(max(kurtosis - 1.0, 0.0) / k) if spread > 0 else 0.0
    squares = (values - truth) ** 2
    mse = float(squares.mean())
    rmse, rmse_error = math.sqrt(mse), _rmse_error(squares)
    return {
        "mean": mean,
        "skewness": skewness,
        "kurtosis": kurtosis,
        "bias": bias,
        "bias_mcse": error,
        "relative_bias": bias / truth if truth != 0 else math.nan,
        "relative_bias_mcse": error / abs(truth) if truth != 0 else math.nan,
        "empse": spread,
        "empse_mcse": 0.5 * spread * shape,
        "variance": spread**2,
        "variance_mcse": spread**2 * shape,
        "mse": mse,
        "mse_mcse": math.sqrt(float(((squares - mse) ** 2).sum()) / (k * (k - 1.0))),
        "rmse": rmse,
        "rmse_mcse": rmse_error,
        "is_unbiased": bool(abs(bias) + 1.645 * error < margin * spread),
    }


def _rmse_error(squares):
    """Return the jackknife standard error of √mean."""
    k = len(squares)
    left_out = np.sqrt(np.maximum(squares.sum() - squares, 0.0) / (k - 1.0))
    return math.sqrt((k - 1.0) / k * float(((left_out - left_out.mean()) ** 2).sum()))


def of_standard_errors(errors, spread):
    """Return {attribute: number} of model standard errors (K,), against the empirical one."""
    k = len(errors)
    squares = errors * errors
    model = math.sqrt(squares.mean())
    variance = float(squares.var(ddof=1))
    if model == 0.0 or spread == 0.0:
        return dict.fromkeys(("model_se", "model_se_mcse"), model) | dict.fromkeys(
            ("relative_error_model_se", "relative_error_model_se_mcse"), math.nan
        )
    ratio = model / spread
    return {
        "model_se": model,
        "model_se_mcse": math.sqrt(variance / (4.0 * k * model**2)),
        "relative_error_model_se": 100.0 * (ratio - 1.0),
        "relative_error_model_se_mcse": 100.0
        * ratio
        * math.sqrt(variance / (4.0 * k * model**4) + 1.0 / (2.0 * (k - 1.0))),
    }


def of_intervals(ends, truth, mean):
    """Return {attribute: number} of intervals (K, 2): coverage, bias-eliminated coverage, power, width."""
    low, high = ends.T
    shares = {
        "coverage": ((low <= truth) & (truth <= high)).mean(),
        "coverage_bias_eliminated": ((low <= mean) & (mean <= high)).mean(),
        "power": ((low > 0.0) | (high < 0.0)).mean(),
    }
    result = {name: float(p) for name, p in shares.items()}
    for name, p in shares.items():
        result[f"{name}_mcse"] = math.sqrt(p * (1.0 - p) / len(ends))
    width = high - low
    result["interval_width"], result["interval_width_mcse"] = (
        float(width.mean()),
        float(width.std(ddof=1) / math.sqrt(len(ends))),
    )
    return result


def relative_precision(estimates):
    """Return the matrix 100 [(S_A/S_B)² - 1] and its standard error 200 (S_A/S_B)² √((1-ρ²)/(K-1))."""
    k = estimates.shape[1]
    d = estimates - estimates.mean(axis=1, keepdims=True)
    covariance = d @ d.T / (k - 1.0)
    variance = np.diag(covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = variance[:, None] / variance
        unexplained = np.maximum(1.0 - covariance**2 / (variance[:, None] * variance), 0.0)
    np.fill_diagonal(unexplained, 0.0)
    return 100.0 * (ratio - 1.0), 200.0 * ratio * np.sqrt(unexplained / (k - 1.0))
