"""Slow reference of the row parser: split and float."""


def parse_rows(text, n_ids):
    """Return ids, weights, lines passed and rows with a weight, up to the first line that is no plain row."""
    rows, weights, n_lines, n_weighted = [], [], 0, 0
    for line in text.split("\n")[:-1]:
        if not line.strip(" \t\r") or line[0] in "#%":
            n_lines += 1
            continue
        words = line.replace(",", " ").replace(";", " ").split()
        ids = words[:n_ids]
        if len(ids) < n_ids or not all(word.isdigit() and len(word) <= 18 for word in ids):
            break
        if len(words) > n_ids:
            try:
                weight = float(words[n_ids])
            except ValueError:
                break
            n_weighted += 1
        else:
            weight = 1.0
        rows.append([int(word) for word in ids])
        weights.append(weight)
        n_lines += 1
    return rows, weights, n_lines, n_weighted
