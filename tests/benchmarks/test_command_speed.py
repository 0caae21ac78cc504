"""Times of whole commands with their reports, beside what is aimed at and what loading the same libraries takes.

Printed and not asserted: run with `pytest -m benchmark -s tests/benchmarks/test_command_speed.py` where nothing else
is at work.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.benchmark
LIBRARIES = "import numpy, scipy.special, pydantic, ruamel.yaml, numba, matplotlib.figure, click"
MORE_LIBRARIES = f"{LIBRARIES}, scipy.stats, scipy.optimize"
FRESH = "a first run after installing"
COMMANDS = {
    "a run": (["--config", "acute.yaml"], 1.5, LIBRARIES),
    FRESH: (["--config", "acute.yaml"], 20, LIBRARIES),
    "check": (["check", "acute.yaml"], 0.6, "import numpy, scipy.special, pydantic, ruamel.yaml, click"),
    "a comparison of three": (["compare", "acute.yaml", "chronic.yaml", "stress.yaml"], 2.5, LIBRARIES),
    "1,000 draws of 1,000 patients": (["--config", "acute.yaml", "--draws", "1000"], 4, MORE_LIBRARIES),
    "a value analysis": (["value", "acute.yaml"], 6, MORE_LIBRARIES),
    "sensitivity with thresholds": (["sensitivity", "acute.yaml", "--threshold"], 15, MORE_LIBRARIES),
    "a clinic": (["clinic", "clinic.yaml"], 8, LIBRARIES),
    "a clinic, 100 replications": (["clinic", "clinic.yaml", "--replications", "100"], 10, LIBRARIES),
}
"""What is run, the seconds that it may take at most, and the libraries that it cannot do without."""
HESIM = (
    "hesim takes 2.0 to 2.5 s for 1,000 draws of 1,000 patients under 3 strategies (R package, nothing to calibrate)"
)


def taken(command, environment):
    """Return the seconds by the clock and of a processor, user and system, that a command takes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    by_clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return by_clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_whole_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = [sys.executable, "-c", "from sim.cli.start import program; program()"]
    usual = {**os.environ, "COURSESIM_CALIBRATIONS": str(tmp_path / "calibrations")}
    print(f"\n{'':32}{'clock':>8}{'processor':>11}{'at most':>9}{'libraries':>11}{'ratio':>7}")
    for name, (arguments, most, libraries) in COMMANDS.items():
        if name == FRESH:
            environment = {**usual, "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
        else:
            environment = usual
            taken([*program, *arguments], environment)
        by_clock, of_processor = taken([*program, *arguments], environment)
        loading = min(taken([sys.executable, "-c", libraries], usual)[0] for _ in range(3))
        print(f"{name:32}{by_clock:8.2f}{of_processor:11.2f}{most:9.1f}{loading:11.2f}{by_clock / loading:7.1f}")
    print(HESIM)


def test_a_change_on_the_tuning_page(monkeypatch):
    """Until the script has made the figure anew; what the browser and the way to it take is not in it."""
    from streamlit.testing.v1 import AppTest

    import sim.page.app

    file = str(sim.page.app.__file__)
    given = {"config": "acute.yaml", "options": [], "patients": 5000}
    monkeypatch.setattr(sys, "argv", [file, json.dumps(given)])
    page = AppTest.from_file(file, default_timeout=300).run()
    seconds, of_processor = [], []
    for k in range(12):
        slider = page.slider[0]
        slider.set_value(round(slider.min + (k + 3) * slider.step, 9))
        since, before = time.perf_counter(), time.process_time()
        page.run()
        assert not page.exception
        seconds.append(time.perf_counter() - since)
        of_processor.append(time.process_time() - before)
    print(f"\na change on the tuning page, seconds (at most 0.3): {statistics.median(seconds):.2f} by the clock, "
          f"{statistics.median(of_processor):.2f} of a processor, each the median of {len(seconds)}")  # fmt: skip
