"""Sphinx configuration: numpydoc reference, and the gallery whose examples are run."""

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
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "remove_config_comments": True,
    "show_memory": False,
    "reset_modules": ("matplotlib",),
}
