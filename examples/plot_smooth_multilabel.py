"""
A multi-label classifier without decision thresholds
====================================================

A linear head trained on the ZLPR loss, whose threshold is a class of its own: a label is chosen where its score exceeds
0. Nothing is tuned per label. It is compared with one-vs-rest logistic regression on the digits of scikit-learn, each
picture labelled by four properties of its digit.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

from kexuestat.smooth import value_and_grad, zlpr_loss

digits = load_digits()
is_prime = np.isin(digits.target, [2, 3, 5, 7])
has_loop = np.isin(digits.target, [0, 6, 8, 9])
labels = np.column_stack([digits.target % 2 == 0, is_prime, has_loop, digits.target >= 5]).astype(float)
parts = train_test_split(digits.data, labels, test_size=0.5, random_state=0)
scaler = StandardScaler().fit(parts[0])
X_train, X_test = scaler.transform(parts[0]), scaler.transform(parts[1])
y_train, y_test = parts[2], parts[3]

# %%
# The objective and its gradient: the loss and its gradient in the scores come from one fused pass.

n_features, n_labels = X_train.shape[1], labels.shape[1]


def objective(flat, penalty=1e-3):
    weights = flat[:-n_labels].reshape(n_features, n_labels)
    scores = X_train @ weights + flat[-n_labels:]
    loss, grad = value_and_grad(zlpr_loss, scores, y_train, reduction="mean")
    slope = np.concatenate([(X_train.T @ grad + 2 * penalty * weights).ravel(), grad.sum(axis=0)])
    return loss + penalty * (weights**2).sum(), slope


fitted = minimize(objective, np.zeros((n_features + 1) * n_labels), jac=True, method="L-BFGS-B")
weights, bias = fitted.x[:-n_labels].reshape(n_features, n_labels), fitted.x[-n_labels:]
chosen = {"ZLPR head": (X_test @ weights + bias > 0).astype(float)}
rival = OneVsRestClassifier(LogisticRegression(max_iter=2000)).fit(X_train, y_train)
chosen["one-vs-rest logistic"] = rival.predict(X_test)

# %%
# Share of pictures with every label right, and F1 over all labels.

figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for place, (name, guess) in enumerate(chosen.items()):
    figures = [accuracy_score(y_test, guess), f1_score(y_test, guess, average="micro")]
    bars = axis.bar(np.arange(2) + 0.35 * place, figures, 0.3, label=name)
    axis.bar_label(bars, fmt="%.3f")
axis.set(xticks=[0.17, 1.17], xticklabels=["all labels right", "micro F1"], ylim=(0, 1.1))
axis.legend(loc="lower right")
plt.show()
