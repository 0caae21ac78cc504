"""What a protocol search found, in sentences."""

from __future__ import annotations

import textwrap

from sim.decision.question import Budget
from sim.decision.search import Found, SearchResult
from sim.decision.selection import Status
from sim.report.words.numbers import capital, format_count, in_plain_words
from sim.report.words.rules import protocol_text
from sim.report.words.verdict import name_of
from sim.units import GAP

PROCEDURE = "the fully sequential procedure of Kim and Nelson (2001, doi:10.1145/502109.502111)"
ALONE = (
    "The search looks at these outcomes alone: before you choose, compare what it found with your own arms on all the "
    "others."
)
BUDGET_PROCEDURE = "budgets are tested as by Andradóttir and Kim (2010, doi:10.1002/nav.20408)"


def label(result: SearchResult, found: Found) -> str:
    """Return the name of a candidate, or of an arm of the scenario, as people read it."""
    return found.name if found.candidate else result.scenario.arm_label(found.name)


def words(result: SearchResult, found: Found) -> str:
    """Return what is done under a candidate."""
    return protocol_text(result.scenario, found.candidate.protocol) if found.candidate else ""


def budget_text(result: SearchResult, budget: Budget) -> str:
    """Return a budget in words, as `cost at most $400`."""
    unit = budget.outcome.unit.of(result.scenario.costs.currency)
    bound = "at least" if budget.is_floor else "at most"
    return f"{budget.outcome.in_sentence} {bound} {unit.number(budget.limit)}"


def within(result: SearchResult) -> str:
    """Return the budgets in words, an empty string without any."""
    return " and ".join(budget_text(result, budget) for budget in result.question.budgets)


def sentences(result: SearchResult) -> list[str]:
    """Return what takes least of all that are as good, what is best, what comes next, and how sure that is."""
    return [*answers(result), searched(result), procedure(result)]


def answers(result: SearchResult) -> list[str]:
    """Return the answer alone: what takes least of all that are as good, what is best, and what comes next."""
    return [*_least(result), _best(result), *_ties(result), *_runner_up(result), *_own_arm(result), ALONE]


def searched(result: SearchResult) -> str:
    """Return which grid was searched and how many candidates it has."""
    grid, search = result.grid, result.scenario.search
    assert search is not None
    left_out = []
    if grid.alike:
        left_out.append(f"{grid.alike} are the same course as another")
    if grid.beyond:
        left_out.append(f"{grid.beyond} end after day {float(result.scenario.followup.horizon):g}")
    spacings = ", ".join("+".join(f"{gap:g}" for gap in gaps) for gaps in search.every_days)
    rules = [
        f"{name} {', '.join(map(str, given))}"
        for name, given in (
            ("stop after relief", search.stop_after_relief),
            ("discharge without relief by", search.discharge_without_relief_by),
        )
        if given != ("never",)
    ]
    names = ", ".join(name.replace("_", " ") for name in search.used)
    grid_words = f"{names}; visits {', '.join(map(str, sorted(set(search.visits))))}; every {spacings} days"
    rest = f" ({grid.asked} combinations; {', '.join(left_out)})" if left_out else ""
    return f"Searched {_candidates(len(grid.candidates))}{rest}: {'; '.join([grid_words, *rules])}."


def procedure(result: SearchResult) -> str:
    """Return how the best was selected, with what probability of being right, and what it took."""
    plan, objective = result.question.plan, result.question.objective
    currency = result.scenario.costs.currency
    indifference = objective.unit.of(currency).amount(plan.indifference, gap=GAP)
    clear = " and ".join(
        budget.outcome.unit.of(currency).amount(tolerance, gap=GAP)
        for budget, tolerance in zip(result.question.budgets, plan.tolerances, strict=True)
    )
    text = (
        f"Selected by {PROCEDURE}: with a probability of at least {100 * plan.confidence:g}{GAP}% no candidate "
        f"{f'within budget by at least {clear} ' if clear else ''}is better by {indifference} or more (the "
        "indifference zone)"
    )
    text += f"; {BUDGET_PROCEDURE}" if plan.tolerances else ""
    used, equal = result.patients_used, result.equal_allocation
    text += f". It took {format_count(used)} courses of patients"
    text += f"; as many for every candidate would have been {format_count(equal)}." if equal > used else "."
    if result.with_status(Status.OPEN, Status.UNSETTLED):
        most = format_count(result.question.max_patients)
        text += f" The limit of {most} patients per candidate was reached before all were separated: "
        text += "that probability does not hold for those marked so."
    return text


def _least(result: SearchResult) -> list[str]:
    """Return which candidate takes least of those that come as near; nothing if that is the best one itself."""
    one = result.least
    if one.name == result.best or not result.is_within_budget:
        return []
    what = result.question.objective.in_sentence
    return [
        f"{capital(one.name)} ({words(result, one)}) takes least of all that surely come within "
        f"{margin_text(result)} of the best {what}: it reaches {numbers(result, one)}."
    ]


def _best(result: SearchResult) -> str:
    best, question = result.by_name[result.best], result.question
    what = question.objective.in_sentence
    named = f"{best.name} ({words(result, best)})"
    more = "".join(
        f", {outcome.in_sentence} {in_plain_words(best.means[outcome.name])}"
        for outcome in dict.fromkeys(budget.outcome for budget in question.budgets)
        if outcome not in (question.objective, question.against)
    )
    if not result.is_within_budget:
        return (
            f"No candidate is shown to be within budget ({within(result)}). The nearest is {named}: {what} "
            f"{numbers(result, best)}{more}."
        )
    budget = f" with {within(result)}" if question.budgets else ""
    verb = "has the best" if best.status is Status.BEST else "leads, but is not separated from all others:"
    alone = ""
    if result.least.name == result.best:
        near = f"comes within {margin_text(result)} of it" if result.margin > 0 else "is as good"
        alone = f" None that takes less {near}."
    return f"Of the candidates{budget}, {named} {verb} {what}: {numbers(result, best)}{more}.{alone}"


def numbers(result: SearchResult, one: Found) -> str:
    """Return what one achieves and takes, as `4.5 points for $390`."""
    question = result.question
    reached, spent = (in_plain_words(one.means[outcome.name]) for outcome in (question.objective, question.against))
    return reached if question.objective is question.against else f"{reached} for {spent}"


def margin_text(result: SearchResult) -> str:
    """Return the smallest difference in the objective that matters, in words."""
    unit = result.question.objective.unit.of(result.scenario.costs.currency)
    return unit.amount_plain(result.margin)


def _ties(result: SearchResult) -> list[str]:
    ties = result.with_status(Status.TIE)
    if not ties:
        return []
    names = ", ".join(f"{one.name} ({_apart(one)})" for one in ties[:6])
    more = f" and {len(ties) - 6} more" if len(ties) > 6 else ""
    verb = "ties" if len(ties) == 1 else "tie"
    return [f"{_candidates(len(ties), 'other')} {verb} with it: {names}{more}."]


def _runner_up(result: SearchResult) -> list[str]:
    """Say what comes next: of all candidates that are worse, and of the scenario's own arms within the budget."""
    worse = result.with_status(Status.WORSE)
    if not worse or not result.is_within_budget:
        return []
    sign = result.question.sign
    others = [*worse, *(arm for arm in result.arms if result.is_inside(arm) and not _is_named(result, arm))]
    next_one = max(others, key=lambda one: (one.is_fresh, sign * one.difference.estimate))
    return [f"The next, {label(result, next_one)}, reaches {_apart(next_one)}."]


def _is_named(result: SearchResult, arm: Found) -> bool:
    """Tell whether an own arm is the very course of a candidate that is best, or not separated from the best.

    The same course has the same results in the same patients.
    """
    as_good = (one for one in result.candidates if one.is_fresh and one.status is not Status.WORSE)
    return any(_results(one) == _results(arm) for one in as_good)


def _results(found: Found) -> list[float]:
    differs = (found.difference.estimate, found.difference.mc_error)
    return [*differs, *(mean.estimate for mean in found.means.values())]


def _own_arm(result: SearchResult) -> list[str]:
    """Return what of the scenario's own arms is to be set beside it."""
    sign, name = result.question.sign, result.question.objective.name
    own = [arm for arm in result.arms if result.is_inside(arm)]
    if not own:
        return ["None of the scenario's own arms is within the budget."]
    inside = " within the budget" if result.question.budgets else ""
    if (least := result.least_arm) is not None:
        return [
            f"Of the scenario's own arms{inside}, {name_of(result.scenario, least.name)} takes least of those that "
            f"come as near: {numbers(result, least)}."
        ]
    best = max(own, key=lambda arm: sign * arm.means[name].estimate)
    return [
        f"Of the scenario's own arms{inside}, {name_of(result.scenario, best.name)} has the best "
        f"{result.question.objective.in_sentence}: {numbers(result, best)}, {_apart(best)} than the best candidate."
    ]


def _apart(found: Found) -> str:
    """Return how far one is from the best, in words."""
    found_in, size = found.difference.unit, abs(found.difference.estimate)
    written = found_in.amount_plain(size)
    if not written.strip("0.").startswith(tuple("123456789")):
        written = found_in.amount(size, found.difference.mc_error)
    return f"{written} {'more' if found.difference.estimate > 0 else 'less'}"


def _candidates(count: int, kind: str = "") -> str:
    return f"{format_count(count)} {kind + ' ' if kind else ''}candidate{'s' if count != 1 else ''}"


def wrapped_sentences(result: SearchResult, width: int) -> list[str]:
    """Return the sentences as lines no wider than `width` characters."""
    # textwrap breaks at ordinary spaces only where no-break ones are other characters.
    lines = (line for sentence in sentences(result) for line in textwrap.wrap(sentence.replace(GAP, "\x00"), width))
    return [line.replace("\x00", " ") for line in lines]
