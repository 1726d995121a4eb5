"""
Paths of soft top-k and soft ranks
==================================

As the temperature falls, soft top-k tends to the indicator of the k largest entries; as epsilon falls, soft ranks tend
to the ranks. The entries of soft top-k always sum to k, soft ranks to n(n + 1)/2.
"""

import matplotlib.pyplot as plt
import numpy as np

from kexuestat.smooth import soft_rank, soft_topk

scores = np.array([3.0, 2.0, 1.0, 4.0, 2.4])
strengths = np.geomspace(0.02, 20, 200)
figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
methods = ["subset", "threshold_sigmoid", "iterative"]
for axis, method in zip(axes.flat, methods):
    paths = np.array([soft_topk(scores, 2, method=method, temperature=tau) for tau in strengths])
    axis.semilogx(strengths, paths, label=[f"score {s}" for s in scores])
    axis.set(title=f"soft top-2, {method}", xlabel="temperature", ylabel="indicator")
ranks = np.array([soft_rank(scores, epsilon=epsilon) for epsilon in strengths])
axes[1, 1].semilogx(strengths, ranks, label=[f"score {s}" for s in scores])
axes[1, 1].set(title="soft ranks", xlabel="epsilon", ylabel="rank")
for axis in axes.flat:
    axis.legend(fontsize=8)
plt.show()
