"""Answers about one's own practice as people type them: names, amounts of money, shares, spacing, hours."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter, ValidationError

from sim.errors import UsageError, did_you_mean, folded
from sim.plain_text import plain_text
from sim.scenario.clinic import Span
from sim.scenario.faults import shortened
from sim.scenario.protocol import LONGEST_COURSE_DAYS, MAX_VISITS
from sim.scenario.typed_numbers import SHARE, how_to_write, plain_number
from sim.units import money

_LONGEST_NAME = 40
_NO_NAMES = ("all", "true", "false", "null")
"""All patients, and what YAML reads as something else than text."""
_DEAREST = 1e9
_PART = re.compile(r"[,;]\s*(?=[^\W\d_])")
"""A comma before a word; the others are decimal commas."""
_SHARE_OF = re.compile(r"(.+?)\s*[=:\s]\s*([-+.,\d].*)")
_CLOCK = r"(\d{1,2})(?:[:.h](\d{2})?)?"
_HOURS = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to)\s*{_CLOCK}", re.IGNORECASE)
_SPACINGS = {"daily": 1.0, "twice a week": 3.5, "weekly": 7.0, "fortnightly": 14.0, "monthly": 30.0}
_WITH_SYMBOL = ("USD", "EUR", "GBP")
_UNITS = {"day": 1.0, "week": 7.0, "month": 30.0}
_EVERY = re.compile(r"every\s+(?:(other|second|[\d.,]+)\s+)?(day|week|month)s?")


def name_of(text: str) -> str:
    """Return the name in files of what people call something; UsageError if there is none.

    >>> name_of("Massage & Übungen")
    'massage_ubungen'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_LONGEST_NAME].strip("_")
    if not name or not name[0].isalpha() or name in _NO_NAMES:
        raise UsageError(
            f"{shortened(text)} cannot be a name; write one that begins with a letter from a to z, as massage"
        )
    return name


def label_of(text: str) -> str:
    """Return what people call something: as typed, or its name in a file made readable."""
    text = plain_text(text.replace("_", " "))
    return text[:1].upper() + text[1:60]


def parts(text: str) -> list[str]:
    """Return what is separated by commas or semicolons, but for decimal commas."""
    return [part.strip() for part in _PART.split(text) if part.strip()]


def chosen(text: str, known: Mapping[str, str], what: str) -> str:
    """Return the name, of names with labels, that a text means: one of both, or how only one of them begins.

    Raises UsageError with all that could be meant; `what` is what it should be, as `treatment`.
    """
    wanted = folded(text)
    if wanted:
        names = {folded(label): name for name, label in known.items()} | {folded(name): name for name in known}
        begun = {name for key, name in names.items() if key.startswith(wanted)}
        if found := names.get(wanted) or (begun.pop() if len(begun) == 1 else None):
            return found
    raise UsageError(f"{shortened(text)} is no {what}; allowed: {', '.join(known)}.{did_you_mean(text, known)}")


def currency(text: str) -> str:
    """Return the code of a currency; UsageError if it cannot be one."""
    text = text.strip()
    code = next((known for known in _WITH_SYMBOL if text == money(known).before), text)
    if not 1 <= len(code) <= 8 or not code.isprintable() or any(c.isdigit() or c.isspace() for c in code):
        raise UsageError(f"{shortened(text)} is no currency; write its code, as EUR")
    return code.upper() if code.isascii() else code


def number(text: str, what: str, least: float = 0.0, most: float = _DEAREST) -> float:
    """Return a number from `least` to `most`; UsageError says what it should be, as `minutes`."""
    value = plain_number(text)
    if value is None:
        hint = how_to_write(text)
        raise UsageError(
            f"{what}: {shortened(text)} " + (f"can be meant in two ways; {hint}" if hint else "is no number")
        )
    if not (math.isfinite(value) and least <= value <= most):
        raise UsageError(f"{what}: must be from {least:g} to {most:,.12g}; given {shortened(text)}")
    return value


def whole(text: str, what: str, least: int = 0, most: int = MAX_VISITS) -> int:
    """Return a whole number from `least` to `most`; UsageError if it is none."""
    value = number(text, what, least, most)
    if not value.is_integer():
        raise UsageError(f"{what}: must be a whole number; given {shortened(text)}")
    return int(value)


def amount(text: str, paid_in: str, what: str) -> float:
    """Return an amount of money, which may be written with its currency; UsageError for that of another one."""
    found = re.fullmatch(r"\s*([^\d\s.,+-]*)\s*([-+.,\d][\d.,\s]*?)\s*([^\d\s.,]*)\s*", text)
    for word in (found[1], found[3]) if found else ():
        if word and currency(word) != paid_in:
            raise UsageError(f"{what}: {shortened(text)} is not in {paid_in}")
    return number(found[2] if found else text, f"{what}, in {paid_in}")


def share(text: str, what: str) -> float:
    """Return a share that was asked for in per cent; UsageError for what may be a share or a number of per cent."""
    value = plain_number(text, SHARE)
    bare = not text.rstrip().endswith("%")
    if value is None:
        hint = how_to_write(text, SHARE)
        raise UsageError(f"{what}: {shortened(text)} {'can be meant in two ways; ' + hint if hint else 'is no number'}")
    if bare and 0 < value <= 1:
        raise UsageError(f"{what}: {shortened(text)} can be meant in two ways; write {value:g} % or {100 * value:g} %")
    value = value / 100 if bare else value
    if not 0 <= value <= 1:
        raise UsageError(f"{what}: must be from 0 to 100 %; given {shortened(text)}")
    return round(value, 12)


def mixture(texts: Iterable[str], kinds: Mapping[str, str]) -> dict[str, float]:
    """Return the shares of kinds of patient, as `acute_strain=60%`, that come to 1; UsageError if they do not.

    Without per cent signs they may be shares or per cent: their sum tells which.
    """
    found: dict[str, float] = {}
    signed = False
    for part in (part for text in texts for part in parts(text)):
        given = _SHARE_OF.fullmatch(part)
        if given is None:
            raise UsageError(f"{shortened(part)}: which share? Write it as {next(iter(kinds))}=60%")
        kind = chosen(given[1], kinds, "kind of patient")
        if kind in found:
            raise UsageError(f"{kind} is given twice")
        signed = signed or given[2].endswith("%")
        found[kind] = number(given[2].rstrip("% "), f"share of {kind}", 0, 100)
    total = math.fsum(found.values())
    scale = 1.0 if not signed and abs(total - 1) < 1e-9 else 100.0
    if abs(total - scale) > 1e-9 * scale:
        raise UsageError(f"the shares of patients come to {total:g} %; they must come to 100 %")
    return {kind: round(value / scale, 12) for kind, value in found.items() if value > 0}


def spacing(text: str, what: str) -> float:
    """Return days from one visit to the next, as `every 7 days`, `weekly`, `7`; UsageError if it says none."""
    plain = " ".join(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text.lower()).split())
    if plain in _SPACINGS:
        return _SPACINGS[plain]
    if found := _EVERY.fullmatch(plain):
        many = 2.0 if found[1] in ("other", "second") else number(found[1], what) if found[1] else 1.0
        days = many * _UNITS[found[2]]
    else:
        bare = re.fullmatch(r"([\d.,]+)(?: days?)?", plain)
        if bare is None:
            known = ", ".join(_SPACINGS)
            raise UsageError(f"{what}: {shortened(text)} is no spacing; write every 7 days, or one of {known}")
        days = number(bare[1], what)
    if not (1 <= days <= min(365, LONGEST_COURSE_DAYS) and (2 * days).is_integer()):
        raise UsageError(f"{what}: must be from 1 to 365 days, whole or a half (3.5: 3 and 4 in turn); given {days:g}")
    return days


def hours(text: str) -> tuple[str, ...]:
    """Return opening hours, as `9-13, 14-18`, in the form of a scenario; UsageError if there are none."""
    spans = []
    for part in (part.strip() for part in re.split(r"[,;]|\band\b", text) if part.strip()):
        found = _HOURS.fullmatch(part)
        if found is None:
            raise UsageError(f"opening hours: {shortened(part)}; write them as 09:00-13:00, 14:00-18:00")
        written = f"{int(found[1]):02}:{found[2] or '00'}-{int(found[3]):02}:{found[4] or '00'}"
        try:
            TypeAdapter(Span).validate_python(written)
        except ValidationError as error:
            raise UsageError(f"opening hours: {shortened(part)}: {error.errors()[0]['msg']}") from None
        spans.append(written)
    if not spans:
        raise UsageError("opening hours: write them as 09:00-13:00, 14:00-18:00")
    ends = [span.split("-") for span in sorted(spans)]
    if any(one[1] > other[0] for one, other in itertools.pairwise(ends)):
        raise UsageError(f"opening hours: {shortened(text)} overlap")
    return tuple(sorted(spans))
