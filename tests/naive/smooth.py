"""Slow references of the smooth kernels: the formulas by loops, in 40 digits where numpy would round."""

import math

import mpmath
import numpy as np

_MP = mpmath.MPContext()
_MP.dps = 50


def _log_sum(values, tau):
    values = [float(v) for v in values]
    if any(math.isnan(v) for v in values):
        return math.nan
    top = max(values, default=-math.inf)
    if math.isinf(top) or tau == 0:
        return top
    if math.isinf(tau):
        return math.inf if sum(v > -math.inf for v in values) > 1 else top
    tau, others = _MP.mpf(tau), sorted(values)[:-1]
    rest = sum(_MP.exp((_MP.mpf(v) - _MP.mpf(top)) / tau) for v in others if v > -math.inf)
    return float(_MP.mpf(top) + tau * _MP.log1p(rest))


def log_sum_rows(x, tau):
    """tau ln sum exp(x / tau) by rows."""
    return np.array([_log_sum(row, float(tau[i % len(tau)])) for i, row in enumerate(x)])


def log_sum_lanes(x, tau):
    """The same over the middle axis."""
    rows = x.transpose(0, 2, 1).reshape(-1, x.shape[1])
    return log_sum_rows(rows, tau).reshape(x.shape[0], x.shape[2])


def _softmax(values, tau):
    values = [float(v) for v in values]
    if any(math.isnan(v) for v in values):
        return [math.nan] * len(values)
    top = max(values, default=-math.inf)
    if math.isinf(tau) and not math.isinf(top):
        shares = [float(v > -math.inf) for v in values]
    elif math.isinf(top) or tau == 0:
        shares = [float(v == top) for v in values]
    else:
        shares = [_MP.exp((_MP.mpf(v) - _MP.mpf(top)) / _MP.mpf(tau)) if v > -math.inf else _MP.mpf(0) for v in values]
    total = sum(shares)
    return [float(s / total) for s in shares]


def softmax_rows(x, tau):
    """exp(x / tau) / sum by rows."""
    return np.array([_softmax(row, float(tau[i % len(tau)])) for i, row in enumerate(x)]).reshape(x.shape)


def log_softmax_rows(x, tau):
    """ln of softmax by rows."""
    out = np.empty(x.shape)
    for i, row in enumerate(x):
        own = float(tau[i % len(tau)])
        top = max(row, default=-math.inf)
        if any(np.isnan(row)) or math.isinf(top) or own == 0 or math.isinf(own):
            out[i] = [math.log(p) if p > 0 else (p if p != p else -math.inf) for p in _softmax(row, own)]
            continue
        with _MP.workdps(350):
            rest = sum(_MP.exp((_MP.mpf(v) - _MP.mpf(top)) / _MP.mpf(own)) for v in row if v > -math.inf) - 1
            shift = _MP.log1p(rest)
            out[i] = [float((_MP.mpf(v) - _MP.mpf(top)) / _MP.mpf(own) - shift) if v > -math.inf else v for v in row]
    return out


def mellowmax_rows(x, tau):
    """Log-sum-exp minus tau ln n; the mean for tau = inf."""
    out = []
    for i, row in enumerate(x):
        own = float(tau[i % len(tau)])
        top = max(row)
        if any(np.isnan(row)) or math.isinf(top) or own == 0:
            out.append(math.nan if any(np.isnan(row)) else top)
        elif math.isinf(own):
            out.append(np.mean(row))
        else:
            mean = sum(_MP.exp((_MP.mpf(v) - _MP.mpf(top)) / _MP.mpf(own)) for v in row if v > -math.inf) / len(row)
            out.append(float(_MP.mpf(top) + _MP.mpf(own) * _MP.log(mean)))
    return np.array(out)


def boltzmann_rows(x, tau):
    """Mean of x under softmax(x / tau), and its gradient, for finite x and 0 < tau < inf."""
    values, grads = [], []
    for i, row in enumerate(x):
        own = _MP.mpf(float(tau[i % len(tau)]))
        numbers = [_MP.mpf(float(v)) for v in row]
        weights = [_MP.exp((v - max(numbers)) / own) for v in numbers]
        p = [w / sum(weights) for w in weights]
        mean = sum(a * b for a, b in zip(p, numbers))
        values.append(float(mean))
        grads.append([float(a * (1 + (b - mean) / own)) for a, b in zip(p, numbers)])
    return np.column_stack([values, np.array(grads)])


def pnorm_rows(x, tau):
    """(sum x^p)^(1/p), p = 1 / tau, and its gradient, for positive finite x and 0 < tau < inf."""
    rows = []
    for i, row in enumerate(x):
        p = 1 / _MP.mpf(float(tau[i % len(tau)]))
        numbers = [_MP.mpf(float(v)) for v in row]
        norm = sum(v**p for v in numbers) ** (1 / p)
        rows.append([float(norm)] + [float((v / norm) ** (p - 1)) for v in numbers])
    return np.array(rows)


def signed_log_sum_rows(x, b, tau):
    """tau ln |S| and the sign of S = sum b exp(x / tau), for finite x and 0 < tau < inf."""
    rows = []
    for i, (row, weights) in enumerate(zip(x, b)):
        own = _MP.mpf(float(tau[i % len(tau)]))
        live = [(_MP.mpf(float(v)), _MP.mpf(float(w))) for v, w in zip(row, weights) if w]
        top = max([v for v, _ in live], default=_MP.mpf(0))
        total = sum((w * _MP.exp((v - top) / own) for v, w in live), _MP.mpf(0))
        if total == 0:
            rows.append([-math.inf, 0.0])
        else:
            rows.append([float(top + own * _MP.log(abs(total))), float(_MP.sign(total))])
    return np.array(rows)


def _density(kernel, z):
    a = abs(z)
    inside = {"uniform": a < 0.5, "triangular": a < 1, "epanechnikov": a < 1}.get(kernel, True)
    if not inside:
        return _MP.mpf(0.5) if kernel == "uniform" and a == 0.5 else _MP.mpf(0)
    return {
        "logistic": lambda: _MP.exp(-a) / (1 + _MP.exp(-a)) ** 2,
        "gaussian": lambda: _MP.npdf(z),
        "laplace": lambda: _MP.exp(-a) / 2,
        "uniform": lambda: _MP.mpf(1),
        "triangular": lambda: 1 - a,
        "epanechnikov": lambda: 3 * (1 - a * a) / 4,
        "squareplus": lambda: (1 + z * z) ** _MP.mpf(-1.5) / 2,
        "cauchy": lambda: 1 / (_MP.pi * (1 + z * z)),
    }[kernel]()


def _step(kernel, z):
    edge = {"uniform": 0.5, "triangular": 1, "epanechnikov": 1}.get(kernel, _MP.inf)
    if abs(z) >= edge:
        return _MP.mpf(z > 0)
    return {
        "logistic": lambda: 1 / (1 + _MP.exp(-z)),
        "gaussian": lambda: _MP.erfc(-z / _MP.sqrt(2)) / 2,
        "laplace": lambda: _MP.exp(z) / 2 if z < 0 else 1 - _MP.exp(-z) / 2,
        "uniform": lambda: z + _MP.mpf(0.5),
        "triangular": lambda: (1 + z) ** 2 / 2 if z < 0 else 1 - (1 - z) ** 2 / 2,
        "epanechnikov": lambda: (2 + 3 * z - z**3) / 4,
        "squareplus": lambda: (1 + z / _MP.sqrt(1 + z * z)) / 2,
        "cauchy": lambda: _MP.mpf(0.5) + _MP.atan(z) / _MP.pi,
    }[kernel]()


def _ramp(kernel, z):
    edge = {"uniform": 0.5, "triangular": 1, "epanechnikov": 1}.get(kernel, _MP.inf)
    if abs(z) >= edge:
        return max(z, _MP.mpf(0))
    return {
        "logistic": lambda: _MP.log1p(_MP.exp(z)),
        "gaussian": lambda: z * _step(kernel, z) + _MP.npdf(z),  # 60 digits: more than the tail can cancel
        "laplace": lambda: max(z, 0) + _MP.exp(-abs(z)) / 2,
        "uniform": lambda: (z + _MP.mpf(0.5)) ** 2 / 2,
        "triangular": lambda: (1 + z) ** 3 / 6 if z < 0 else z + (1 - z) ** 3 / 6,
        "epanechnikov": lambda: (3 + 8 * z + 6 * z * z - z**4) / 16,
        "squareplus": lambda: (z + _MP.sqrt(1 + z * z)) / 2,
    }[kernel]()


def mollified(x, width, kernel, quantity):
    """Ramp, step, density, sign, absolute value or gate of a mollifier, for finite x and positive widths."""
    out = []
    with _MP.workdps(60):
        for i, value in enumerate(x):
            w = _MP.mpf(float(width[i % len(width)]))
            number = _MP.mpf(float(value))
            z = number / w
            out.append(
                float(
                    {
                        "ramp": lambda z=z, w=w: w * _ramp(kernel, z),
                        "step": lambda z=z: _step(kernel, z),
                        "density": lambda z=z, w=w: _density(kernel, z) / w,
                        "sign": lambda z=z: 2 * _step(kernel, z) - 1,
                        "sign_slope": lambda z=z, w=w: 2 * _density(kernel, z) / w,
                        "abs": lambda z=z, w=w: abs(z) * w + 2 * w * _ramp(kernel, -abs(z)),
                        "gate": lambda z=z, number=number: number * _step(kernel, z),
                        "gate_slope": lambda z=z: _step(kernel, z) + z * _density(kernel, z),
                    }[quantity]()
                )
            )
    return np.array(out)


def piecewise(x, width, kernel, line, pieces):
    """a x + c + sum Δa w Ψ + Δc Φ, and its derivative."""
    rows = []
    with _MP.workdps(60):
        for i, value in enumerate(x):
            w = _MP.mpf(float(width[i % len(width)]))
            number = _MP.mpf(float(value))
            total = line[0] * number + line[1]
            slope = _MP.mpf(line[0])
            for b, change, jump in pieces:
                z = (number - _MP.mpf(b)) / w
                total += change * w * _ramp(kernel, z) + jump * _step(kernel, z)
                slope += change * _step(kernel, z) + jump * _density(kernel, z) / w
            rows.append([float(total), float(slope)])
    return np.array(rows).reshape(len(x), 2)
