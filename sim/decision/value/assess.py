"""Everything that a set of draws says about the value of the strategies, and of knowing more before choosing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from sim.decision.value.acceptability import Curves, curves
from sim.decision.value.against import Against, against
from sim.decision.value.efficiency import Efficiency, efficiency
from sim.decision.value.information import explain_nothing, partial_values, thinned
from sim.decision.value.new_study import NewStudy, Signal
from sim.decision.value.partial import Partial
from sim.decision.value.psa import Psa
from sim.decision.value.question import Question
from sim.decision.value.sampling import Sampling, sampling
from sim.decision.value.structure import Choice, choices
from sim.decision.value.subjects import Kind, Subject, subjects_of
from sim.estimate.estimate import Z95, Estimate, Over


@dataclass(frozen=True)
class Worth(Estimate):
    """What knowing some inputs is worth per patient, and to a clinic per year and over the years.

    `bias` is the upward bias that was taken off it, `chance` the chance that knowing them changes the choice. `score`
    says how many standard errors it is above 0 by draws left out of the fit, `explained` what share of the variance of
    the differences in net benefit the regression explains, `misfit` how much more a second estimator finds where the
    regression does not fit. Money is in the currency, over the years discounted as stated; NaN where the value is
    withheld.
    """

    name: str
    bias: float
    chance: float
    per_year: float
    over_years: float
    score: float = 0.0
    explained: float = 1.0
    misfit: float = 0.0
    subject: Subject | None = None
    over: Over = field(default="draws", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", *Estimate.COLUMNS, "bias", "chance", "per_year", "over_years")

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it is worth more than nothing beyond chance."""
        return self.score > Z95 and self.estimate > 0

    @property
    def is_withheld(self) -> bool:
        """Whether no value can be told, as the regression does not fit."""
        return math.isnan(self.estimate)


@dataclass(frozen=True)
class Assessed:
    """The strategies by another effect: the draws with it in place of the effect, and their efficiency."""

    psa: Psa
    strategies: tuple[Efficiency, ...]


@dataclass(frozen=True)
class Assessment:
    """The answer: strategies with ICERs, curves over willingness to pay, and what knowing inputs is worth.

    `against` holds every strategy but the reference against it. `partials` are the EVPPI at the values in `thin`, whose
    place `thin_at` is the willingness to pay of interest. `perfect` is the worth of knowing everything; `inputs` that
    of each parameter and `groups` that of each group, most valuable first; `together` that of all parameters, None
    unless there are several. `by_effect` holds the strategies by each other effect. `odd` is whether the inputs explain
    nothing at all of costs and effects. `by_form` is the answer at the willingness to pay of interest for each
    alternative of each kind of structure. `sampling` is what a new study would be worth, if one was asked about.
    """

    psa: Psa
    question: Question
    strategies: tuple[Efficiency, ...]
    against: tuple[Against, ...]
    curves: Curves
    thin: Curves
    thin_at: int
    partials: tuple[Partial, ...]
    perfect: Worth
    inputs: tuple[Worth, ...]
    groups: tuple[Worth, ...]
    together: Worth | None
    by_form: tuple[Choice, ...]
    odd: bool
    by_effect: tuple[Assessed, ...] = ()
    sampling: Sampling | None = None

    @property
    def preferred(self) -> int:
        """The place of the strategy with the highest mean net benefit at the willingness to pay of interest."""
        return int(self.curves.optimal[self.question.at])

    @property
    def chance_not_best(self) -> float:
        """The chance that another strategy than the preferred one is better at the willingness to pay of interest."""
        return float(self.curves.not_best[self.question.at])

    def partial(self, worth: Worth) -> Partial:
        """Return the EVPPI that a worth was made of."""
        return next(partial for partial in self.partials if partial.subject == worth.subject)


def assess(
    psa: Psa,
    strategies: tuple[Efficiency, ...],
    question: Question,
    new: tuple[NewStudy, Signal] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Assessment:
    """Return the answer to a question.

    `strategies` are those of `efficiency(psa)`, `new` is a study and what it shows. `progress` is as for the value of
    knowing each input.
    """
    found = curves(psa, question.wtp)
    thin, thin_at = thinned(found, question.at, psa.draws)
    subjects = subjects_of(psa.parameters, psa.kinds, question.inputs, question.groups)
    partials = partial_values(psa, thin, thin_at, subjects, progress)
    at = question.at
    perfect = _worth(
        psa, question, "everything", (found.evpi[at], found.evpi_error[at]), chance=float(found.not_best[at])
    )
    worths = [_partial_worth(psa, question, one, thin_at) for one in partials]
    by_kind = {
        kind: tuple(
            sorted(
                (one for one in worths if one.subject is not None and one.subject.kind is kind),
                key=lambda one: (one.is_withheld, -one.estimate),
            )
        )
        for kind in Kind
    }
    return Assessment(
        psa, question, strategies, against(psa, question.reference, question.wtp, at), found, thin, thin_at, partials,
        perfect, by_kind[Kind.INPUT], by_kind[Kind.GROUP], next(iter(by_kind[Kind.ALL]), None),
        choices(psa, question.price), explain_nothing(psa) if partials else False,
        tuple(Assessed(one, efficiency(one)) for one in map(psa.by_effect, psa.others)),
        None if new is None else sampling(psa, question, _most(new[0], perfect, worths), *new),
    )  # fmt: skip


def _most(study: NewStudy, perfect: Worth, worths: Sequence[Worth]) -> float:
    """Return what a study can be worth at most per patient: no more than knowing the input that it measures."""
    known = [one.estimate for one in worths if one.name == study.input and not one.is_withheld]
    return min([perfect.estimate, *known])


def _partial_worth(psa: Psa, question: Question, one: Partial, at: int) -> Worth:
    return replace(
        _worth(psa, question, one.name, (one.value[at], one.error[at]), chance=float(one.other[at])),
        bias=float(one.bias[at]), score=float(one.score[at]), explained=float(one.explained[at]),
        misfit=float(one.misfit[at]), subject=one.subject,
    )  # fmt: skip


def _worth(psa: Psa, question: Question, name: str, value: tuple[float, float], *, chance: float) -> Worth:
    """Return the worth to the clinic; `value` has its error, `chance` is that another strategy would be chosen."""
    one = Estimate.normal(psa.cost_unit, float(value[0]), float(value[1]))
    year = one.estimate * question.patients_per_year
    return Worth(**one.record(), name=name, bias=0.0, chance=chance, per_year=year,
                 over_years=year * question.stated.over_years(question.years))  # fmt: skip
