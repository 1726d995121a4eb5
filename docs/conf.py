"""Sphinx configuration: numpydoc reference, and the gallery whose examples are run."""

import re

from kexuestat import __version__

project = "kexuestat"
author = "the kexuestat developers"
release = __version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
html_theme = "alabaster"
numpydoc_show_class_members = False
suppress_warnings = ["ref.term", "ref.ref"]  # references of inherited docstrings to their own site
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "remove_config_comments": True,
    "show_memory": False,
    "reset_modules": ("matplotlib",),
}


def _plain_text(app, what, name, obj, options, lines):
    """Keep |x| and fitted_ attributes of docstrings as they stand: reST takes them for references."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            line = line.replace("|", "\\|")
            lines[i] = re.sub(r"(?<![`\w])(\w+)_(?=[\s.,;:)]|$)", r"\1\\_", line)


def setup(app):
    app.connect("autodoc-process-docstring", _plain_text, priority=900)
