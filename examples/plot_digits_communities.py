"""
Handwritten digits as communities of a neighbour graph
======================================================

Each of 1797 images of digits becomes a node, linked to its 40 most similar images (cosine similarity at least 0.5).
InfoMap finds the groups in which a walker along these links stays long; nobody tells it that there are ten digits.
This is the clustering of embeddings of kexue.fm/archives/7006, on data that scikit-learn brings along.
"""

from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from kexuestat import InfoMap

images, digits = load_digits(return_X_y=True)
infomap = InfoMap(
    affinity="knn", n_neighbors=40, metric="cosine", min_similarity=0.5, directed=True, random_state=0
).fit(images)
kmeans = KMeans(10, n_init=10, random_state=0).fit(images)

# %%
# The codelength is what InfoMap minimises, in bits per step; the labels of the digits are used only to judge.

print(f"{infomap.codelength_:.4f} bits per step, {infomap.n_modules_} modules")
for name, labels in (("InfoMap", infomap.labels_), ("KMeans(10)", kmeans.labels_)):
    ari, nmi = adjusted_rand_score(digits, labels), normalized_mutual_info_score(digits, labels)
    print(f"{name:>10}: ARI {ari:.2f}, NMI {nmi:.2f}")

# %%
# Most modules are one digit, some digits are written in more than one way.

for module, members in enumerate(infomap.partition_.modules().values()):
    counts = {digit: int((digits[members] == digit).sum()) for digit in range(10)}
    common = sorted(counts, key=counts.get, reverse=True)[:2]
    print(f"module {module:2d}: {len(members):4d} images, " + ", ".join(f"{counts[d]} times {d}" for d in common))

# %%
# The article's walk counts its jumps, which go to all nodes alike: another model, another number of modules.

coded_jumps = InfoMap(
    affinity="knn",
    n_neighbors=40,
    min_similarity=0.5,
    directed=True,
    to_nodes=True,
    recorded_teleportation=True,
    random_state=0,
).fit(images)
print(f"jumps coded: {coded_jumps.codelength_:.4f} bits per step, {coded_jumps.n_modules_} modules")

# %%
# New images go to the module of their neighbours; soft membership shows which of them lie between two modules.

odd = InfoMap(affinity="knn", n_neighbors=40, min_similarity=0.5, directed=True, random_state=0).fit(images[1::2])
print("modules of five new images:", odd.predict(images[0:10:2]))
share = odd.predict_proba(images[0::2]).max(axis=1).toarray().ravel()
print(f"{(share < 0.5).mean():.1%} of the new images have less than half of their links in one module")
