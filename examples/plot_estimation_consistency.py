"""
Rates of convergence
====================

The root mean squared error of an estimator falls like a power of the sample size: the square root for means and
medians of normal data, the first power for the maximum of uniform data.
"""

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.estimation import consistency_curve, order_statistic_moments

grid = (10, 20, 50, 100, 200, 500, 1000)
cases = {
    "mean, normal": ("mean", "normal", 0.0, {}),
    "median, normal": ("median", "normal", 0.0, {}),
    "maximum, uniform": ("max", "uniform", 1.0, {}),
    "median, Cauchy": ("median", "cauchy", 0.0, {}),
}

# %%
# Each point carries its Monte Carlo error; the rate is the slope of the weighted line.
figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
for name, (estimator, sampler, truth, parameters) in cases.items():
    curve = consistency_curve(
        estimator, sampler, truth=truth, n_grid=grid, n_replicates=2000, random_state=0, sampler_params=parameters
    )
    label = f"{name}: rate {curve.rate:.3f} ± {curve.rate_std_error:.3f}"
    axes.errorbar(curve.n, curve.rmse, 2 * curve.rmse_mcse, marker="o", markersize=3, capsize=2, label=label)

# %%
# The exact error of the normal median, for odd sizes.
odd = np.array([11, 21, 51, 101, 201, 501, 1001])
exact = [order_statistic_moments(int(n), int(n) // 2 + 1).variance ** 0.5 for n in odd]
axes.plot(odd, exact, color="black", linewidth=0.8, linestyle="--", label="median, normal: exact")
axes.set(xscale="log", yscale="log", xlabel="sample size", ylabel="root mean squared error")
axes.legend()
plt.show()
