"""The page's address: what was changed and what is looked at, as `path=value`, so that a reload or a link keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.errors import CoursesimError, ScenarioError
from sim.page.inputs import Input
from sim.page.looked_at import Choice, written
from sim.page.tuning import Check, Refusal, Tuning, reason, touched, understood
from sim.plain_text import plain_text

ADDED = "added"
"""What the address calls the arms and treatments that were added."""
LONGEST = 300
"""Characters of a value; no scenario needs as many."""
NAMED = 5
"""So many unknown names are said."""


class Arrival(NamedTuple):
    """What an address says: what is tuned, what is looked at by name, and what was left out, in words."""

    tuning: Tuning
    looked_at: Mapping[str, Any]
    left_out: tuple[str, ...]


def address_of(
    values: Mapping[str, str], inputs: Sequence[Input], looked_at: Mapping[str, Any], choices: Mapping[str, Choice]
) -> dict[str, str]:
    """Return what belongs into the address: every value that differs from what is saved or usual."""
    mixtures = {one.path for one in inputs if one.kind == "shares"}
    found = {path: _compact(text) if path in mixtures else text for path, text in values.items()}
    for name, choice in choices.items():
        if looked_at[name] != choice.first:
            found[name] = written(looked_at[name])
    return found


def arrival(
    given: Mapping[str, str], inputs: Sequence[Input], choices: Mapping[str, Choice], check: Check | None
) -> Arrival:
    """Return what an address says. Whatever is broken or unknown is left out and named.

    Without `check` nothing may be changed.
    """
    by_path = {one.path: one for one in inputs}
    left_out, unknown, wanted, looked_at = list[str](), list[str](), dict[str, str](), dict[str, Any]()
    for name, text in given.items():
        if name in choices:
            if (option := choices[name].named(text)) is None:
                left_out.append(f"{name}: “{shortened(text)}” is nothing that can be chosen here.")
            else:
                looked_at[name] = option
        elif name in by_path:
            wanted[name] = _mixture(text) if by_path[name].kind == "shares" else text
        else:
            unknown.append(name)
    if unknown:
        said = ", ".join(f"“{shortened(name)}”" for name in unknown[:NAMED])
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        left_out.append(f"This scenario has no {said}{more}.")
    if wanted and check is None:
        left_out.append("Nothing can be changed on this page, so that the changes in the address do not count.")
        return Arrival(Tuning(), looked_at, tuple(left_out))
    return Arrival(_tuned(wanted, by_path, check) if check else Tuning(), looked_at, tuple(left_out))


def _tuned(wanted: Mapping[str, str], by_path: Mapping[str, Input], check: Check) -> Tuning:
    """Take over all values at once, or one after the other if they cannot all be."""
    refused, values = dict[str, Refusal](), dict[str, str]()
    for path, text in wanted.items():
        try:
            if len(text) > LONGEST:
                raise ScenarioError([f"must be at most {LONGEST} characters long"])
            values[path] = understood(by_path[path], text)
        except ScenarioError as error:
            refused[path] = Refusal(shortened(text), shortened(reason(error, {}), 200), is_final=True)
    together = Tuning()
    for path, text in values.items():
        together = touched(together, by_path[path], text, lambda taken: None)
    try:
        check(together.values)
    except CoursesimError:
        together = Tuning()
        for path, text in values.items():
            together = touched(together, by_path[path], text, check)
    return Tuning(together.values, {**together.refused, **refused})


def _compact(mixture: str) -> str:
    return mixture.strip("{}").replace(", ", ",").replace(": ", ":")


def _mixture(compact: str) -> str:
    return f"{{{compact.replace(':', ': ')}}}"


def shortened(text: str, most: int = 60) -> str:
    """Return text from an address as it can be shown."""
    text = plain_text(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
