"""Planning a clinic."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import (
    Named,
    Progress,
    Several,
    asked,
    changes_of,
    listed,
    scenario_of,
    silent,
    steps,
    texts,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.report.clinic.result import ClinicResult


def clinic(
    scenario: Named,
    *,
    staff: str | int | tuple[int, int] | None = None,
    target: str | None = None,
    compare: Several | None = None,
    replications: int | None = None,
    precision: str | Sequence[str] | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> ClinicResult:
    """Simulate the clinic of a scenario, week by week: waiting times, hours, rooms and money.

    `staff`: also run with so many practitioners, a number, a pair or "1:6"; `target`: find the smallest staffing that
    meets it, such as "wait_p90_days<=7"; `compare`: also give everybody each of these arms; `replications`: how often
    the weeks are run; `precision`: add replications until a measure's 95 % interval is this narrow, as
    "wait_mean_days=0.2". `checkpoint`, `resume` and `warn` are as for `run`. Raises UsageError for options that cannot
    be, ScenarioError for faults in the scenario.

    >>> import sim
    >>> sim.clinic("clinic.yaml", staff=(1, 2), target="wait_p90_days<=7").summary  # doctest: +SKIP
    >>> sim.clinic("clinic.yaml", replications=1)
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: --replications: given 1; allowed: 2 to 10,000
    """
    source = scenario_of(scenario)
    if replications is not None and not 2 <= replications <= 10_000:
        raise UsageError(f"--replications: given {replications}; allowed: 2 to 10,000")
    team = workers_of(workers)
    step = steps(progress)
    step("getting ready (the first time takes up to a minute)")
    from sim.capacity.assess import assess
    from sim.capacity.model import build_model
    from sim.capacity.replicate import runner
    from sim.capacity.target import check_that_costs_are_stated, read_precision, read_target
    from sim.capacity.variants import read_arms, read_staff
    from sim.report.clinic.result import ClinicResult

    loaded = source.changed(changes_of(seed))
    numbers_text = ":".join(map(str, staff)) if isinstance(staff, tuple) else None if staff is None else str(staff)
    numbers = read_staff(numbers_text) if numbers_text else ()
    wanted = read_target(target) if target else None
    arms = listed(compare)
    compared = read_arms(arms, loaded.scenario) if arms else ()
    sure = read_precision(texts(precision))
    identity = {
        **inputs_of(loaded), "staff": numbers_text, "target": target, "compare": arms, "replications": replications,
        "precision": texts(precision),
    }  # fmt: skip
    kept = kept_in(checkpoint, identity, resume, warn)
    model = build_model(loaded.scenario)
    check_that_costs_are_stated("--target", [wanted.measure] if wanted else [], model.clinic)
    check_that_costs_are_stated("--precision", sure, model.clinic)
    with kept_on_failure(kept), runner(team.number, kept) as run:
        found = assess(
            model, run, replications or model.clinic.replications, precision=sure, staff=numbers, target=wanted,
            arms=compared, say=progress or silent,
        )  # fmt: skip
    parameters = asked(
        source, staff=numbers_text, target=target, compare=arms, replications=replications,
        precision=texts(precision), seed=seed,
    )  # fmt: skip
    return ClinicResult(found, loaded.name, loaded.tree, parameters, kept)
