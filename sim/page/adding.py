"""What a visitor has added to the scenario: treatments and arms of their own, as changes of the file.

A state is never changed: every step returns the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sim.errors import UsageError
from sim.page.tuning import Tuning
from sim.scenario.answers import Course
from sim.scenario.own_entries import additions
from sim.scenario.schema import Scenario
from sim.scenario.typed_answers import label_of, spacing, whole
from sim.scenario.typed_courses import joined, new_name, own_label, possible, treatment, with_entry

Check = Callable[[tuple[str, ...]], None]
"""Raises CoursesimError if the scenario cannot be run with these changes, each `path=value`."""


SECTIONS, ENTRIES = ("modalities.", "parameters.", "protocols."), ("arms", "followup.horizon")
"""Where something can be added: below these, and in these."""
LONGEST = 8000
"""Characters of a text of additions that is read."""


@dataclass(frozen=True)
class Added:
    """Changes of the file as `path=value`, in the order in which they were made, and what each adds, for people."""

    changes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> Added:
        """Return what a text says was added; raises UsageError if it is none that `text` gives."""
        try:
            changes, labels = json.loads(text[:LONGEST])
            found = cls(tuple(map(str, changes)), tuple(map(str, labels)))
        except (ValueError, TypeError) as error:
            raise UsageError("cannot be read") from error
        if strange := next((one for one in found.paths if not (one.startswith(SECTIONS) or one in ENTRIES)), None):
            raise UsageError(f"nothing can be added to {strange}")
        return found

    @property
    def text(self) -> str:
        """The same in one line."""
        return json.dumps([self.changes, self.labels], ensure_ascii=False, separators=(",", ":"))

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of what was added."""
        return tuple(change.partition("=")[0] for change in self.changes)


@dataclass(frozen=True)
class TypedArm:
    """An arm as it was typed: spacing in days or words, as `weekly`; without a name it is called after what is done."""

    visits: str = "6"
    every_days: str = "7"
    boosters: str = "0"
    boosters_every: str = "30"
    name: str = ""


def with_treatment(added: Added, scenario: Scenario, typed: Mapping[str, str], check: Check) -> Added:
    """Return the state with a treatment without needles, from what was typed: `name` and entries as `minutes`.

    `scenario` holds what was added before. Raises UsageError for what cannot be.
    """
    money = scenario.costs.currency
    own = treatment(typed["name"].replace(":", " "), list(scenario.modalities), money)
    for key, text in typed.items():
        if key != "name" and text.strip():
            own = with_entry(own, key, money, text)
    return _more(added, additions((own,), (), scenario), f"Treatment: {own.label}", check)


def with_arm(added: Added, scenario: Scenario, given: tuple[str, ...], typed: TypedArm, check: Check) -> Added:
    """Return the state with an arm at whose visits treatments are given, from what was typed.

    `scenario` holds what was added before. Raises UsageError for what cannot be.
    """
    taken = {*scenario.protocols, *scenario.policies}
    label = joined([scenario.modality_label(name) for name in given]) if given else "Review only"
    called = typed.name.strip() or label
    name = new_name(called, taken, "an arm") if typed.name.strip() else _free(called, taken)
    own = Course(
        name,
        label_of(called) if name == new_name(called, (), "") else own_label(label),
        given,
        whole(typed.visits, "number of visits", 1),
        spacing(typed.every_days, "from one visit to the next"),
        whole(typed.boosters or "0", "number of boosters"),
    )
    if own.boosters:
        own = replace(own, boosters_every=spacing(typed.boosters_every, "from one booster to the next"))
    return _more(added, additions((), (possible(own),), scenario), f"Arm: {own.label}", check)


def without(tuning: Tuning, added: Added) -> Tuning:
    """Return what was tuned without what concerns additions that are taken away."""
    gone = tuple(f"{path}." for path in added.paths if "." in path)

    def stays(path: str) -> bool:
        return not path.startswith(gone) if gone else True

    return Tuning(
        {path: text for path, text in tuning.values.items() if stays(path)},
        {path: refusal for path, refusal in tuning.refused.items() if stays(path)},
    )


def _free(label: str, taken: set[str]) -> str:
    name = new_name(label, (), "an arm")
    return name if name not in taken else new_name(f"own {label}", taken, "an arm")


def _more(added: Added, changes: tuple[str, ...], label: str, check: Check) -> Added:
    """Return the state with more changes; a later list of arms or horizon takes the place of an earlier one."""
    paths = {change.partition("=")[0] for change in changes}
    kept = tuple(change for change in added.changes if change.partition("=")[0] not in paths)
    check((*kept, *changes))
    return Added((*kept, *changes), (*added.labels, label))
