"""Community reports: one self-contained HTML file."""
