"""Joint draws of inputs from a file, as a fit to records leaves them, in place of draws of one's own."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError, did_you_mean
from sim.scenario.places import quantities
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form
from sim.study.inputs import Input

Floats = NDArray[np.float64]

STRUCTURE = "structure."
"""What the name of a column begins with that says which alternative of a kind of structure a draw has."""
MOST_BYTES = 200_000_000
_PLACE = "draws.from"


@dataclass(frozen=True)
class GivenDraws:
    """Joint draws: `paths` of inputs, `values`, (draws, paths), and by kind of structure the alternative of each."""

    paths: tuple[str, ...]
    values: Floats
    alternatives: dict[str, tuple[str, ...]]

    def put_into(self, inputs: Sequence[Input], values: Floats) -> Floats:
        """Return values of inputs, (draws, inputs), with those that are given in place of those that were drawn; given
        draws are used again from the first one on where more are wanted.
        """
        found = values.copy()
        rows = np.arange(len(values)) % len(self.values)
        for k, one in enumerate(inputs):
            if one.path in self.paths:
                found[:, k] = self.values[rows, self.paths.index(one.path)]
        return found

    def form(self, number: int, drawn: Form) -> Form:
        """Return the form of the model of a draw, by its number, in which the kinds that are given are as given."""
        row = number % len(self.values)
        chosen = tuple(
            (kind, self.alternatives[kind][row] if kind in self.alternatives else name) for kind, name in drawn.chosen
        )
        return drawn if chosen == drawn.chosen else replace(drawn, chosen=chosen)


def given_draws(scenario: Scenario) -> GivenDraws | None:
    """Return the draws that a scenario takes from a file, None if it draws its own.

    Raises ScenarioError, with `draws.from` before it, for a file that is not there, is another one than the scenario
    was made with, or has columns or cells that cannot be.
    """
    name = scenario.draws.from_
    if name is None:
        return None
    content = _content(Path(name))
    found = hashlib.sha256(content).hexdigest()
    if scenario.draws.sha256 not in (None, found):
        raise ScenarioError([f"{_PLACE}: {name} is not the file that `draws.sha256` names; it was changed or replaced"])
    given = _parsed(content, name)
    known = {placed.path for placed in quantities(scenario)}
    faults = [f"{_PLACE}: {name}: column {path!r} is no number of this scenario.{did_you_mean(path, sorted(known))}"
              for path in given.paths if path not in known]  # fmt: skip
    for kind, names in given.alternatives.items():
        faults += _structure_faults(scenario, name, kind, names)
    if faults:
        raise ScenarioError(faults[:20])
    return given


def digest_of_draws(scenario: Scenario) -> str | None:
    """Return the SHA-256 of the file of draws that a scenario names, None if it draws its own; raises ScenarioError as
    `given_draws` does.
    """
    name = scenario.draws.from_
    return None if name is None else hashlib.sha256(_content(Path(name))).hexdigest()


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ScenarioError([f"{_PLACE}: {file} is larger than {MOST_BYTES / 1e6:.0f} MB"])
        return file.read_bytes()
    except OSError as error:
        raise ScenarioError([f"{_PLACE}: {file} cannot be read: {error.strerror or error}"]) from error


def _structure_faults(scenario: Scenario, file: str, kind: str, names: Iterable[str]) -> list[str]:
    if kind not in scenario.structure:
        known = ", ".join(scenario.structure) or "none"
        return [f"{_PLACE}: {file}: column {STRUCTURE + kind!r}: no such kind of structure; there is: {known}"]
    allowed = scenario.structure[kind]
    strange = next((one for one in names if one not in allowed), None)
    if strange is None:
        return []
    return [
        f"{_PLACE}: {file}: column {STRUCTURE + kind!r}: no alternative {strange!r}; there is: {', '.join(allowed)}"
    ]


@lru_cache(maxsize=4)
def _parsed(content: bytes, name: str) -> GivenDraws:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError([f"{_PLACE}: {name} is no CSV file in UTF-8: {error}"]) from error
    heading, *cells = [row for row in rows if row] or [[]]
    if not cells or len(set(heading)) < len(heading):
        what = "names a column twice" if cells else "has no row of draws"
        raise ScenarioError([f"{_PLACE}: {name} {what}"])
    faults = [f"{_PLACE}: {name}: row {number} has {len(row)} cells, the heading {len(heading)}"
              for number, row in enumerate(cells, 2) if len(row) != len(heading)]  # fmt: skip
    if faults:
        raise ScenarioError(faults[:5])
    alternatives: dict[str, tuple[str, ...]] = {}
    paths: list[str] = []
    columns: list[list[float]] = []
    for column, *values in zip(heading, *cells, strict=True):
        if column.startswith(STRUCTURE):
            alternatives[column.removeprefix(STRUCTURE)] = tuple(values)
        elif column != "draw":
            paths.append(column)
            columns.append([_number(value, name, column, row) for row, value in enumerate(values, 2)])
    return GivenDraws(tuple(paths), np.array(columns).T.reshape(len(cells), len(paths)), alternatives)


def _number(text: str, file: str, column: str, row: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ScenarioError([f"{_PLACE}: {file}: row {row}, column {column!r}: {text[:40]!r} is no number"])
    return value
