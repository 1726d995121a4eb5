"""
One more point: sensitivity, influence and breakdown
====================================================

How far does one added observation move an estimator? Without bound for the mean, boundedly for the median, the
Hodges-Lehmann estimator and the trimmed mean. Breakdown is the share of bad points that carries an estimator away.
"""

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.estimation import breakdown_point, hodges_lehmann, mad, qn, sensitivity_curve, sn

sample = np.random.default_rng(0).normal(size=40)
grid = np.linspace(-6, 6, 241)

# %%
# Sensitivity curves (n + 1)(T(x, z) - T(x)) of locations and scales.
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for name, estimator in {
    "mean": "mean",
    "median": "median",
    "trimmed mean": "trimmed_mean",
    "Hodges-Lehmann": hodges_lehmann,
}.items():
    left.plot(grid, sensitivity_curve(estimator, sample, grid).value, label=name)
left.set(title="Location", xlabel="added point", ylabel="sensitivity")
left.legend()
for name, estimator in {"standard deviation": "std1", "mad": mad, "sn": sn, "qn": qn}.items():
    middle.plot(grid, sensitivity_curve(estimator, sample, grid).value, label=name)
middle.set(title="Scale", xlabel="added point")
middle.legend()

# %%
# Breakdown points at n = 40.
estimators = {
    "mean": "mean",
    "std1": "std1",
    "trimmed mean": "trimmed_mean",
    "Hodges-Lehmann": hodges_lehmann,
    "median": "median",
    "mad": mad,
    "sn": sn,
    "qn": qn,
}
points = [breakdown_point(estimator, 40) for estimator in estimators.values()]
bars = right.barh(list(estimators), points)
right.bar_label(bars, fmt="%.3f", padding=2)
right.set(title="Breakdown point, n = 40", xlim=(0, 0.62))
right.invert_yaxis()
plt.show()
