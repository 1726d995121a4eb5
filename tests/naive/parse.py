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
            if weight < 0:
                break
            n_weighted += 1
        else:
            weight = 1.0
        rows.append([int(word) for word in ids])
        weights.append(weight)
        n_lines += 1
    return rows, weights, n_lines, n_weighted


def parse_names(text, delimiter, weighted):
    """Return numbers of names, weights, lines passed, rows with a weight, and the names, up to the first odd line."""
    number, rows, weights, n_lines, n_weighted = {}, [], [], 0, 0
    for line in text.split("\n")[:-1]:
        if line[:1] in ("#", "%") or not line.strip(" \t\r"):
            n_lines += 1
            continue
        words = line.split() if delimiter is None else [word.strip(" \t\r") for word in line.split(delimiter)]
        if len(words) < 2 or not (words[0] and words[1]) or '"' in words[0] + words[1]:
            break
        weight = 1.0
        rest = " ".join(words[2:]).replace(",", " ").replace(";", " ").split() if weighted else []
        if rest:
            try:
                weight = float(rest[0])
            except ValueError:
                break
            if weight < 0:
                break
            n_weighted += 1
        rows.append([number.setdefault(word, len(number)) for word in words[:2]])
        weights.append(weight)
        n_lines += 1
    return rows, weights, n_lines, n_weighted, list(number)
