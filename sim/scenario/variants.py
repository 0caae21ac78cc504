"""The scenarios of a comparison: files, each under every evidence set, each with every value of what is varied."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.errors import ScenarioError, UsageError, did_you_mean
from sim.plain_text import plain_name, plain_text
from sim.quantities import OUTCOME_NAMES
from sim.scenario.faults import allowed_keys, shortened
from sim.scenario.load import Loaded, Merged, checked, read_scenario, shown_path
from sim.scenario.rates import Rate, converted, rates_for
from sim.scenario.source import Scenario
from sim.scenario.tree import parse_tree
from sim.scenario.typed_numbers import with_numbers

MOST_VARIANTS = 200
MOST_VALUES = 200
_LONGEST_VALUE = 40

_NAMED_SECTIONS = ("claims", "parameters", "profiles", "modalities", "protocols", "policies")
_VAGUE = ("value", "mean", "sd", "cv", "low", "high", "concentration", "per_course", "per_visit", "share", "ceiling")
_ALIKE = {"cohort.size": "--patients", "seed": "--seed"}
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Variant:
    """A scenario of a comparison: its name in files, its label for readers, and what makes it.

    `base` tells which file it comes from (its position), `evidence` under which evidence set, `varied` the value of
    each path that was varied, as text, `rate` at which its prices were converted.
    """

    name: str
    label: str
    base: int
    evidence: str
    varied: tuple[tuple[str, str], ...]
    loaded: Loaded
    rate: Rate | None = None


@dataclass(frozen=True)
class _Recipe:
    base: int
    file: str
    evidence: str | None
    merged: Merged
    varied: tuple[tuple[str, Any], ...]


def load_variants(
    sources: Sequence[Scenario],
    vary: Sequence[str] = (),
    evidence: Sequence[str] = (),
    overrides: Sequence[str] = (),
    rates: Sequence[Rate] = (),
) -> list[Variant]:
    """Return every scenario of a comparison, all with the seed of the first and the most patients of any.

    `vary` holds `path=value,value,...` or `path=low:high:step`; `evidence` files that take the place of each scenario's
    evidence set. What was set in a single scenario counts as varied: it is what tells it from the others. `rates`: at
    which prices in other currencies are converted. Raises UsageError for what cannot be compared, ScenarioError for
    faults in a scenario.
    """
    grid = [parsed_variation(one) for one in vary]
    recipes = list(_recipes(sources, grid, evidence))
    if len(recipes) < 2:
        raise UsageError("one scenario cannot be compared; name another, or use --vary or --evidence")
    for path, _ in grid:
        for merged in {id(recipe.merged): recipe.merged for recipe in recipes}.values():
            _check_path(merged, path)
    given = [("--set", override) for override in overrides]
    loaded = [_loaded(sources[recipe.base], recipe, given) for recipe in recipes]
    size, seed = max(one.scenario.cohort.size for one in loaded), loaded[0].scenario.seed
    alike = [("--patients", f"cohort.size={size}"), ("--seed", f"seed={seed}")]
    loaded = [
        one
        if (one.scenario.cohort.size, one.scenario.seed) == (size, seed)
        else checked(recipe.merged, [*given, *_as_overrides(recipe), *alike], OUTCOME_NAMES)
        for recipe, one in zip(recipes, loaded, strict=True)
    ]
    _check_comparable(loaded)
    own_rates = rates_for(loaded, rates)
    titles = _titles(recipes, loaded)
    sets = _evidence_names(recipes)
    labels = _distinct(
        [_label(recipe, title, recipes, sets[recipe.evidence]) for recipe, title in zip(recipes, titles, strict=True)]
    )
    names = _distinct([_name(recipe, one, sets) for recipe, one in zip(recipes, loaded, strict=True)])
    return [
        Variant(
            name, label, recipe.base, sets[recipe.evidence], _shown(recipe.varied),
            one if rate is None else replace(one, scenario=converted(one.scenario, rate)), rate,
        )
        for name, label, recipe, one, rate in zip(names, labels, recipes, loaded, own_rates, strict=True)
    ]  # fmt: skip


def check_number(files: int, vary: Sequence[str], evidence: Sequence[str]) -> None:
    """Raise UsageError if so many files, each under every evidence set and with every value, are too many to compare,
    or one of those is given twice.
    """
    grid = [parsed_variation(one) for one in vary]
    for named, option in (([path for path, _ in grid], "--vary"), (list(evidence), "--evidence")):
        if twice := next((one for one in named if named.count(one) > 1), None):
            raise UsageError(f"{option}: {shortened(twice)} is given twice")
    number = files * max(len(evidence), 1) * math.prod(len(values) for _, values in grid)
    if number > MOST_VARIANTS:
        raise UsageError(f"{number:,} scenarios are too many to compare; allowed: at most {MOST_VARIANTS}")


def _loaded(source: Scenario, recipe: _Recipe, given: Sequence[tuple[str, str]]) -> Loaded:
    """Return the scenario of a recipe: the source's own, which is checked already, where nothing in it is changed."""
    if recipe.merged is source.merged and not given and len(recipe.varied) == len(source.given):
        return source.loaded
    return checked(recipe.merged, [*given, *_as_overrides(recipe)], OUTCOME_NAMES)


def path_words(path: str) -> str:
    """Return a path as people would name it: whose it is, and what."""
    steps = [step for step in path.split(".") if not step.isdigit()]
    owner = steps[1:2] if steps[0] in _NAMED_SECTIONS else steps[:1]
    last = steps[-2:] if steps[-1] in _VAGUE else steps[-1:]
    whose = "".join(f"{step}: " for step in owner if step not in last)
    return f"{whose}{' '.join(last)}".replace("_", " ")


def parsed_variation(given: str) -> tuple[str, list[Any]]:
    """Return the path and the values of `path=4,6,8` or `path=4:8:2`, both ends included.

    Raises UsageError for anything else, an empty list among it.
    """
    label = f"--vary {shortened(given)}"
    path, equals, text = given.partition("=")
    path = path.strip()
    if path in _ALIKE:
        raise UsageError(f"{label}: is the same in all scenarios of a comparison; give {_ALIKE[path]} for all of them")
    if not equals or not path:
        raise UsageError(f"{label}: must read path=value,value,... as protocols.combined.visits=4,6,8")
    if (found := _RANGE.fullmatch(text.strip())) is not None:
        values = _from_range(label, *found.groups())
    else:
        try:
            read = parse_tree(f"[{text}]", label, numbered=False).tree
            values = [with_numbers(value, _path_steps(path)) for value in read]
        except ScenarioError as error:
            raise UsageError(f"{label}: the values cannot be read; give them as 4,6,8") from error
    if not values:
        raise UsageError(f"{label}: has no values; give some, as 4,6,8")
    if len(values) > MOST_VALUES:
        raise UsageError(f"{label}: {len(values)} values are too many; allowed: at most {MOST_VALUES}")
    if any(value in values[:k] for k, value in enumerate(values)):
        raise UsageError(f"{label}: the same value appears twice")
    return path, list(values)


def _path_steps(path: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isascii() and step.isdigit() else step for step in path.split("."))


def _from_range(label: str, low: str, high: str, step: str | None) -> list[int | float]:
    start, stop, by = float(low), float(high), float(step or 1)
    if by == 0 or stop < start:
        raise UsageError(f"{label}: has no values; a range reads low:high or low:high:step")
    if abs((stop - start) / by - round((stop - start) / by)) > 1e-9:
        raise UsageError(f"{label}: steps of {by:g} from {start:g} do not meet {stop:g}; give a range with both ends")
    count = min(int((stop - start) / by + 1e-9) + 1, MOST_VALUES + 1)
    values = [round(start + k * by, 10) for k in range(count)]
    return [int(value) if value.is_integer() else value for value in values]


def _recipes(
    sources: Sequence[Scenario], grid: Sequence[tuple[str, list[Any]]], sets: Sequence[str]
) -> Iterator[_Recipe]:
    for base, source in enumerate(sources):
        own = tuple((path.strip(), value.strip()) for path, _, value in (one.partition("=") for one in source.given))
        for evidence in sets or (source.evidence,):
            merged = source.merged if evidence == source.evidence else read_scenario(source.file, evidence)
            for values in itertools.product(*(values for _, values in grid)):
                varied = (*own, *zip((path for path, _ in grid), values, strict=True))
                yield _Recipe(base, source.file, evidence, merged, varied)


def _as_overrides(recipe: _Recipe) -> list[tuple[str, str]]:
    return [("--vary", f"{path}={_written(value)}") for path, value in recipe.varied]


def _written(value: Any) -> str:
    """Return a value as YAML on one line."""
    return value if isinstance(value, str) else json.dumps(value)


def _check_path(merged: Merged, path: str) -> None:
    """Refuse a path that neither stands in the scenario nor is an entry that could."""
    here: Any = merged.document.tree
    steps = path.split(".")
    for depth, step in enumerate(steps):
        if isinstance(here, list) and step.isascii() and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
            continue
        if isinstance(here, dict) and step in here:
            here = here[step]
            continue
        keys = allowed_keys(tuple(steps[:depth])) or (list(here) if isinstance(here, dict) else [])
        if step not in keys:
            where = ".".join(steps[:depth]) or "a scenario"
            allowed = f"allowed: {', '.join(map(str, keys)) or 'nothing below it'}.{did_you_mean(step, map(str, keys))}"
            file = shown_path(merged.files[0])
            raise UsageError(f"--vary {path[:80]}: {file} has no '{step[:40]}' in {where[:80]}; {allowed}")
        here = None


def _check_comparable(loaded: Sequence[Loaded]) -> None:
    first = loaded[0]
    common = [arm for arm in first.scenario.arms if all(arm in one.scenario.arms for one in loaded)]
    if not common:
        arms = "; ".join(f"{shown_path(one.files[0])} has {', '.join(one.scenario.arms)}" for one in loaded[:6])
        raise UsageError(f"the scenarios have no arm in common: {arms}")


def _name(recipe: _Recipe, loaded: Loaded, sets: Mapping[str | None, str]) -> str:
    parts = [loaded.name, *(f"{path}={_written(value)}" for path, value in recipe.varied)]
    return " ".join([*parts, *([sets[recipe.evidence]] if recipe.evidence is not None else [])])


def _titles(recipes: Sequence[_Recipe], loaded: Sequence[Loaded]) -> list[str]:
    """Return the title of every scenario, or its file's name where two files bear the same title."""
    files: dict[str, set[str]] = {}
    for recipe, one in zip(recipes, loaded, strict=True):
        files.setdefault(one.scenario.title, set()).add(recipe.file)
    return [one.scenario.title if len(files[one.scenario.title]) == 1 else one.name for one in loaded]


def _evidence_names(recipes: Sequence[_Recipe]) -> dict[str | None, str]:
    """Return what each evidence set is called: its own name, or its file's where two have the same."""
    own = {recipe.evidence: plain_name(str(recipe.merged.document.tree.get("evidence"))) for recipe in recipes}
    return {
        file: name if file is None or list(own.values()).count(name) == 1 else Path(file).stem
        for file, name in own.items()
    }


def _label(recipe: _Recipe, title: str, recipes: Sequence[_Recipe], evidence: str) -> str:
    several_files = len({other.base for other in recipes}) > 1
    parts = [title] if several_files or not (recipe.varied or recipe.evidence) else []
    parts += [f"{path_words(path)} {shortened_text(value)}" for path, value in _shown(recipe.varied)]
    if recipe.evidence is not None:
        parts.append(f"{evidence} evidence")
    words = plain_name(", ".join(parts))
    return words[:1].upper() + words[1:]


def shortened_text(value: str) -> str:
    """Return a varied value as it stands in a label."""
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 3] + "..."


def _shown(varied: Sequence[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((path, plain_text(value) if isinstance(value, str) else _plainly(value)) for path, value in varied)


def _plainly(value: Any) -> str:
    return "none" if value is None else shortened(value, 1000)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, numbered where one appeared before; no number makes a name that is there already."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name} ({k})" for k in itertools.count(2))
        found.append(name if name not in found else next(n for n in numbered if n not in found and n not in names))
    return found
