"""What knowing some inputs is worth, and where knowing one of them would change the choice."""

from __future__ import annotations

from dataclasses import dataclass

from sim.decision.value.psa import Floats
from sim.decision.value.subjects import Subject


@dataclass(frozen=True)
class Switch:
    """A value of a parameter at which the best choice changes: the strategies preferred below and above it."""

    value: float
    below: str
    above: str


@dataclass(frozen=True)
class Trace:
    """How far each strategy is ahead of the preferred one in net benefit, along one parameter.

    `at` are values of the parameter, ascending, (points,); `ahead` and its standard `error` by regression are (points,
    strategies), 0 for the preferred one.
    """

    at: Floats
    ahead: Floats
    error: Floats


@dataclass(frozen=True)
class Partial:
    """What knowing some inputs is worth at each willingness to pay, per patient, in the currency.

    `value` (NaN where it is withheld), `error` (standard error, the misfit in it) and `bias` (upward bias that was
    taken off) are (values,); `other` is the share of draws in which another strategy would be chosen. `score` says how
    many standard errors the value is above 0 (0 where choosing by the fit gains nothing in draws left out of it),
    `explained` which share of the variance of the differences in net benefit the regression explains, and `misfit` how
    much more a second estimator finds where the residuals have structure, else 0; `products` are those of inputs that
    the residuals asked for. `switches` and `trace` are at the willingness to pay of interest, for one parameter that is
    a number.
    """

    subject: Subject
    value: Floats
    error: Floats
    bias: Floats
    other: Floats
    score: Floats
    explained: Floats
    misfit: Floats
    products: tuple[tuple[str, ...], ...] = ()
    switches: tuple[Switch, ...] = ()
    trace: Trace | None = None

    @property
    def name(self) -> str:
        """The name of what is learnt."""
        return self.subject.name
