"""Opening what was saved, and making it again."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from sim.api.asking import Progress
from sim.errors import UsageError
from sim.output.directory import MANIFEST, read_manifest
from sim.report.command import ABOUT_RECORDS, command_line
from sim.report.result import Result
from sim.report.table import Table
from sim.scenario.source import Scenario

T = TypeVar("T")

_WHERE = {
    "run": "running", "compare": "running", "optimise": "deciding", "sensitivity": "deciding", "value": "valuing",
    "clinic": "planning", "calibrate": "checking", "validate": "learning", "pool": "learning",
    "budget": "budgeting", "checklist": "reporting", "describe": "records", "fit": "fitting", "outlook": "looking",
    "trial": "trying",
}  # fmt: skip
_ELSEWHERE = {"progress", "workers", "executor", "scheduler", "checkpoint", "resume", "strict", "warn"}
"""Options that change no number: no manifest of ours holds them, so one that does is somebody else's wish."""
_CALLED = {"map": "pair"}
"""Parameters that are not called after their option."""


class SavedFigure:
    """A figure of an output directory."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        self._file = file

    def _repr_svg_(self) -> str:
        return self._file.read_text(encoding="utf-8")

    def save(self, path: str | Path) -> Path:
        """Copy the figure to a file that ends in .svg or .png; UsageError for another ending."""
        place = Path(path)
        if place.suffix not in (".svg", ".png"):
            raise UsageError(f"{place}: a figure can be saved as .svg or .png")
        place.write_bytes(self._file.with_suffix(place.suffix).read_bytes())
        return place

    def __repr__(self) -> str:
        return f"<Figure {self.name}>"


class Saved:
    """An output directory: its tables, figures and parameters, read when they are asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._manifest = read_manifest(directory / MANIFEST)
        self.parameters: dict[str, Any] = self._manifest["parameters"]

    @cached_property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        order = sorted(self.directory.glob("*.csv"), key=lambda file: (file.stem != "summary", file.stem))
        return {file.stem: Table.from_csv(file.read_text(encoding="utf-8")) for file in order}

    @property
    def summary(self) -> Table:
        """The table that says most."""
        return next(iter(self.tables.values()))

    @cached_property
    def figures(self) -> dict[str, SavedFigure]:
        """All figures by name."""
        return {file.stem: SavedFigure(file) for file in sorted((self.directory / "figures").glob("*.svg"))}

    def report(self, format: str = "html") -> bytes:  # noqa: A002 (the word that everybody uses)
        """Return the report in a format; UsageError if it was not saved in it."""
        file = self.directory / f"report.{format}"
        if not file.is_file():
            raise UsageError(f"{self.directory}: has no report.{format}")
        return file.read_bytes()

    def again(self, progress: Progress | None = None) -> Result:
        """Do the same analysis again, on the scenario that the manifest holds."""
        return again(self._manifest, progress)

    def __repr__(self) -> str:
        return f"<Saved {self.directory}: {command_line(self.parameters)}>"

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(command_line(self.parameters))}</code></p>{self.summary._repr_html_()}"


def open_saved(directory: str | Path) -> Saved:
    """Return what was saved in an output directory; UsageError if it is none, or is damaged.

    >>> import sim
    >>> sim.open("outputs/acute").tables["summary"].to_pandas()  # doctest: +SKIP
    >>> sim.open("no_such_directory")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: ...no_such_directory...
    """
    return Saved(Path(directory))


def again(manifest: Mapping[str, Any], progress: Progress | None = None, workers: int | None = None) -> Result:
    """Do again what a manifest describes; UsageError if its parameters are not those of an analysis.

    A scenario is the one that the manifest holds, whatever has become of its file; a comparison reads its files, and a
    table of another model is read again.
    """
    given: dict[str, Any] = dict(manifest["parameters"])
    analysis = given.pop("analysis", None)
    if not isinstance(analysis, str) or analysis not in _WHERE:
        raise UsageError(f"parameters: no analysis {str(analysis)[:60]!r}; there is: {', '.join(_WHERE)}")
    function = getattr(importlib.import_module(f"sim.api.{_WHERE[analysis]}"), analysis)
    known = {"scenario", "scenarios", "set", "evidence", *inspect.signature(function).parameters} - _ELSEWHERE
    if strange := sorted(name for name in map(str, given) if _CALLED.get(name, name) not in known):
        raise UsageError(f"parameters: {', '.join(strange)[:200]}: not asked for in a run of {analysis}")
    positional: list[Any] = []
    if "scenarios" in given:
        positional.append([_read(one) for one in _kind(given.pop("scenarios"), list, "scenarios")])
    elif "scenario" in given:
        tree = _kind(manifest.get("configuration"), dict, "configuration")
        recorded = Scenario.recorded(tree, **_asked(given))
        if analysis in ABOUT_RECORDS:
            given["scenario"] = recorded
        else:
            positional.append(recorded)
    options = {_CALLED.get(name, name): value for name, value in given.items()}
    offered = {"progress": progress, "workers": workers}
    options |= {name: value for name, value in offered.items() if name in inspect.signature(function).parameters}
    try:
        result: Result = function(*positional, **options)
    except (TypeError, AttributeError, ValueError) as error:  # a value of another kind than any command gives
        raise UsageError(f"parameters: cannot be those of {analysis}: {error}") from error
    return result


def _read(one: Any) -> Scenario:
    if isinstance(one, str):
        return Scenario.read(one)
    asked = _asked(dict(_kind(one, dict, "scenarios")))
    return Scenario.read(asked["file"], asked["given"], asked["evidence"])


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """Take the scenario out of parameters: its file, what was set in it, and the evidence set."""
    evidence = given.pop("evidence", None)
    settings = _kind(given.pop("set", []), list, "set")
    return {
        "file": _kind(given.pop("scenario", None), str, "scenario"),
        "given": [_kind(one, str, "set") for one in settings],
        "evidence": None if evidence is None else _kind(evidence, str, "evidence"),
    }


def _kind(value: Any, kind: type[T], name: str) -> T:
    if not isinstance(value, kind):
        raise UsageError(f"parameters: {name}: is damaged; nothing can be run from it")
    return value
