"""What all functions of the library have in common: scenarios, workers, progress, and options as text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sim.errors import UsageError
from sim.scenario.source import Scenario

if TYPE_CHECKING:
    from sim.study.executors import Workers

Named: TypeAlias = Scenario | str | Path
"""A scenario, or the name of its file."""
Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is; 0 where that is not known."""
Several: TypeAlias = str | Sequence[Any]
"""Several values, or as text with commas as on the command line."""


def silent(what: str, done: int, total: int) -> None:
    """Report no progress."""


def steps(progress: Progress | None) -> Callable[[str], None]:
    """Return what says that a part of the work begins whose length is not known."""
    tell = progress or silent
    return lambda what: tell(what, 0, 0)


def counted(progress: Progress | None, what: str) -> Callable[[int, int], None]:
    """Return what says how much of a part of the work is done."""
    tell = progress or silent
    return lambda done, total: tell(what, done, total)


def scenario_of(given: Named) -> Scenario:
    """Return a scenario, read from its file if it is a name."""
    return given if isinstance(given, Scenario) else Scenario.read(given)


def number_of_people(given: int | str) -> str:
    """Return a number of people without the marks between thousands."""
    return str(given).replace("_", "").replace(",", "")


def changes_of(
    seed: int | None = None,
    patients: int | str | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
) -> list[str]:
    """Return what these options set in a scenario, as `path=value`."""
    people = {"cohort.size": patients, "draws.number": draws, "draws.patients": patients_per_draw}
    found = [] if seed is None else [f"seed={seed}"]
    return found + [f"{path}={number_of_people(value)}" for path, value in people.items() if value is not None]


def asked(scenario: Scenario | None, **options: Any) -> dict[str, Any]:
    """Return the parameters of an analysis: its scenario and the options that were given."""
    given = {name: _plain(value) for name, value in options.items() if value is not None and value is not False}
    given = {name: value for name, value in given.items() if value not in ((), [])}
    return given if scenario is None else {**scenario.parameters, **given}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.isdecimal() and str(int(value)) == value:
        return int(value)  # as the library is given it
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value


def listed(given: Several | None) -> str | None:
    """Return several values as text with commas: None is `never`, a sequence within is joined by `+`.

    >>> listed([4, None, (3, 4)])
    '4,never,3+4'
    """
    if given is None or isinstance(given, str):
        return given
    return ",".join(_entry(one) for one in given) if isinstance(given, Sequence) else _entry(given)


def _entry(one: Any) -> str:
    if one is None:
        return "never"
    if isinstance(one, list | tuple):
        return "+".join(f"{part:g}" for part in one)
    return f"{one:g}" if isinstance(one, float) else str(one)


def texts(given: Several | None) -> tuple[str, ...]:
    """Return one text or several as several."""
    return () if given is None else (given,) if isinstance(given, str) else tuple(map(str, given))


def varied(given: Mapping[str, Sequence[Any]] | Several | None) -> tuple[str, ...]:
    """Return what is to be varied as `path=value,value`.

    >>> varied({"protocols.combined.visits": [4, 8]})
    ('protocols.combined.visits=4,8',)
    """
    if not isinstance(given, Mapping):
        return texts(given)
    import json

    return tuple(f"{path}={','.join(json.dumps(value) for value in values)}" for path, values in given.items())


def workers_of(number: int | None, executor: str | None = None, scheduler: str | None = None) -> Workers:
    """Return who does the work: two threads unless told otherwise; a scheduler means its cluster.

    Raises UsageError for a scheduler beside another executor, or a number of workers beside a cluster.
    """
    from sim.study.executors import KINDS, Workers

    if executor is not None and executor not in KINDS:
        raise UsageError(f"--executor: given {executor!r}; allowed: {', '.join(KINDS)}")
    if number is not None and not 1 <= number <= 256:
        raise UsageError(f"--workers: given {number}; allowed: 1 to 256")
    if scheduler is not None and executor not in (None, "dask"):
        raise UsageError(f"--scheduler: is for --executor dask; given --executor {executor}")
    if executor == "dask" and number is not None:
        raise UsageError("--workers: a cluster has as many workers as it has")
    kind: Any = "dask" if scheduler is not None else executor or "threads"
    return Workers(number or min(2, os.cpu_count() or 1), kind, scheduler)
