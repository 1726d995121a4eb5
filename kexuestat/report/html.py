"""From facts to a page: one file, its own style and SVG, nothing loaded from elsewhere."""

from html import escape
from pathlib import Path

import numpy as np

from kexuestat.graph.io.source import atomic_text
from kexuestat.report.build import community_facts

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #ddd}th:last-child,td:last-child{text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem}dt{color:#666}dd{margin:0}
svg{max-width:100%;height:auto}
"""


def write_report(estimator, path, *, title="Communities"):
    """Write the report of a fitted InfoMap to path, as one HTML file, and return the path.

    The file appears whole or not at all; an existing file is replaced.

    Parameters
    ----------
    estimator : InfoMap
        Fitted.
    path : str or path-like
    title : str, default="Communities"

    Returns
    -------
    pathlib.Path
    """
    path = Path(path)
    with atomic_text(path) as stream:
        stream.write(_page(community_facts(estimator), title))
    return path


def _page(facts, title):
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        _headline(facts),
        "<h2>Flow between modules</h2>",
        "<p>Row to column; darker is more flow. Flow inside a module lies on the diagonal.</p>",
        _heat_map(facts.exchange),
        "<h2>Modules by flow</h2>",
        _module_table(facts),
        "</html>",
    ]
    return "\n".join(parts)


def _headline(facts):
    kind = "directed" if facts.directed else "undirected"
    rows = [
        ("Graph", f"{facts.n_nodes:,} nodes, {facts.n_links:,} links, {kind}"),
        ("Modules", f"{facts.n_modules:,} in {facts.n_levels} level{'s' if facts.n_levels > 1 else ''}"),
        ("Codelength", f"{facts.codelength:.6f} bits per step"),
        (
            "One module",
            f"{facts.one_level_codelength:.6f} bits per step; the modules save {facts.relative_savings:.1%}",
        ),
        (
            "Trials",
            f"{len(facts.trial_codelengths)}, best {min(facts.trial_codelengths):.6f}, "
            f"worst {max(facts.trial_codelengths):.6f} bits",
        ),
    ]
    return "<dl>" + "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in rows) + "</dl>"


def _heat_map(exchange, most=40, side=480):
    """Return an SVG matrix of the flow between the leading modules, on a logarithmic scale of darkness."""
    exchange = exchange[:most, :most]
    n = len(exchange)
    cell = side / max(n, 1)
    largest = exchange.max(initial=0.0)
    rectangles = []
    for i, j in np.argwhere(exchange > 0):
        share = 1.0 + np.log10(exchange[i, j] / largest) / 4.0
        rectangles.append(
            f'<rect x="{30 + j * cell:.1f}" y="{30 + i * cell:.1f}" width="{cell:.1f}" height="{cell:.1f}" '
            f'fill="#1f4e79" fill-opacity="{max(share, 0.04):.3f}">'
            f"<title>{i} to {j}: {exchange[i, j]:.3g}</title></rect>"
        )
    step = max(1, -(-n // 20))
    marks = [
        f'<text x="{30 + (k + 0.5) * cell:.1f}" y="22" text-anchor="middle">{k}</text>'
        f'<text x="24" y="{34 + (k + 0.5) * cell:.1f}" text-anchor="end">{k}</text>'
        for k in range(0, n, step)
    ]
    frame = f'<rect x="30" y="30" width="{side}" height="{side}" fill="none" stroke="#999"/>'
    size = side + 40
    return (
        f'<svg viewBox="0 0 {size} {size}" width="{size}" font-size="11" fill="#444" role="img" '
        f'aria-label="flow between modules">{"".join(rectangles)}{frame}{"".join(marks)}</svg>'
    )


def _module_table(facts):
    rows = [
        f"<tr><td>{m.number}<td>{m.n_nodes:,}<td>{m.flow:.4f}<td>{m.exit_flow:.4f}"
        f"<td>{escape(', '.join(m.members))}{', …' if m.n_nodes > len(m.members) else ''}"
        for m in facts.modules
    ]
    more = facts.n_modules - len(facts.modules)
    note = f"<p>{more:,} smaller modules are not listed.</p>" if more else ""
    return "<table><tr><th>module<th>nodes<th>flow<th>exit flow<th>members by flow" + "".join(rows) + "</table>" + note
