"""What many tests need: scenarios by name, and studies with luck, heterogeneity and noise switched off."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import Loaded, load_scenario
from sim.scenario.schema import Scenario
from tests import known
from tests.quick import (  # noqa: F401 - pytest finds them here
    pytest_cmdline_main,
    pytest_collection_modifyitems,
    pytest_ignore_collect,
    pytest_terminal_summary,
)

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# In CI the same scenarios are made up every time, so that what fails there is what was changed; elsewhere others are.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of hundreds of programs compiles every line anew

os.environ["COURSESIM_CALIBRATIONS"] = (
    ""  # tests change parts of the program; `tests.known` keeps what is the program's
)

CONFIGS = Path(__file__).resolve().parents[1] / "configs"

NO_HETEROGENEITY = (
    *(
        f"profiles.{profile}.{entry}"
        for profile in ("acute_strain", "chronic", "stress_linked")
        for entry in (
            "baseline_pain.sd=0",
            "muscular_share={mean: 0.6, concentration: null}",
            "natural_course={plateau: {mean: 0.5, concentration: null}, time_constant: {mean: 30, cv: 0}}",
            "reading_noise={mean: 0, cv: 0}",
        )
    ),
    "response.individual_sd=0",
)
"""Every patient of a profile alike, and read without error."""

GIVEN_PARAMETERS = (
    "parameters.dry_needling={ceiling: 0.7, half_life: 0.8, satisfaction_threshold: 1.5, relapse_scale: 400}",
    "parameters.acupuncture={ceiling: 0.4, half_life: 4.0, satisfaction_threshold: 1.6, relapse_scale: 250}",
)
"""Response parameters given directly, so that nothing is calibrated."""


def load(name: str, overrides: Sequence[str] = ()) -> Loaded:
    """Load a shipped scenario with overrides."""
    if (CONFIGS / name).is_file() and not Path(name).exists():
        return _shipped(name, tuple(overrides))
    return load_scenario(name, overrides, outcomes=OUTCOME_NAMES)


@lru_cache(maxsize=256)
def _shipped(name: str, overrides: tuple[str, ...]) -> Loaded:
    """Read a shipped scenario once for all tests that read it alike."""
    return load_scenario(name, overrides, outcomes=OUTCOME_NAMES)


@pytest.fixture(scope="session")
def scenario() -> Callable[..., Scenario]:
    """Return a loader of shipped scenarios: name, then `path=value` overrides."""

    def load_one(name: str, *overrides: str) -> Scenario:
        return load(name, overrides).scenario

    return load_one


@pytest.fixture(scope="session", autouse=True)
def what_is_known() -> None:
    """Have runs within this process take calibrations that an earlier one has found, and parse shipped files once."""
    known.share()


@pytest.fixture(scope="module", autouse=True)
def calibrations_anew(request: pytest.FixtureRequest) -> Iterator[None]:
    """Do without them in a file that says `CALIBRATES_ANEW = True`."""
    with pytest.MonkeyPatch.context() as patch:
        if getattr(request.module, "CALIBRATES_ANEW", False):
            patch.setenv(known.ANEW, "1")
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set, fail what would be skipped: there, everything that a test needs must be there."""
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for whole files."""
    return _not_skipped((yield))


def _not_skipped(report: Report) -> Report:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing is skipped where CI is set. {why}"
    return report
