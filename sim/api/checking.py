"""Reading scenarios, and seeing how nearly their claims are met."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.asking import Named, asked, changes_of, scenario_of
from sim.scenario.source import Scenario, settings_of

if TYPE_CHECKING:
    from sim.report.calibration.result import CalibrationResult

CHECKED_PATIENTS = 20_000


def load(
    file: str | Path,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 (as on the command line)
    evidence: str | Path | None = None,
) -> Scenario:
    """Return the scenario in a file: as given, in `configs` here, or one that comes with the program.

    `set`: values by path, laid over it; `evidence`: an evidence set in place of its own. Raises UsageError if the file
    cannot be read, ScenarioError with every fault in it.

    >>> import sim
    >>> sim.load("acute.yaml", set={"claims.dry_needling.pain_reduction": 3.2}).title
    'Acute back spasm'
    """
    return Scenario.read(file, settings_of(set), evidence)


def calibrate(
    scenario: Named,
    *,
    patients: int | str = CHECKED_PATIENTS,
    seed: int | None = None,
    strict: bool = False,
) -> CalibrationResult:
    """Calibrate a scenario to its claims, and check the result on random patients of its own.

    `patients`: those of the check; `strict`: raise CalibrationError if a claim is missed by more than its doubt.

    >>> import sim
    >>> sim.calibrate("acute.yaml").tables["claims"].to_pandas()  # doctest: +SKIP
    """
    source = scenario_of(scenario)
    loaded = source.changed(changes_of(seed, patients))
    from sim.calibration.calibrate import check_strictly
    from sim.report.calibration.result import CalibrationResult
    from sim.study.check import check_calibration

    checked = check_calibration(loaded.scenario)
    if strict:
        check_strictly(checked.calibration)
    given = asked(source, patients=patients if patients != CHECKED_PATIENTS else None, seed=seed, strict=strict)
    return CalibrationResult(checked, loaded.scenario, loaded.name, loaded.tree, given)
