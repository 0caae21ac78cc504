"""What a command does not need is not loaded: by names of libraries, as seconds differ from machine to machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.calibration.targets import Calibration
from sim.study import kept
from sim.study.prepare import read_by_calibration
from tests.conftest import load
from tests.known import ROOT, known

NEVER = ("scipy.stats", "scipy.optimize", "pandas", "pyarrow", "distributed", "matplotlib.pyplot", "streamlit")
TO_RUN = ("numba", "simpy")
TO_REPORT = ("matplotlib", "jinja2", "PIL", "rich")
PROGRAM = """
import sys
from sim.cli.main import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(set(sys.argv[1].split(",")) & set(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return that of somebody who has used the shipped scenarios before."""
    monkeypatch.setenv(kept.KEPT_IN, str(tmp_path / "calibrations"))
    for name in ("acute.yaml", "chronic.yaml", "clinic.yaml"):
        scenario = load(name).scenario
        kept.kept(read_by_calibration(scenario), lambda scenario=scenario: known(scenario), Calibration)
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(("words", "unneeded"), [
    ("schema", (*NEVER, *TO_RUN, *TO_REPORT, "scipy")),
    ("new here", (*NEVER, *TO_RUN, *TO_REPORT)),
    ("check acute.yaml", (*NEVER, *TO_RUN, *TO_REPORT)),
    ("check clinic.yaml", (*NEVER, "numba", *TO_REPORT)),
    ("calibrate acute.yaml --json", (*NEVER, "simpy", *TO_REPORT)),
    ("--config acute.yaml --patients 500 --quiet", (*NEVER, "simpy", "rich")),
    ("compare acute.yaml chronic.yaml --patients 500 --quiet", (*NEVER, "simpy", "rich")),
    ("clinic clinic.yaml --replications 2 --workers 1 --quiet", (*NEVER, "rich")),
])  # fmt: skip
def test_a_command_loads_nothing_that_it_does_not_need(words, unneeded, environment, tmp_path):
    program = [sys.executable, "-c", PROGRAM, ",".join(unneeded), *words.split()]
    done = subprocess.run(program, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "", done.stderr


def test_what_is_loaded_would_be_seen(environment, tmp_path):
    program = [sys.executable, "-c", PROGRAM, "numpy,numba", "check", "acute.yaml"]
    done = subprocess.run(program, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "numpy"
