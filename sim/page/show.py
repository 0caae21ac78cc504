"""Figures on the page, as images with their text alternative."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

import streamlit as st

from sim.page.figures import drawn
from sim.report.drawing.figure import FigureFile


def show_figure(draw: Callable[[], FigureFile]) -> None:
    """Draw a figure and show it."""
    figure, svg = drawn(draw)
    data = base64.b64encode(svg).decode()
    st.html(f'<img class="figure" alt="{escape(figure.alt, quote=True)}" src="data:image/svg+xml;base64,{data}">')
