"""
Mollifiers and what they smooth
===============================

Every kernel smooths the step, the ramp and, through them, any piecewise-linear function. The band is the largest
distance to the hard function, ``sup_error``.
"""

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.smooth import Mollifier, smooth_clip, smooth_floor, sup_error

x = np.linspace(-3, 3, 601)
names = ["logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus"]
figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
for name in names:
    kernel = Mollifier(name, width=0.5)
    axes[0, 0].plot(x, kernel.density(x), label=name)
    axes[0, 1].plot(x, kernel.ramp(x) - np.maximum(x, 0), label=f"{name}: {kernel.sup_error:.3f}")
axes[0, 0].set(title="densities, width 0.5", xlabel="x")
axes[0, 1].set(title="ramp minus max(x, 0); largest at 0", xlabel="x")

# %%
# Clip and floor: the smooth function with the band of its error.

error = sup_error("relu", kernel="gaussian", width=0.3)
hard = np.clip(x, -1, 1)
axes[1, 0].fill_between(x, hard - error, hard + error, alpha=0.2, label="sup error")
axes[1, 0].plot(x, hard, "k:", label="clip")
axes[1, 0].plot(x, smooth_clip(x, width=0.3), label="smooth_clip, width 0.3")
axes[1, 0].set(title="clip", xlabel="x")
for width in (0.02, 0.1, 0.3):
    axes[1, 1].plot(x, smooth_floor(x, width=width), label=f"width {width}")
axes[1, 1].set(title="smooth floor, logistic kernel", xlabel="x")
for axis in axes.flat:
    axis.legend(fontsize=8)
plt.show()
