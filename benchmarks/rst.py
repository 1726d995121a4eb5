"""Tables in reStructuredText."""


def _cell(value):
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def rst_table(title, heads, rows):
    """One table in reStructuredText."""
    lines = [f".. csv-table:: {title}", f"   :header: {_line(heads)}", ""]
    return "\n".join([*lines, *(f"   {_line(row)}" for row in rows), ""])


def _line(cells):
    return ", ".join(f'"{_cell(cell)}"' for cell in cells)
