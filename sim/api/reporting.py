"""Reporting standards: check lists filled in from a scenario and its runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import Named, Several, asked, scenario_of, texts
from sim.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from sim.report.checklist.result import ChecklistResult


def checklist(
    scenario: Named, *, standard: Several | None = None, run: Several | Path | None = None
) -> ChecklistResult:
    """Fill in check lists of reporting standards from a scenario and output directories of its runs.

    `standard`: "cheers" (CHEERS 2022), "stress" (STRESS, the form that fits) or "validation" (face, internal, cross,
    external and predictive validity), several of them, all unless given; `run`: output directories of the scenario, one
    of `validate` among them perhaps. What is not known stays open. Raises UsageError for an unknown standard, a
    directory that is none, is damaged or is of another scenario; ScenarioError for faults in the scenario.

    >>> import sim
    >>> found = sim.checklist("acute.yaml", standard="cheers")
    >>> len(found.tables["checklist"]), found.tables["checklist"].where(item="CHEERS 27")["state"]
    (28, ['open'])
    """
    source = scenario_of(scenario)
    from sim.report.checklist.known import Known, facts_of
    from sim.report.checklist.result import STANDARDS, ChecklistResult

    chosen = list(dict.fromkeys(word.strip().lower() for one in texts(standard) for word in one.split(",")))
    for name in chosen:
        if name not in STANDARDS:
            allowed = ", ".join(STANDARDS)
            raise UsageError(f"--standard: unknown {name!r}; allowed: {allowed}.{did_you_mean(name, STANDARDS)}")
    directories = (str(run),) if isinstance(run, Path) else texts(run)
    loaded = source.loaded
    facts = tuple(facts_of(one, loaded.name, loaded.tree) for one in directories)
    known = Known(loaded.name, source.file, loaded.scenario, loaded.tree, facts)
    return ChecklistResult(known, chosen or list(STANDARDS), asked(source, standard=chosen, run=list(directories)))
