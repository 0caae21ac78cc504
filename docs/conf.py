"""Settings of the documentation site, which `python -m sphinx -W -b html docs site` builds.

Pages are Markdown (MyST); nothing on them is fetched from elsewhere: no fonts, no scripts, no formulas to be drawn.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

import sim  # noqa: E402 (the copy beside this file, whatever is installed)

project = "coursesim"
author = "The coursesim authors"
release = version = sim.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "accessible", "generated_reference", "notebook_pages"]
templates_path = ["_templates"]
exclude_patterns = ["_ext", "_static", "_templates", "figures"]
root_doc = "index"
default_role = "code"
smartquotes = False  # `--set` is no dash

toc_object_entries = False

myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_display_short_literal_types = True
python_maximum_signature_line_length = 100

html_theme = "alabaster"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "description": "Monte Carlo simulation of courses of treatment",
    "fixed_sidebar": True,
    "page_width": "1100px",
    "sidebar_width": "250px",
    "show_powered_by": False,
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
