"""A new outcome is added in two files, as CONTRIBUTING.md says: it is in the tables, and no other outcome moves."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEW, NEIGHBOUR = "recovered_day133", "recovered_day42"
EDITS = {
    "sim/quantities.py": [
        (f'"responder30_day42", "{NEIGHBOUR}",', f'"responder30_day42", "{NEIGHBOUR}", "{NEW}",'),
        (
            '    Outcome("relief_day42", ',
            f'    Outcome("{NEW}", "Recovered at day 133", SHARE, "share",\n'
            '            "reported pain is at most 1 point on day 133", "higher", shown=("key", "compare")),\n'
            '    Outcome("relief_day42", ',
        ),
    ],
    "sim/patient/record.py": [
        ("R_RELIEF: Final = ", f'R_RECOVERED_DAY133: Final = ROW["{NEW}"]\nR_RELIEF: Final = '),
        (
            "        out[R_RECOVERED_DAY42, c] = 1.0 if on_42 <= RECOVERED_AT else 0.0\n",
            "        out[R_RECOVERED_DAY42, c] = 1.0 if on_42 <= RECOVERED_AT else 0.0\n"
            "        out[R_RECOVERED_DAY133, c] = 1.0 if on_133 <= RECOVERED_AT else 0.0\n",
        ),
    ],
}  # fmt: skip
"""Texts and what stands in their place, by file; each stands there once."""

PROGRAM = """\
from sim.cli.start import program
program()
"""
UNCALIBRATED = """\
import numpy as np
from sim.calibration.targets import Calibration
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.quantities import OUTCOME_NAMES
from sim.report.run.files import summary_table
from sim.scenario.load import load_scenario
from sim.estimate.estimates import estimates
from sim.study.results import Panel
from sim.study.prepare import prepare
from sim.study.run import run_study

settings = ["cohort.size=6", "arms=[usual_care, dry_needling]"]
scenario = load_scenario("acute.yaml", settings, outcomes=OUTCOME_NAMES).scenario
found = Calibration(
    {name: ResponseParameters(0.6, 1.5, 1.5, 300.0) for name in scenario.modalities},
    {name: NaturalMeans(0.4, 20.0) for name in scenario.profiles},
    (),
)
result = run_study(prepare(scenario, found))
panel = Panel(result, tuple(estimates(result.tally, [], "USD")), (), (), ())
print(summary_table(panel, "acute").to_csv(), end="")
"""
"""A run of a few patients with parameters given, since calibration takes long where nothing is compiled."""


def edited_copy(place, edits, *left_out):
    """Put a copy of the program, without what is left out, into a directory, and edit files of it; return `place`."""
    for folder in ("sim", "configs"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns(*left_out))
    for name, changes in edits.items():
        file = place / name
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a directory with a copy of the program to which the outcome was added."""
    return edited_copy(tmp_path_factory.mktemp("copy"), EDITS, "__pycache__")


def ran(program, root, cwd, *arguments, **environment):
    """Run a program with the package that lies in `root`; return what it printed."""
    ours = f"import sim\nassert sim.__path__[0].startswith({str(root)!r} + '/sim'), sim.__path__\n"
    done = subprocess.run(
        [sys.executable, "-c", ours + program, *arguments], cwd=cwd, check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def must_differ_in_the_new_outcome_only(before, after, arms):
    """Check two texts of summary.csv, without and with the new outcome."""
    was, now = (list(csv.DictReader(io.StringIO(text))) for text in (before, after))
    assert was
    assert [row for row in now if row["outcome"] != NEW] == was
    added = [row for row in now if row["outcome"] == NEW and row["subgroup"] == "all" and row["statistic"] == "mean"]
    assert [row["arm"] for row in added] == list(arms)
    for row in added:
        assert row["unit"] == "share"
        assert 0 <= float(row["estimate"]) <= 1
        assert float(row["mc_error"]) >= 0
    return added


def test_an_outcome_added_in_two_files_is_counted_and_moves_no_other(copy, tmp_path):
    """Nothing is compiled here: the same functions are run as they are written."""
    plain = {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore:overflow:RuntimeWarning"}
    before, after = (ran(UNCALIBRATED, root, tmp_path, **plain) for root in (ROOT, copy))
    must_differ_in_the_new_outcome_only(before, after, ("usual_care", "dry_needling"))


@pytest.mark.long
def test_an_outcome_added_in_two_files_is_in_the_run_of_the_command_line(copy, tmp_path):
    """Compiled, and with everything that a run writes; compiling the changed program takes minutes."""
    texts = []
    for name, root, where in (("before", ROOT, {}), ("after", copy, {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")})):
        place = tmp_path / name
        place.mkdir()
        words = ("--config", "acute.yaml", "--patients", "512", "--workers", "1", "--quiet")
        ran(PROGRAM, root, place, *words, **where)
        texts.append((place / "outputs/acute/summary.csv").read_text(encoding="utf-8"))
        report = (place / "outputs/acute/report.html").read_text(encoding="utf-8")
        assert ("Recovered at day 133" in report) == (name == "after")
    arms = ("usual_care", "dry_needling", "acupuncture", "combined")
    added = must_differ_in_the_new_outcome_only(*texts, arms)
    assert all(0 < float(row["estimate"]) < 1 and float(row["mc_error"]) > 0 for row in added)
