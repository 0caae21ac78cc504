"""Finding inputs by the words of their users, who say price where the page says cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sim.page.inputs import HEADINGS, Input

MEANT: dict[tuple[str, ...], tuple[str, ...]] = {
    ("price", "fee", "charge", "money", "expense", "expensive", "tariff"): ("cost", "price", "fee", "wage"),
    ("no show", "noshow", "miss", "missed", "absence", "stay away", "not come", "skip"): ("no show", "missed"),
    ("dropout", "drop out", "quit", "leave", "give up", "stop coming", "abandon"): ("drop out", "leave", "patience"),
    ("relapse", "come back", "comes back", "return", "recur", "recurrence", "flare"): ("relapse", "come back"),
    ("side effect", "harm", "adverse effect", "complication"): ("adverse", "side effect", "soreness", "bruising"),
    ("session", "appointment", "treatment number"): ("visit", "appointment"),
    ("time", "duration", "how long"): ("minutes", "days", "how long"),
    ("how often", "frequency", "interval", "spacing", "a week"): ("days from one visit", "a week"),
    ("salary", "pay", "staff", "therapist"): ("wage", "practitioner"),
    ("happy", "satisfaction", "content"): ("satisf",),
    ("improvement", "effect", "benefit", "work", "better", "help"): ("fall in pain", "effect"),
    ("placebo", "sham"): ("context", "needled at all"),
    ("severity", "severe", "how bad", "baseline"): ("pain at the start", "reported pain"),
    ("kind of patient", "type of patient", "case mix"): ("mix of patients",),
    ("wait", "waiting", "queue", "late"): ("wait", "soon enough", "on time", "late"),
    ("carry over", "wear off", "last"): ("fades",),
}  # fmt: skip
"""What people call something, and the beginnings of what it is called here."""


def found(inputs: Sequence[Input], sought: str) -> list[Input]:
    """Return the inputs that have all words that are sought, each as it stands or as it is called here."""
    wanted = tuple(_wanted(_plain(sought)))
    return [one for one in inputs if _has(one, wanted)]


def _has(one: Input, wanted: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
    words = " " + _plain(" ".join((one.label, one.path, one.source, one.note, HEADINGS[one.section])))
    return all(given in words or any(f" {name}" in words for name in names) for given, names in wanted)


def _wanted(sought: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is sought word by word, a phrase of `MEANT` as one, with what it is called here."""
    names = {phrase: names for phrases, names in MEANT.items() for phrase in phrases}
    phrases = "|".join(re.escape(phrase) for phrase in sorted(names, key=len, reverse=True))
    for match in re.finditer(rf"(?<!\S)({phrases})(?:s|es)?(?!\S)|\S+", sought):
        phrase = match[1]
        yield (phrase, names[phrase]) if phrase else (match[0], ())


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[-_.\N{EN DASH}\N{HYPHEN}]", " ", text.lower()).split())
