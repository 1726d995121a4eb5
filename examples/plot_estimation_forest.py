"""
Estimators side by side: a forest plot
======================================

Bias and root mean squared error of rival estimators of the centre and of the spread, on common samples of a normal
law with ten percent of wild values. Bars are two Monte Carlo standard errors.
"""

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.estimation import compare_estimators, hodges_lehmann, mad, qn, sn

studies = {
    "Location, truth 0": (["mean", "trimmed_mean", "median", hodges_lehmann], 0.0),
    "Scale, truth 1": (["std1", "iqr", mad, sn, qn], 1.0),
}

# %%
# One call compares them; every measure has its error beside it.
figure, axes = plt.subplots(2, 2, figsize=(10, 5), layout="constrained")
for row, (title, (estimators, truth)) in zip(axes, studies.items()):
    study = compare_estimators(
        estimators, sampler="contaminated_normal", truth=truth, n_samples=50, n_replicates=2000, random_state=0
    )
    place = np.arange(len(estimators))
    for side, measure in zip(row, ("bias", "rmse")):
        value, error = getattr(study, f"{measure}_"), getattr(study, f"{measure}_mcse_")
        side.errorbar(value, place, xerr=2 * error, fmt="o", capsize=3)
        side.set(title=f"{title}: {measure}")
        side.set_yticks(place, study.names_)
        side.invert_yaxis()
    row[0].axvline(0.0, color="black", linewidth=0.8)
    print(study.summary()[["bias", "bias_mcse", "rmse", "rmse_mcse"]].round(4))
plt.show()
