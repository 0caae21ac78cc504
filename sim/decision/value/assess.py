"""Everything that a set of draws says about the value of the strategies, and of knowing more before choosing."""

from __future__ import annotations

from dataclasses import dataclass

from sim.decision.value.acceptability import Curves, curves
from sim.decision.value.efficiency import Efficiency
from sim.decision.value.information import Partial, partial_values, thinned
from sim.decision.value.psa import Psa
from sim.decision.value.question import Question
from sim.decision.value.structure import Choice, choices


@dataclass(frozen=True)
class Worth:
    """What knowing some inputs is worth to a clinic: per patient, per year and over the years, with standard errors.

    `chance` is the chance that knowing them changes the choice. Money is in the currency, not discounted.
    """

    name: str
    per_patient: float
    error: float
    bias: float
    chance: float
    per_year: float
    over_years: float

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it is more than two standard errors, its bias taken off, above 0."""
        return self.per_patient - max(self.bias, 0.0) > 2 * self.error and self.per_patient > 0


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


def assess(psa: Psa, strategies: tuple[Efficiency, ...], question: Question) -> Assessment:
    """Return the answer to a question; `strategies` are those of `efficiency(psa)`."""
    found = curves(psa, question.wtp)
    thin, thin_at = thinned(found, question.at, psa.draws)
    partials = partial_values(psa, thin, thin_at)
    at = question.at
    perfect = _worth(question, "everything", found.evpi[at], found.evpi_error[at], found.not_best[at], bias=0.0)
    worths = [
        _worth(question, one.name, one.value[thin_at], one.error[thin_at], one.other[thin_at], one.bias[thin_at])
        for one in partials
    ]
    is_together = len(psa.parameters) > 1 and bool(worths)
    inputs = worths[:-1] if is_together else worths
    return Assessment(
        psa, question, strategies, found, thin, thin_at, partials, perfect,
        tuple(sorted(inputs, key=lambda one: -one.per_patient)), worths[-1] if is_together else None,
        choices(psa, question.price),
    )  # fmt: skip


def _worth(question: Question, name: str, value: float, error: float, other: float, bias: float) -> Worth:
    """Return the worth to the clinic; `other` is the chance that another strategy would be chosen."""
    year = float(value) * question.patients_per_year
    return Worth(name, float(value), float(error), float(bias), float(other), year, year * question.years)
