"""What a pooled result is called, and how its numbers are written: points, shares of patients, odds ratios."""

from __future__ import annotations

import math

from scipy.special import expit

from sim.learn.contrasts import Question
from sim.plain_text import plain_text
from sim.units import MINUS, UNDEFINED


class Words:
    """Names and numbers of a question; numbers come on the scale of the synthesis."""

    def __init__(self, question: Question) -> None:
        self.question = question

    @property
    def subject(self) -> str:
        """What is pooled, as it begins a sentence."""
        of, versus = plain_text(self.question.of), plain_text(self.question.versus)
        if not of:
            return "The difference"
        name = f"{of[:1].upper()}{of[1:]}"
        return f"{name} {MINUS} {versus}" if versus else name

    @property
    def what(self) -> str:
        """What the number is."""
        if self.question.scale == "log_odds_ratio":
            return "odds ratio"
        if self.question.scale == "logit":
            return "share of patients"
        if self.question.is_pain_left:
            return "pain left, with a minus"
        return "more fall in pain" if self.question.is_difference else "fall in pain"

    def finding(self, value: float) -> str:
        """Return a mean as a sentence without its end."""
        of, versus = plain_text(self.question.of), plain_text(self.question.versus)
        if self.question.scale == "log_odds_ratio":
            return f"The odds with {of} are {self.number(value)} times those with {versus}"
        if self.question.scale == "logit":
            return f"With {of} it is {self.number(value)} of patients"
        if self.question.is_pain_left:
            return f"With {of} pain is {self.number(-value)} points (here with a minus)"
        if not self.question.is_difference:
            return f"With {of} pain falls by {self.number(value)} points"
        than = f"{of} takes" if of else "The treatment takes"
        much = "more" if value >= 0 else "less"
        return (
            f"{than[:1].upper()}{than[1:]} {self.number(abs(value))} points {much} off pain than "
            f"{versus or 'what it was compared with'}"
        )

    @property
    def unit(self) -> str:
        """What stands in brackets after it."""
        return {"points": "points", "logit": "%", "log_odds_ratio": "odds ratio"}[self.question.scale]

    @property
    def nothing(self) -> float | None:
        """The value, as it is shown, at which there is no difference; None for a mean."""
        if not self.question.is_difference:
            return None
        return 1.0 if self.question.scale == "log_odds_ratio" else 0.0

    def shown(self, value: float) -> float:
        """Return a number of the synthesis on the scale on which people read it."""
        if self.question.scale == "logit":
            return 100 * float(expit(value))
        return math.exp(value) if self.question.scale == "log_odds_ratio" else value

    def number(self, value: float) -> str:
        """Return a number as people read it, with two decimals, shares in per cent."""
        if not math.isfinite(value):
            return UNDEFINED
        shown = self.shown(value)
        return f"{shown:.0f} %" if self.question.scale == "logit" else f"{shown:.2f}".replace("-", MINUS)

    def with_unit(self, value: float) -> str:
        """Return a number with its unit, as it stands in a sentence."""
        return f"{self.number(value)} points" if self.question.scale == "points" else self.number(value)

    def span(self, ends: tuple[float, float]) -> str:
        """Return an interval."""
        return f"{self.number(ends[0])} to {self.number(ends[1])}" if math.isfinite(ends[0]) else UNDEFINED
