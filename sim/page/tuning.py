"""What one visitor has tuned: values on top of the saved scenario, each tried before it is taken over.

A state is never changed: every step returns the next one, so two visitors can share nothing but what they read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sim.errors import CoursesimError, ScenarioError
from sim.page.inputs import Input
from sim.page.scale import written
from sim.scenario.merge import option_label
from sim.scenario.tree import parse_tree
from sim.scenario.typed_numbers import how_to_write, plain_number, wanted_at

OPTION = "here:"
"""What messages call a value that was set on the page."""
GRAIN = 10_000
"""Shares are written to this fineness."""

Check = Callable[[Mapping[str, str]], None]
"""Raises CoursesimError if the saved scenario cannot run with these values, text by path."""


class Refusal(NamedTuple):
    """A value that was not taken over, and why; it is final if no other change could make the value possible."""

    text: str
    reason: str
    is_final: bool = False


@dataclass(frozen=True)
class Tuning:
    """Values taken over, text by path in the order in which they were first touched, and those refused."""

    values: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Refusal] = field(default_factory=dict)


def touched(tuning: Tuning, one: Input, text: str, check: Check) -> Tuning:
    """Return the state after an input was set to a text.

    A value that cannot be leaves the last valid state as it is. What was refused before is tried again: two values
    may be possible together that are not alone.
    """
    refused = {path: refusal for path, refusal in tuning.refused.items() if path != one.path}
    try:
        text = understood(one, text)
    except ScenarioError as error:
        why = Refusal(text, reason(error, {}), is_final=True)
        return replace(tuning, refused={**refused, one.path: why})
    values = {path: value for path, value in tuning.values.items() if path != one.path}
    if not is_saved(one, text):
        values = {**tuning.values, one.path: text}
    again = {path: refusal.text for path, refusal in refused.items() if not refusal.is_final}
    try:
        if again and _fault(check, values | again) is None:
            return Tuning(values | again, {path: one for path, one in refused.items() if one.is_final})
        check(values)
    except CoursesimError as error:
        because = reason(error, values).removeprefix(f"{one.path}: ")
        return replace(tuning, refused={**refused, one.path: Refusal(text, because)})
    return Tuning(values, refused)


def reset(tuning: Tuning, path: str, check: Check) -> Tuning:
    """Return the state with one input as it was saved; the others stay if they can."""
    values = {known: value for known, value in tuning.values.items() if known != path}
    refused = {known: refusal for known, refusal in tuning.refused.items() if known != path}
    if values != dict(tuning.values) and (fault := _fault(check, values)) is not None:
        return replace(tuning, refused={**refused, path: Refusal("the saved value", reason(fault, values))})
    return Tuning(values, refused)


def is_saved(one: Input, text: str) -> bool:
    """Tell whether a text stands for what was saved."""
    if one.kind == "choice":
        return text == one.value
    try:
        found = parse_tree(text, "", numbered=False).tree
    except ScenarioError:
        return False
    if one.kind == "shares":
        assert isinstance(one.value, Mapping)
        return isinstance(found, dict) and all(found.get(name, 0.0) == share for name, share in one.value.items())
    return isinstance(found, int | float) and not isinstance(found, bool) and found == one.value


def overrides(values: Mapping[str, str]) -> list[str]:
    """Return values as `path=value`, as `--set` takes them."""
    return [f"{path}={text}" for path, text in values.items()]


def reason(error: CoursesimError, values: Mapping[str, str]) -> str:
    """Return what is wrong in the loader's words, without the option that gave it."""
    text = str(error)
    for path, value in values.items():
        text = text.replace(f"{option_label(OPTION, f'{path}={value}')}: ", "")
    return text


def mixed(shares: Mapping[str, float], name: str, share: float) -> dict[str, float]:
    """Return shares with one of them set, the others in proportion to what they were, all adding up to 1.

    If all others are 0, they take equal parts of the rest.
    """
    others = {other: value for other, value in shares.items() if other != name}
    if not others:
        return {name: 1.0}
    total = sum(others.values())
    given = min(max(round(share * GRAIN), 0), GRAIN)
    rest = GRAIN - given
    wanted = {other: rest * (value / total if total > 0 else 1 / len(others)) for other, value in others.items()}
    parts = {other: int(amount) for other, amount in wanted.items()}
    by_remainder = sorted(wanted, key=lambda other: parts[other] - wanted[other])
    for other in by_remainder[: rest - sum(parts.values())]:
        parts[other] += 1
    return {other: (given if other == name else parts[other]) / GRAIN for other in shares}


def shares_text(shares: Mapping[str, float], saved: Mapping[str, float], named: Mapping[str, object]) -> str:
    """Return shares as a value of `--set`; who has none is left out unless the saved file `named` them."""
    kept = {name: share for name, share in shares.items() if share > 0 or name in named or saved.get(name, 0) > 0}
    return "{" + ", ".join(f"{name}: {written(share)}" for name, share in kept.items()) + "}"


def shares_of(text: str) -> dict[str, float]:
    """Return the shares that a text of `shares_text` stands for."""
    found: dict[str, float] = parse_tree(text, "", numbered=False).tree
    return {name: float(share) for name, share in found.items()}


def understood(one: Input, text: str) -> str:
    """Return what was typed or linked to, as it is taken over; raises ScenarioError if it is nothing of its kind."""
    text = " ".join(text.split())
    if one.kind in ("number", "count"):
        return _as_number(one, text)
    names = one.options or {}
    if not (text in names if one.kind == "choice" else _is_mixture(text, names)):
        raise ScenarioError([f"must be {one.allowed}; given {text or 'nothing'}"])
    return text


def _as_number(one: Input, text: str) -> str:
    """Return a number as one would write it, where people write it otherwise and can mean it in one way only."""
    found = _number(text)
    if found is None:
        found = plain_number(text, _percent(one))
        if found is None:
            advice = how_to_write(text, _percent(one))
            said = f"must be a number ({one.allowed}){f'; {advice}' if advice else ''}"
            raise ScenarioError([f"{said}; given {text or 'nothing'}"])
        return written(found)
    try:
        return text if float(text) == found or math.isnan(found) else written(found)
    except ValueError:  # as 0x10, which YAML takes for a number
        return written(found)


def _number(text: str) -> float | None:
    """Return the number that a text is in YAML."""
    try:
        found = parse_tree(text, "", numbered=False).tree if text else None
    except ScenarioError:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    try:
        return float(found)
    except OverflowError:
        return math.inf


def _is_mixture(text: str, names: Mapping[str, str]) -> bool:
    try:
        found = parse_tree(text, "", numbered=False).tree
    except ScenarioError:
        return False
    return isinstance(found, dict) and all(
        name in names and isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
        for name, share in found.items()
    )


def _percent(one: Input) -> float | None:
    wanted = wanted_at(tuple(int(step) if step.isdecimal() else step for step in one.path.split(".")))
    return wanted.percent if wanted is not None else None


def _fault(check: Check, values: Mapping[str, str]) -> CoursesimError | None:
    try:
        check(values)
    except CoursesimError as error:
        return error
    return None
