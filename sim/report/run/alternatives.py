"""The primary answer under each alternative form of the model, from the draws that took it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95, Estimate, Over
from sim.quantities import BY_NAME
from sim.report.words.inputs import CHOICES, alternative_name, input_names
from sim.scenario.evidence import Quantity
from sim.scenario.schema import Scenario
from sim.scenario.titles import title_of
from sim.study.uncertainty import Uncertainty
from sim.units import Unit, unit_named

ALL_DRAWS = ("", "")
"""Kind and name of no alternative: all draws together."""


@dataclass(frozen=True)
class AlternativeAnswer(Estimate):
    """The mean of the primary outcome over the draws that took an alternative, with its standard error.

    `kind` and `name` are empty for all draws; `versus` is empty but for a paired difference; `draws`: how many took it.
    NaN where no draw took it, or where it is undefined in one that did; the error is NaN for a single draw.
    """

    kind: str
    name: str
    weight: float
    draws: int
    arm: str
    versus: str
    over: Over = field(default="draws", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "kind", "name", "weight", "draws", "arm", "versus", "unit", "estimate", "mc_error",
    )  # fmt: skip


def by_alternative(found: Uncertainty) -> list[AlternativeAnswer]:
    """Return the primary outcome of every arm and its primary difference, for all draws and by alternative; nothing
    where the model has one form, or the primary outcome has no mean.
    """
    draws = found.draws
    scenario = draws.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    alternatives = draws.by_alternative()
    if outcome.kind == "time" or not alternatives:
        return []
    means, arms = draws.means(outcome.name), draws.layout.arms
    columns = {(arm, ""): means[:, a] for a, arm in enumerate(arms)}
    if (pair := scenario.primary_arms) is not None:
        columns[pair] = means[:, arms.index(pair[0])] - means[:, arms.index(pair[1])]
    unit = outcome.unit.of(scenario.costs.currency)
    everyone = {ALL_DRAWS: np.ones(len(means), dtype=bool)}
    return [
        _answer(
            unit, values[members], which,
            1.0 if which == ALL_DRAWS else scenario.structure[which[0]][which[1]].weight, whom,
        )
        for which, members in {**everyone, **alternatives}.items()
        for whom, values in columns.items()
    ]  # fmt: skip


def alternative_sentences(scenario: Scenario) -> Iterator[str]:
    """Yield of each alternative what it takes the numbers and choices to be in which its kind differs."""
    names = input_names(scenario)
    for kind, alternatives in scenario.structure.items():
        paths = dict.fromkeys(path.removesuffix(".value") for one in alternatives.values() for path in one.set)
        if len(alternatives) < 2:
            continue
        for name, one in alternatives.items():
            given = {path.removesuffix(".value"): value for path, value in one.set.items()}
            words = []
            for path in paths:
                stated = _at(scenario, path)
                called = names.get(path) or title_of(path.split(".")) or path
                words.append(f"{called[0].lower()}{called[1:]}: {_said(scenario, stated, given.get(path, stated))}")
            note = f" ({one.note})" if one.note else ""
            yield f"{alternative_name(kind, name)}{note} – {'; '.join(words) or 'sets nothing'}."


def _at(scenario: Scenario, path: str) -> Any:
    part: Any = scenario
    for step in path.split("."):
        part = part[step] if isinstance(part, dict) else getattr(part, step)
    return part


def _said(scenario: Scenario, stated: Any, value: Any) -> str:
    """Return a value in words, in the unit of what the scenario states."""
    if isinstance(value, dict) and "value" not in value:
        return ", ".join(f"{name} {_said(scenario, None, one)}" for name, one in value.items())
    value = float(value) if isinstance(value, Quantity) else value["value"] if isinstance(value, dict) else value
    if value is None:
        return "none"
    if isinstance(value, int | float) and not isinstance(value, bool) and isinstance(stated, Quantity):
        return unit_named(stated.unit).of(scenario.costs.currency).as_given(value)
    return CHOICES.get(value, value) if isinstance(value, str) else str(value)


def _answer(
    unit: Unit, values: NDArray[np.float64], which: tuple[str, str], weight: float, whom: tuple[str, str]
) -> AlternativeAnswer:
    mean, error = _mean(values)
    reach = Z95 * error
    return AlternativeAnswer(unit, mean, error, mean - reach, mean + reach, *which, weight, len(values), *whom)


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    if not len(values):
        return math.nan, math.nan
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(values.mean()), error
