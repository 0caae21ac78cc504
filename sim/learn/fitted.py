"""What a fit leaves for others: a scenario with the numbers that were learnt, and the joint draws beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.learn.posterior import Posterior
from sim.learn.told import Told
from sim.plain_text import plain_text
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.study.given_draws import STRUCTURE, GivenDraws
from sim.study.inputs import Input

Floats = NDArray[np.float64]

DRAWS_FILE = "posterior.csv"
FIT = "fit"
"""The source of a number that was learnt."""
MATTERS = 0.1
"""Correlation from which on it is stated that two numbers go together."""
_FAMILY = {"logit": "beta", "log": "lognormal", "as_is": "normal"}
_KEPT_FAMILIES = ("normal", "lognormal", "beta", "gamma")


@dataclass(frozen=True)
class Learnt:
    """A number that a fitted scenario states: where it stands, its mean and sd given the data, and the family of its
    distribution; `is_told`: whether the data say anything of it to speak of.
    """

    place: Place
    value: float
    sd: float
    family: str
    is_told: bool

    def entry(self, note: str) -> dict[str, Any]:
        """Return it as a scenario states a number."""
        said = note if self.is_told else f"{note}, which say next to nothing of it: as the claims had it"
        return {
            "value": _digits(self.value), "source": FIT, "status": "own", "note": said,
            "uncertainty": {self.family: {"sd": _digits(self.sd)}},
        }  # fmt: skip


def learnt(posterior: Posterior, said: Sequence[Told]) -> tuple[Learnt, ...]:
    """Return the numbers that the data say anything of to speak of, and all that take the place of claims."""
    prior = posterior.prior
    found = []
    for one in said:
        k = prior.paths.index(one.path)
        is_told = one.says_something and not one.is_held
        if not is_told and k < len(prior.inputs):
            continue
        values = posterior.values[:, k]
        mean, sd = float(values.mean()), float(values.std())
        if k < len(prior.inputs):
            given: Input = prior.inputs[k]
            family = given.distribution.family if given.distribution.family in _KEPT_FAMILIES else "normal"
            place = given.place
        else:
            sought = prior.sought[k - len(prior.inputs)]
            family, place = _FAMILY[sought.scale], sought.place
        if family == "beta":
            sd = min(sd, 0.99 * math.sqrt(mean * (1 - mean)))
        found.append(Learnt(place, mean, sd, family, is_told))
    return tuple(found)


def fitted_scenario(scenario: Scenario, tree: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a fitted file makes, without the file of draws beside it."""
    whole = scenario.model_dump(exclude_unset=True, mode="json")
    return Scenario.model_validate(_laid_over(whole, {name: part for name, part in tree.items() if name != "draws"}))


def _laid_over(base: Any, top: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(top, Mapping) or "value" in top:
        return dict(top) if isinstance(top, Mapping) else top
    return base | {name: _laid_over(base.get(name), part) for name, part in top.items()}


def columns_of(posterior: Posterior) -> tuple[int, ...]:
    """Return the places of the unknowns that joint draws hold: all that the data could say anything of, and what
    calibration would have found for the same modalities and kinds of patient.
    """
    n = len(posterior.prior.inputs)
    held = {int(k) for k in np.flatnonzero(np.abs(posterior.held).sum(axis=0))} if len(posterior.held) else set()
    return tuple(sorted({*posterior.active, *held, *range(n, len(posterior.prior.paths))}))


def given_by(posterior: Posterior) -> GivenDraws:
    """Return the joint draws as a run takes them from a file."""
    at = list(columns_of(posterior))
    paths = tuple(posterior.prior.paths[k] for k in at)
    kinds = _kinds(posterior)
    alternatives = {kind: tuple(dict(form.chosen)[kind] for form in posterior.forms) for kind in kinds}
    return GivenDraws(paths, posterior.values[:, at], alternatives)


def _kinds(posterior: Posterior) -> tuple[str, ...]:
    """Return the kinds of structure that the data can tell apart."""
    forms = [dict(one.form.chosen) for one in posterior.weights]
    return tuple(kind for kind in (forms[0] if forms else {}) if len({one[kind] for one in forms}) > 1)


def draws_csv(posterior: Posterior) -> str:
    """Return the joint draws as CSV, a row for each, a column for each number by its path."""
    given = given_by(posterior)
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(["draw", *(STRUCTURE + kind for kind in given.alternatives), *given.paths])
    for row, values in enumerate(given.values):
        of_kinds = [names[row] for names in given.alternatives.values()]
        write.writerow([row + 1, *of_kinds, *(f"{value:.10g}" for value in values)])
    return text.getvalue()


def fitted_tree(
    scenario: Scenario, posterior: Posterior, numbers: Sequence[Learnt], about: str, sha256: str
) -> dict[str, Any]:
    """Return what a fitted scenario states beside what it extends; `about` says from what, `sha256` is that of the
    records.
    """
    tree: dict[str, Any] = {"draws": {"from": DRAWS_FILE, "sha256": digest_of(draws_csv(posterior))}}
    if together := list(_correlations(scenario, posterior, numbers)):
        tree["draws"]["correlations"] = together
    note = f"learnt from {about}, data {sha256[:12]}"
    for one in numbers:
        node = tree
        for step in one.place[:-1]:
            node = node.setdefault(str(step), {})
        node[str(one.place[-1])] = one.entry(note)
    if numbers:
        tree["sources"] = {FIT: {"title": f"Fitted to {about}", "reference": f"data with SHA-256 {sha256}"}}
    return tree


def _correlations(scenario: Scenario, posterior: Posterior, numbers: Sequence[Learnt]) -> Iterator[dict[str, Any]]:
    """Yield which numbers go together, weakened until all can hold at once; those that the scenario states for others
    are kept.
    """
    paths = [".".join(map(str, one.place)) for one in numbers]
    for given in scenario.draws.correlations:
        if not set(given.between) & set(paths) and not _is_replaced(given.between, numbers):
            yield {"between": list(given.between), "correlation": given.correlation}
    if len(paths) < 2:
        return
    z = posterior.z[:, [posterior.prior.paths.index(path) for path in paths]]
    matrix = np.asarray(np.corrcoef(z.T))
    matrix = np.where(np.abs(matrix) < MATTERS, 0.0, np.round(matrix, 3))
    np.fill_diagonal(matrix, 1.0)
    while np.linalg.eigvalsh(matrix)[0] < 0.01:
        matrix = np.round(matrix * 0.95, 3)
        np.fill_diagonal(matrix, 1.0)
    for a, b in zip(*np.nonzero(np.triu(matrix, 1)), strict=True):
        yield {"between": [paths[a], paths[b]], "correlation": float(matrix[a, b])}


def _is_replaced(between: Sequence[str], numbers: Sequence[Learnt]) -> bool:
    """Tell whether a correlation is one of a claim whose parameter is now a number of its own."""
    names = {str(one.place[1]) for one in numbers if one.place[0] == "parameters"}
    return any(path.split(".")[0] == "claims" and path.split(".")[1] in names for path in between)


def fitted_yaml(base: str, tree: Mapping[str, Any], title: str, about: str, options: Sequence[str] = ()) -> str:
    """Return the text of a fitted scenario, which extends `base`; `options`: those with which `base` was read."""
    lines = [
        f"# What was learnt from {about}, in place of the numbers of {base}; by `simulate fit`.",
        "# Every number that is not here is as it was. The joint draws stand beside this file; nothing of any patient",
        "# does. With --draws they are used as they stand.",
        f"# Both must stand beside {base}, unless that is in configs/ or came with the program.",
        *(f"# It was fitted with {plain_text(one)}: give the same when it is run." for one in options),
        f"extends: {base}",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        *_lines(tree, 0),
    ]
    return "\n".join(lines) + "\n"


def _lines(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, value in tree.items():
        margin = "  " * depth
        if isinstance(value, Mapping) and "value" not in value and _is_deep(value):
            yield f"{margin}{name}:"
            yield from _lines(value, depth + 1)
        elif isinstance(value, list):
            yield f"{margin}{name}:"
            yield from (f"{margin}  - {_flow(one)}" for one in value)
        else:
            yield f"{margin}{name}: {_flow(value)}"


def _is_deep(value: Mapping[str, Any]) -> bool:
    return any(isinstance(one, Mapping | list) for one in value.values())


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and not _is_plain(value) else f"{value}"


def _is_plain(text: str) -> bool:
    return text.replace("_", "").replace(".", "").isalnum() and not text[:1].isdigit()


def _digits(value: float) -> float:
    return float(f"{value:.5g}")


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
