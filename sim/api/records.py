"""What a clinic's own records say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import Named, Progress, Several, asked, scenario_of, steps, texts
from sim.errors import UsageError
from sim.scenario.load import config_folders
from sim.scenario.source import Scenario

if TYPE_CHECKING:
    from sim.learn.records import Records
    from sim.report.description.result import DescriptionResult

BASE = "reference.yaml"
"""What a part of a scenario is laid over unless a scenario is named."""
MOMENTS = ("before", "after")
ORDERS = ("day-first", "month-first")

Pairs = Mapping[str, str] | Several


def describe(
    records: str | Path,
    *,
    followup: str | Path | None = None,
    scenario: Named | None = None,
    columns: Pairs | None = None,
    reading: str = "before",
    modalities: Pairs | None = None,
    dates: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DescriptionResult:
    """Say what records show by themselves: who comes, how often, and how pain went; nothing is modelled.

    `records`: a table of visits, CSV or .xlsx, or a directory with `visits` and `followup` in it; `followup`: the table
    of what patients said later; `scenario`: whose modalities and profiles the records must have; `columns`: what the
    files call a column, as {"pain": "NRS_before"}; `reading`: whether pain is read "before" or "after" the treatment;
    `modalities`: the scenario's names for those in the file; `dates`: "day-first" or "month-first", where dates could
    be meant in two ways; `workers` makes no difference. Raises UsageError for files that cannot be read, ScenarioError
    with a line for each fault in them.

    >>> import sim
    >>> sim.describe("records").found.people.began > 100
    True
    """
    steps(progress)("reading the records")
    source = None if scenario is None else scenario_of(scenario)
    read = read_asked(records, followup, source, columns, reading, modalities, dates)
    steps(progress)("describing them")
    from sim.learn.describe import describe_records
    from sim.report.description.result import DescriptionResult

    found = describe_records(read)
    base = source if source is not None else Scenario.read(BASE)
    parameters = asked(
        source, records=records, followup=followup, columns=pair_texts(columns), modalities=pair_texts(modalities),
        reading=reading if reading != "before" else None, dates=dates,
    )  # fmt: skip
    facts = {"records": read.sha256, "scenario": base.name, "configuration": base.loaded.tree}
    shown = str(records) if followup is None else f"{records}, {followup}"
    file = base.loaded.files[0].name
    return DescriptionResult(found, _name(Path(records)), shown, file, base.model, facts, parameters)


def read_asked(
    records: str | Path, followup: str | Path | None, scenario: Scenario | None, columns: Pairs | None, reading: str,
    modalities: Pairs | None, dates: str | None,
) -> Records:  # fmt: skip
    """Return the records that options name; names must be those of the scenario, if there is one.

    Raises UsageError for options that cannot be.
    """
    from sim.learn.reading import read_records

    if reading not in MOMENTS:
        raise UsageError(f"--reading: given {reading!r}; allowed: {', '.join(MOMENTS)}")
    if dates not in (None, *ORDERS):
        raise UsageError(f"--dates: given {dates!r}; allowed: {', '.join(ORDERS)}")
    return read_records(
        found_place(records),
        None if followup is None else Path(followup),
        columns=pairs(columns, "--columns"),
        moment="after" if reading == "after" else "before",
        modalities=pairs(modalities, "--modalities", swapped=True),
        known_modalities=None if scenario is None else tuple(scenario.model.modalities),
        known_profiles=None if scenario is None else tuple(scenario.model.profiles),
        dates="day-first" if dates == "day-first" else "month-first" if dates is not None else None,
    )


def found_place(records: str | Path) -> Path:
    """Return where records are: as given, in `configs` here, or those that come with the program."""
    given = Path(records)
    if given.is_absolute() or given.exists():
        return given
    folders = config_folders()
    places = [*(folder / given for folder in folders), *(folder.parent / given for folder in folders)]
    return next((place for place in places if place.exists()), given)


def pairs(given: Pairs | None, option: str, *, swapped: bool = False) -> dict[str, str]:
    """Return pairs that were given as a mapping or as texts `name=value`; UsageError for other texts.

    >>> pairs("pain=NRS_before,patient=ID", "--columns")
    {'pain': 'NRS_before', 'patient': 'ID'}
    """
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    found = {}
    for text in (part for one in texts(given) for part in one.split(",")):
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            example = "'DN=dry_needling'" if swapped else "pain=NRS_before"
            raise UsageError(f"{option}: given {text!r}; must read NAME=NAME, as {example}")
        found[name.strip()] = value.strip()
    return found


def pair_texts(given: Pairs | None) -> tuple[str, ...]:
    """Return pairs as texts `name=value`."""
    if isinstance(given, Mapping):
        return tuple(f"{name}={value}" for name, value in given.items())
    return texts(given)


def _name(records: Path) -> str:
    """Return what records are called: after their directory if their file has a name that all have."""
    resolved = records.resolve()
    return resolved.parent.name if resolved.stem.casefold() == "visits" and resolved.suffix else resolved.stem
