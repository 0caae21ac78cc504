"""The table in the terminal: whole columns only, however narrow it is."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from sim.report.run import terminal
from sim.study.prepare import prepare
from sim.study.results import build_panel
from sim.study.run import run_study
from sim.units import GAP
from tests.conftest import load


@pytest.fixture(scope="module")
def panel():
    return build_panel(run_study(prepare(load("acute.yaml", ("cohort.size=20000",)).scenario)))


@pytest.mark.parametrize(("width", "columns"), [(100, 5), (80, 5), (72, 4), (60, 3)])
def test_a_narrow_terminal_shows_fewer_columns_and_none_by_halves(panel, monkeypatch, width, columns):
    written = io.StringIO()
    monkeypatch.setattr(terminal, "console_for", lambda: Console(file=written, width=width, highlight=False))
    terminal.print_table(panel, [])
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    row = next(line for line in lines if line.startswith("Dry needling   "))
    assert len(re.split(r"\s{2,}", row.strip())) - 1 == columns
    assert row.rstrip().replace(GAP, " ").endswith("$390")
