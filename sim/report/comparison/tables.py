"""Tables of a comparison: what differs, results by scenario and arm, whether the answer is the same, and ranks."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.compare import Agreement, Comparison, Member
from sim.decision.ranking import Ranking
from sim.decision.verdict import carrying_outcome
from sim.quantities import BY_NAME, COST, OUTCOMES, shown_in
from sim.report.comparison.words import chance, label_of
from sim.report.document.document import Cell, Row, Table
from sim.report.words.inputs import Assumption, assumptions
from sim.report.words.numbers import difference_with_error, of_hundred, with_error
from sim.report.words.rules import rules_text, visits_text
from sim.report.words.verdict import chosen_words
from sim.units import SHARE

ANSWERS = {"same": "the same everywhere", "changes": "changes", "not clear": "not clear"}
NOT_THERE = "–"


def difference_inputs_table(comparison: Comparison) -> Table | None:
    """Return only what differs between the scenarios, side by side; None if nothing does."""
    rows = [*_arms_that_differ(comparison.members), *_numbers_that_differ(comparison.members)]
    if not rows:
        return None
    columns = ("Input", *(label_of(member) for member in comparison.members))
    return Table("What differs between the scenarios, with its source and status", columns, tuple(rows), "alternatives")


def results_table(comparison: Comparison, outcomes: Sequence[str], caption: str) -> Table:
    """Return a row per outcome and scenario, a column per arm, with differences from the first scenario."""
    first = comparison.members[0]
    rows = []
    for outcome in outcomes:
        known = BY_NAME[outcome]
        unit = first.panel.get(comparison.arms[0], outcome).unit
        of = "" if unit.is_share or not comparison.is_compared(outcome) else f" ({unit.on_axis})"
        for member in comparison.members:
            cells = tuple(_result_cell(comparison, member, arm, outcome) for arm in comparison.labels)
            rows.append(Row(label_of(member), cells, group=f"{known.label}{of}"))
    return Table(caption, ("Scenario", *comparison.labels.values()), tuple(rows))


def key_outcomes(comparison: Comparison) -> tuple[str, ...]:
    """Return the outcomes that matter most, the primary one first."""
    shown = dict.fromkeys((comparison.primary, *shown_in("key")))
    return tuple(name for name in shown if BY_NAME[name].kind != "time")


def all_outcomes() -> tuple[str, ...]:
    """Return every outcome but the times until something happens."""
    return tuple(outcome.name for outcome in OUTCOMES if outcome.kind != "time")


def agreement_table(comparison: Comparison, members: Sequence[int] | None = None, caption: str = "") -> Table:
    """Return which arm is best on each outcome in every scenario (all, or those given), and whether it is the same."""
    chosen = tuple(members if members is not None else range(len(comparison.members)))
    rows = []
    for agreement in comparison.agreements(chosen):
        cells = [
            _leader_cell(comparison.members[k], ranking)
            for k, ranking in zip(agreement.members, agreement.rankings, strict=True)
        ]
        label, better = BY_NAME[agreement.outcome].label, _best_means(agreement.outcome)
        rows.append(Row(label, (*cells, Cell(ANSWERS[agreement.answer])), better))
    columns = ("Best arm on", *(label_of(comparison.members[k]) for k in chosen), "The answer")
    return Table(
        caption or "Which arm comes first, and by how much it leads the next", columns, tuple(rows), "alternatives"
    )


def answer_table(comparison: Comparison, most: int | None = None) -> Table:
    """Return which arm to choose in each scenario, which others cannot be told apart from it, and what each gives.

    `most`: how many scenarios are shown, the first ones; all if None.
    """
    rows = []
    shown = comparison.members[:most]
    for member in shown:
        scenario, verdict = member.scenario, member.verdict
        outcome = carrying_outcome(scenario)
        if verdict.choice is None or verdict.arm is None:
            rows.append(Row(label_of(member), (Cell(chosen_words(scenario, verdict)), *[Cell(NOT_THERE)] * 4)))
            continue
        others = [scenario.arm_label(arm) for arm in verdict.choice.arms if arm != verdict.arm]
        against = verdict.versus or verdict.arm
        counts = [of_hundred(member.panel.get(arm, outcome).estimate) for arm in (verdict.arm, against)]
        cost = member.panel.get(verdict.arm, COST)
        cells = (
            scenario.arm_label(verdict.arm), ", ".join(others) or "no other", counts[0],
            f"{counts[1]} ({scenario.arm_label(against)})", cost.unit.plain(cost.estimate),
        )  # fmt: skip
        rows.append(Row(label_of(member), tuple(Cell(text) for text in cells)))
    words = BY_NAME[carrying_outcome(comparison.members[0].scenario)].of_patients
    columns = ("Scenario", "Choose", "As good", "With it, of 100", "Against, of 100", "It costs, per patient")
    left = len(comparison.members) - len(shown)
    more = f"; {left} more scenarios below" if left else ""
    return Table(f"The answer by scenario; of 100 patients, so many {words}{more}", columns, tuple(rows), "words")


def rank_table(comparison: Comparison) -> Table:
    """Return how often each arm is the best for a random patient, and for the mean of all patients."""
    rows = []
    for outcome in dict.fromkeys((comparison.primary, *shown_in("rank"))):
        for member in comparison.members:
            found = {rank.arm: rank for rank in member.ranks if rank.outcome == outcome}
            if not found:
                continue
            cells = tuple(
                Cell(
                    with_error(found[arm].patient),
                    "" if BY_NAME[outcome].kind == "time" else f"mean: {chance(found[arm].cohort)}",
                )
                if arm in found
                else Cell(NOT_THERE)
                for arm in comparison.arms
            )
            tied = SHARE.number(next(iter(found.values())).tied)
            rows.append(Row(label_of(member), (*cells, Cell(tied)), group=BY_NAME[outcome].label))
    columns = ("Scenario", *_arm_labels(comparison), "Patients with a tie")
    return Table("Chance that an arm is the best for a random patient; below, for the mean", columns, tuple(rows))


def pairing_table(comparison: Comparison) -> Table:
    """Return how each scenario is paired with the first, and what that and spreading patients evenly gains."""
    first = comparison.members[0]
    rows = []
    for position, member in enumerate(comparison.members[1:], start=1):
        same = comparison.same_as_first(position)
        how = "the same patients with the same luck" if same else "other patients with the same luck, rank by rank"
        if 0 < same < 1:
            how = f"{SHARE.number(same)} the same patients, the others with the same luck, rank by rank"
        cells = [Cell(how)]
        for arm in comparison.arms:
            found = comparison.between(arm, member.name, first.name, comparison.primary)
            gain = (found.unpaired_error / found.mc_error) ** 2 if found.mc_error > 0 else float("inf")
            exact = "no error: the arm is the same" if found.estimate == 0 else "no error"
            cells.append(Cell(f"{gain:,.{0 if gain >= 10 else 1}f} times" if gain < 1e6 else exact))
        rows.append(Row(label_of(member), tuple(cells)))
    columns = (f"Paired with “{label_of(first)}”", "How", *_arm_labels(comparison))
    caption = (
        "How scenarios are paired, and how many times as many patients it would take for the same error of "
        f"{_label(comparison.primary)} if each were drawn alone, for each scenario others"
    )
    return Table(caption, columns, tuple(rows), "words")


def _lead(member: Member, ranking: Ranking) -> str:
    """Return by how much the best arm leads the next one; empty if there is none."""
    if len(ranking.arms) < 2:
        return ""
    found = member.panel.difference(ranking.arms[0], ranking.arms[1], ranking.outcome.name)
    return difference_with_error(found).replace("pp", "percentage points")


def leaders_text(member: Member, ranking: Ranking) -> str:
    """Return the best arm, or all that share the lead."""
    scenario = member.scenario
    names = [scenario.arm_label(arm) for arm in ranking.leaders]
    return " or ".join(names)


def changed_outcomes(comparison: Comparison, members: Sequence[int]) -> list[Agreement]:
    """Return the outcomes whose best arm changes among scenarios."""
    return [one for one in comparison.agreements(members) if one.answer == "changes"]


def _label(outcome: str) -> str:
    return BY_NAME[outcome].in_sentence


def _arm_labels(comparison: Comparison) -> list[str]:
    return [comparison.labels[arm] for arm in comparison.arms]


def _result_cell(comparison: Comparison, member: Member, arm: str, outcome: str) -> Cell:
    first = comparison.members[0]
    if arm not in member.scenario.arms:
        return Cell(NOT_THERE)
    text = with_error(member.panel.get(arm, outcome))
    if member is first or arm not in comparison.arms or not comparison.is_compared(outcome):
        return Cell(text)
    found = comparison.between(arm, member.name, first.name, outcome)
    return Cell(text, difference_with_error(found))


def _leader_cell(member: Member, ranking: Ranking | None) -> Cell:
    if ranking is None:
        return Cell("not defined")
    value = with_error(member.panel.get(ranking.best, ranking.outcome.name))
    ahead = _lead(member, ranking)
    if ranking.tied:
        return Cell(leaders_text(member, ranking), f"{value}; cannot be told apart")
    return Cell(leaders_text(member, ranking), f"{value}; {ahead} against the next" if ahead else value)


def _best_means(outcome: str) -> str:
    return "least is best" if BY_NAME[outcome].better == "lower" else "most is best"


def _arms_that_differ(members: Sequence[Member]) -> list[Row]:
    """Return the rows of arms that are not there, or not done in the same way, in all scenarios."""
    scenarios = [member.scenario for member in members]
    rows = []
    for arm in dict.fromkeys(arm for scenario in scenarios for arm in scenario.arms):
        cells = []
        for scenario in scenarios:
            if arm not in scenario.arms:
                cells.append(Cell("not compared"))
                continue
            rules = rules_text(scenario, arm)
            cells.append(Cell(visits_text(scenario, arm) + (f"; {rules}" if rules else "")))
        if len({cell.text for cell in cells}) > 1:
            label = next(scenario.arm_label(arm) for scenario in scenarios if arm in scenario.arms)
            path = f"{'policies' if arm in scenarios[0].policies else 'protocols'}.{arm}"
            rows.append(Row(label, tuple(cells), path=path, group="What is done"))
    return rows


def _numbers_that_differ(members: Sequence[Member]) -> list[Row]:
    """Return the rows of inputs whose value or source is not the same in all scenarios."""
    found = [{item.path: item for item in assumptions(member.scenario) if _is_used(member, item)} for member in members]
    rows = []
    for path in dict.fromkeys(path for items in found for path in items):
        here = [items.get(path) for items in found]
        if len({(item.value, item.source, item.uncertainty) if item else None for item in here}) < 2:
            continue
        known = next(item for item in here if item is not None)
        cells = tuple(
            Cell(item.value, f"{item.status}: {item.source}") if item else Cell(_absent(path)) for item in here
        )
        rows.append(Row(known.name, cells, path=path, group=known.section))
    groups = list(dict.fromkeys(row.group for row in rows))
    return sorted(rows, key=lambda row: groups.index(row.group))


def _absent(path: str) -> str:
    return "none" if path.startswith("cohort.profiles.") else "not used"


def _is_used(member: Member, item: Assumption) -> bool:
    """Tell whether an input plays a part: profiles without patients and treatments that no arm gives do not."""
    scenario = member.scenario
    section, _, rest = item.path.partition(".")
    name = rest.split(".")[0]
    if section in ("claims", "parameters", "modalities"):
        return name in scenario.used_modalities
    if section == "profiles":
        shares = (scenario.cohort.profiles, scenario.calibration.profiles)
        return any(share.get(name, 0) > 0 for share in shares)
    return True
