"""A scenario as it was asked for: from which file, with what set in it, under which evidence set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import Loaded, Merged, checked, read_scenario
from sim.scenario.schema import Scenario as Schema
from sim.scenario.tree import parse_tree

_BREAKS = frozenset("\x85\u2028\u2029\ufeff")
_TOKEN = re.compile(r"\\u[0-9a-f]{4}|\\.|[^\\]")
_PIECE = 2000
_CONTINUED = "\\\n"
"""In a text in double quotes, a line end that is not part of it."""


@dataclass(frozen=True)
class Scenario:
    """A scenario that has been read and checked.

    `file`: the name that it was asked for by; `given`: what was set in it, as `path=value`, in order; `evidence`: the
    evidence set in place of its own, if any. `model` holds all its values.

    >>> import sim
    >>> sim.load("acute.yaml", set={"cohort.size": 500}).arms
    ('usual_care', 'dry_needling', 'acupuncture', 'combined')
    """

    file: str
    given: tuple[str, ...]
    evidence: str | None
    merged: Merged

    @classmethod
    def read(cls, file: str | Path, given: Sequence[str] = (), evidence: str | Path | None = None) -> Scenario:
        """Read a scenario file; UsageError if it cannot be read, ScenarioError with every fault in it."""
        other = None if evidence is None else str(evidence)
        found = cls(str(file), tuple(given), other, read_scenario(str(file), other))
        _ = found.loaded
        return found

    @classmethod
    def recorded(cls, tree: Mapping[str, Any], file: str, given: Sequence[str], evidence: str | None) -> Scenario:
        """Return the scenario that a manifest holds, whatever has become of its file."""
        name = Path(file).name
        document = parse_tree(_as_yaml(tree), name, numbered=False)
        return cls(file, tuple(given), evidence, Merged((Path(name),), document, document, None))

    @cached_property
    def loaded(self) -> Loaded:
        """The scenario with the place of every entry."""
        return self._checked(())

    @property
    def model(self) -> Schema:
        """All values of the scenario."""
        return self.loaded.scenario

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.loaded.name

    @property
    def title(self) -> str:
        """The title that reports bear."""
        return self.model.title

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms, in order."""
        return tuple(self.model.arms)

    def changed(self, changes: Sequence[str]) -> Loaded:
        """Return the scenario with further `path=value` set in it; ScenarioError with every fault."""
        return self._checked(changes) if changes else self.loaded

    def _checked(self, changes: Sequence[str]) -> Loaded:
        return checked(self.merged, [("--set", one) for one in (*self.given, *changes)], OUTCOME_NAMES)

    @property
    def parameters(self) -> dict[str, Any]:
        """What would read it again."""
        found: dict[str, Any] = {"scenario": self.file}
        if self.given:
            found["set"] = list(self.given)
        if self.evidence is not None:
            found["evidence"] = self.evidence
        return found

    def __repr__(self) -> str:
        return f"<Scenario {self.file}: {self.title}, {len(self.arms)} arms, {self.model.cohort.size:,} patients>"

    def _repr_html_(self) -> str:
        arms = "".join(f"<li>{escape(self.model.arm_label(arm))}</li>" for arm in self.arms)
        return f"<p><b>{escape(self.title)}</b>, {self.model.cohort.size:,} patients</p><ul>{arms}</ul>"


def settings_of(given: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return paths with their values as `path=value`; UsageError for a value that no scenario file could hold.

    >>> settings_of({"seed": 7, "cohort.profiles": {"chronic": 1.0}})
    ('seed=7', 'cohort.profiles={"chronic": 1.0}')
    """
    found = []
    for path, value in (given or {}).items():
        try:
            found.append(f"{path}={json.dumps(value, ensure_ascii=False)}")
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"set {path}: {type(value).__name__} cannot stand in a scenario; given {value!r}"
            ) from error
    return tuple(found)


def _as_yaml(tree: Any) -> str:
    """Return a tree as YAML: as JSON, but with what YAML takes for the end of a line spelled out, and no long lines."""
    lines = json.dumps(tree, indent=0, ensure_ascii=False).split("\n")
    return "\n".join(_CONTINUED.join(_pieces(line)) if len(line) > _PIECE else line for line in map(_spelled, lines))


def _spelled(line: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if c in _BREAKS else c for c in line)


def _pieces(line: str) -> Iterator[str]:
    """Yield a line with a text in it in pieces, none of which cuts an escape in two or begins with a space."""
    tokens = _TOKEN.findall(line)
    for start in range(0, len(tokens), _PIECE):
        first, *others = tokens[start : start + _PIECE]
        yield "".join(["\\ " if start and first == " " else first, *others])
