"""The rows of largest cosine, by blocks, so that no square matrix is held."""

import numpy as np

_BLOCK_ENTRIES = 1 << 22


def unit_rows(vectors):
    """Return float64 rows scaled to length 1 (zero rows stay zero) and the mask of the zero rows."""
    scaled, largest = _scaled(vectors)
    norms = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    return scaled / np.where(norms > 0, norms, 1.0)[:, None], largest == 0


def vector_lengths(vectors):
    """Return the Euclidean length (float64) of each row."""
    scaled, largest = _scaled(vectors)
    return largest * np.sqrt(np.einsum("ij,ij->i", scaled, scaled))


def _scaled(vectors):
    """Rows divided by their largest magnitude, so that squares of huge or tiny rows stay finite, and that magnitude."""
    rows = np.asarray(vectors, dtype=np.float64)
    largest = np.abs(rows).max(axis=1, initial=0.0)
    return rows / np.where(largest > 0, largest, 1.0)[:, None], largest


def most_similar_rows(vectors, row, n):
    """Return the n rows of largest cosine with one row and the cosines; itself and zero rows are left out."""
    query, _ = unit_rows(vectors[row : row + 1])
    step = max(1, _BLOCK_ENTRIES // max(1, vectors.shape[1]))
    parts = []
    for start in range(0, vectors.shape[0], step):
        units, zero = unit_rows(vectors[start : start + step])
        cosines = units @ query[0]
        cosines[zero] = -np.inf
        parts.append(cosines)
    cosines = np.concatenate(parts)
    cosines[row] = -np.inf
    order = np.argsort(-cosines, kind="stable")[:n]
    order = order[cosines[order] > -np.inf]
    return order, np.clip(cosines[order], -1.0, 1.0)


def neighbor_links(vectors, n_neighbors, min_similarity):
    """Return indptr, indices, cosines of the links row -> at most n_neighbors rows of cosine >= min_similarity.

    Columns are sorted within a row; of equal cosines at the cut the smaller row is taken first. Zero rows have no
    links. Also returns the number of zero rows.
    """
    units, zero = unit_rows(vectors)
    n = units.shape[0]
    step = max(1, _BLOCK_ENTRIES // max(1, n))
    counts = np.zeros(n, dtype=np.int64)
    columns, values = [], []
    for start in range(0, n, step):
        block = units[start : start + step] @ units.T
        block[:, zero] = -np.inf
        block[np.arange(block.shape[0]), np.arange(start, start + block.shape[0])] = -np.inf
        for i, cosines in enumerate(block):
            if zero[start + i]:
                continue
            chosen = _nearest(cosines, n_neighbors, min_similarity)
            counts[start + i] = chosen.shape[0]
            columns.append(chosen)
            values.append(cosines[chosen])
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    indices = np.concatenate(columns).astype(np.int64) if columns else np.zeros(0, dtype=np.int64)
    cosines = np.concatenate(values) if values else np.zeros(0)
    return indptr, indices, cosines, int(zero.sum())


def _nearest(cosines, k, floor):
    candidates = np.flatnonzero(cosines >= floor)
    if candidates.shape[0] > k:
        order = np.lexsort((candidates, -cosines[candidates]))[:k]
        candidates = np.sort(candidates[order])
    return candidates
