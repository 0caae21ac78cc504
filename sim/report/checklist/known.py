"""What a check list may be filled in from: the scenario, what people have stated, and runs that were made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.output.directory import MANIFEST, changed_since, read_manifest
from sim.plain_text import plain_text
from sim.scenario.reporting import Reporting
from sim.scenario.schema import Scenario

VALIDATE = "validate"
MAY_DIFFER = ("seed", "draws", "reporting", "title", "description", "primary")
"""Entries that change nothing of what a scenario assumes, no more than the number of patients does."""
_QUOTED = 3
"""Sentences that are quoted of a run."""


@dataclass(frozen=True)
class RunFacts:
    """An output directory: its name, what was done in it and with which options, and what its answer says."""

    directory: str
    analysis: str
    parameters: Mapping[str, Any]
    scenario: str
    draws: int
    patients: int | None
    replications: int | None
    seed: int | None
    version: str
    versions: Mapping[str, str]
    sentences: tuple[str, ...]
    files: tuple[str, ...]
    is_of_scenario: bool

    @property
    def quoted(self) -> str:
        """The first sentences of its answer, with where they stand."""
        return self._quoted(self.sentences[:_QUOTED])

    @property
    def quoted_further(self) -> str:
        """What follows these sentences in its answer."""
        return self._quoted(self.sentences[_QUOTED:])

    def _quoted(self, sentences: Sequence[str]) -> str:
        return f"{self.directory} ({self.analysis}): {' '.join(sentences)}" if sentences else ""


@dataclass(frozen=True)
class Known:
    """What is known of an analysis. `file`: the scenario as it was asked for; `tree`: as it was resolved."""

    name: str
    file: str
    scenario: Scenario
    tree: Mapping[str, Any]
    runs: tuple[RunFacts, ...]

    @property
    def said(self) -> Reporting:
        """What people have stated."""
        return self.scenario.reporting or Reporting()

    def of(self, *analyses: str) -> tuple[RunFacts, ...]:
        """Return the runs of some analyses of this scenario."""
        return tuple(run for run in self.runs if run.analysis in analyses and run.is_of_scenario)

    def option(self, name: str) -> Any:
        """Return an option with which a run of this scenario was made, None if no run has it."""
        return next((run.parameters[name] for run in self.runs if run.is_of_scenario and name in run.parameters), None)

    @property
    def drawn(self) -> tuple[RunFacts, ...]:
        """The runs over draws of the inputs."""
        return tuple(run for run in self.runs if run.draws and run.analysis != VALIDATE)


def facts_of(directory: str | Path, name: str, tree: Mapping[str, Any]) -> RunFacts:
    """Return what an output directory says; `tree` is the scenario that it should be of.

    Raises UsageError for a directory that is none, for files that are not as they were written, and for a run that is
    of another scenario (a validation may be).
    """
    place = Path(directory)
    shown = plain_text(str(directory))
    manifest = read_manifest(place / MANIFEST)
    if changed := changed_since(place, {"summary.json": manifest["files"].get("summary.json", "")}):
        raise UsageError(f"--run {shown}: {changed[0]} is not as it was written; a check list quotes no such file")
    analysis = str(manifest["parameters"].get("analysis"))
    trees = [manifest.get("configuration"), *_values(manifest.get("configurations"))]
    differs = [_difference(one, tree) for one in trees if isinstance(one, Mapping)]
    is_of_scenario = "" in differs
    if not is_of_scenario and analysis != VALIDATE:
        where = f"; {differs[0]} differs" if differs else ""
        raise UsageError(f"--run {shown}: is of another scenario than {name}{where}")
    configuration = manifest.get("configuration")
    return RunFacts(
        directory=shown,
        analysis=analysis,
        parameters=manifest["parameters"],
        scenario=str(manifest.get("scenario", name)),
        draws=_draws(manifest, analysis, configuration if isinstance(configuration, Mapping) else {}),
        patients=_whole(manifest.get("patients")),
        replications=_whole(manifest.get("replications")),
        seed=_whole(manifest.get("seed")),
        version=manifest["version"],
        versions=manifest["versions"],
        sentences=tuple(_sentences(place)),
        files=tuple(manifest["files"]),
        is_of_scenario=is_of_scenario,
    )


def _draws(manifest: Mapping[str, Any], analysis: str, configuration: Mapping[str, Any]) -> int:
    stated = _whole(manifest.get("draws"))
    drawn = configuration.get("draws")
    if stated is None and analysis in ("run", "sensitivity") and isinstance(drawn, Mapping):
        stated = _whole(drawn.get("number"))
    return stated or 0


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _values(part: Any) -> list[Any]:
    return list(part.values()) if isinstance(part, Mapping) else []


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the first section in which two scenarios differ, empty if they assume the same."""
    names = [name for name in dict.fromkeys((*one, *other)) if name not in MAY_DIFFER]
    return next((str(name) for name in names if _assumed(one.get(name)) != _assumed(other.get(name))), "")


def _assumed(section: Any) -> Any:
    """Return a section without the number of patients."""
    return {key: value for key, value in section.items() if key != "size"} if isinstance(section, Mapping) else section


def _sentences(place: Path) -> Iterator[str]:
    """Yield the sentences of an answer, wherever its summary has them."""
    try:
        content = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    parts: Sequence[Any] = [content, content.get("verdict"), *(content.get("scenarios") or ())]
    for part in parts:
        for key in ("sentences", "sentence", "answer"):
            said = part.get(key) if isinstance(part, Mapping) else None
            for one in [said] if isinstance(said, str) else said if isinstance(said, list) else []:
                if isinstance(one, str):
                    yield plain_text(one)
