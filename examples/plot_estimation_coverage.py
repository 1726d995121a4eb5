"""
How well do bootstrap intervals of a mean cover?
================================================

Nominal 95 percent intervals for the mean of lognormal data, from small samples. Every share is shown with twice its
Monte Carlo standard error; the studentised interval comes nearest, and all need large samples.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.estimation import Bootstrap, EstimatorDiagnostics

sizes = [10, 20, 50, 100]
kinds = ["percentile", "basic", "bca", "t"]
replicates = 2000

# %%
# One pass gives all four intervals of a sample; all sizes share their random numbers.
studies = [
    EstimatorDiagnostics(
        "mean",
        sampler="lognormal",
        truth=math.exp(0.5),
        n_samples=n,
        n_replicates=replicates,
        interval=Bootstrap(n_resamples=999, interval=kinds),
        random_state=0,
    ).fit()
    for n in sizes
]

# %%
# Coverage against sample size.
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for k, kind in enumerate(kinds):
    coverage = np.array([study.coverages_[kind][0] for study in studies])
    error = np.sqrt(coverage * (1 - coverage) / replicates)
    shift = 1 + 0.03 * (k - 1.5)
    left.errorbar(np.array(sizes) * shift, coverage, 2 * error, marker="o", capsize=3, label=kind)
left.axhline(0.95, color="black", linewidth=0.8, linestyle="--")
left.set(xscale="log", xlabel="sample size", ylabel="coverage", title="Nominal 95 % intervals")
left.set_xticks(sizes, [str(n) for n in sizes])
left.minorticks_off()
left.legend(title="interval")

# %%
# A zip plot: the percentile intervals at n = 20 by how far their centre lies from the truth; those that miss are red.
study = studies[1]
ends = study.intervals_[0]
truth = study.truth_[0]
distance = np.abs(ends.mean(axis=1) - truth) / np.diff(ends, axis=1)[:, 0]
order = np.argsort(distance)
missed = (ends[:, 0] > truth) | (truth > ends[:, 1])
place = np.arange(replicates) / replicates
for mine, colour, label in ((~missed, "tab:blue", "hold the mean"), (missed, "tab:red", "miss it")):
    chosen = mine[order]
    right.hlines(place[chosen], *ends[order][chosen].T, color=colour, linewidth=0.3, label=label)
right.axvline(truth, color="black", linewidth=0.8)
right.axhline(study.coverages_["percentile"][0], color="black", linewidth=0.8, linestyle="--")
right.set(xlabel="percentile interval, n = 20", ylabel="share of samples, by distance", xlim=(0, 6))
right.legend(loc="lower right")
plt.show()
