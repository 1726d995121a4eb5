"""Community reports: one self-contained HTML file, without matplotlib."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"build": ["community_facts"], "html": ["write_report"]})
