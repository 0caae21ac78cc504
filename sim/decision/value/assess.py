"""Everything that a set of draws says about the value of the strategies, and of knowing more before choosing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from sim.decision.value.acceptability import Curves, curves
from sim.decision.value.efficiency import Efficiency
from sim.decision.value.information import Partial, partial_values, thinned
from sim.decision.value.psa import Psa
from sim.decision.value.question import Question
from sim.decision.value.structure import Choice, choices
from sim.estimate.estimate import Estimate, Over


@dataclass(frozen=True)
class Worth(Estimate):
    """What knowing some inputs is worth per patient, and to a clinic per year and over the years.

    `bias` is the estimated upward bias of it, `chance` the chance that knowing them changes the choice. Money is in the
    currency, not discounted.
    """

    name: str
    bias: float
    chance: float
    per_year: float
    over_years: float
    over: Over = field(default="draws", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", *Estimate.COLUMNS, "bias", "chance", "per_year", "over_years")

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it is more than two standard errors, its bias taken off, above 0."""
        return self.estimate - max(self.bias, 0.0) > 2 * self.mc_error and self.estimate > 0


@dataclass(frozen=True)
class Assessment:
    """The answer: strategies with ICERs, curves over willingness to pay, and what knowing inputs is worth.

    `partials` are the EVPPI at the values in `thin`, whose place `thin_at` is the willingness to pay of interest.
    `perfect` is the worth of knowing everything; `inputs` that of each parameter, most valuable first; `together` that
    of all parameters, None unless there are several. `by_form` is the answer at the willingness to pay of interest for
    each alternative of each kind of structure.
    """

    psa: Psa
    question: Question
    strategies: tuple[Efficiency, ...]
    curves: Curves
    thin: Curves
    thin_at: int
    partials: tuple[Partial, ...]
    perfect: Worth
    inputs: tuple[Worth, ...]
    together: Worth | None
    by_form: tuple[Choice, ...]

    @property
    def preferred(self) -> int:
        """The place of the strategy with the highest mean net benefit at the willingness to pay of interest."""
        return int(self.curves.optimal[self.question.at])

    @property
    def chance_not_best(self) -> float:
        """The chance that another strategy than the preferred one is better at the willingness to pay of interest."""
        return float(self.curves.not_best[self.question.at])

    def partial(self, name: str) -> Partial:
        """Return the EVPPI of a parameter, or of all together."""
        return next(partial for partial in self.partials if partial.name == name)


def assess(
    psa: Psa,
    strategies: tuple[Efficiency, ...],
    question: Question,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Assessment:
    """Return the answer to a question; `strategies` are those of `efficiency(psa)`, `progress` as for the value of
    knowing each parameter.
    """
    found = curves(psa, question.wtp)
    thin, thin_at = thinned(found, question.at, psa.draws)
    partials = partial_values(psa, thin, thin_at, progress)
    at = question.at
    perfect = _worth(psa, question, "everything", found.evpi[at], found.evpi_error[at], found.not_best[at], bias=0.0)
    worths = [
        _worth(psa, question, one.name, one.value[thin_at], one.error[thin_at], one.other[thin_at], one.bias[thin_at])
        for one in partials
    ]
    is_together = len(psa.parameters) > 1 and bool(worths)
    inputs = worths[:-1] if is_together else worths
    return Assessment(
        psa, question, strategies, found, thin, thin_at, partials, perfect,
        tuple(sorted(inputs, key=lambda one: -one.estimate)), worths[-1] if is_together else None,
        choices(psa, question.price),
    )  # fmt: skip


def _worth(psa: Psa, question: Question, name: str, value: float, error: float, other: float, bias: float) -> Worth:
    """Return the worth to the clinic; `other` is the chance that another strategy would be chosen."""
    one = Estimate.normal(psa.cost_unit, float(value), float(error))
    year = one.estimate * question.patients_per_year
    return Worth(**one.record(), name=name, bias=float(bias), chance=float(other), per_year=year,
                 over_years=year * question.years)  # fmt: skip
