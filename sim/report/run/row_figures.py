"""Figures as rows: adverse events, effort and cost, paired differences, profiles, and calibration."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.calibration.targets import ClaimResult
from sim.estimate.estimate import Difference
from sim.estimate.estimates import ALL
from sim.quantities import (
    BRUISING,
    BY_NAME,
    COST,
    DAY_42,
    LASTING_RELIEF,
    PAIN_REDUCTION_DAY42,
    PRACTITIONER_MINUTES,
    RELIEF_DAY42,
    SORENESS,
    SORENESS_DAYS,
    VISITS_ATTENDED,
    ratio,
    shown_in,
)
from sim.report.drawing.appearance import SOFT, Look, looks
from sim.report.drawing.figure import FigureFile, Sheet, Source
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.words.claims import claim_words, shown_claims
from sim.report.words.numbers import difference_with_error, with_error
from sim.scenario.profile import day_of
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.units import NOT_REACHED, POINTS, SHARE, Unit, unit_named

EFFORT = {
    VISITS_ATTENDED: ("Visits it takes", "Visits attended"),
    PRACTITIONER_MINUTES: ("Practitioner time it takes", "Minutes of a practitioner"),
    COST: ("What it costs", "Cost of the visits"),
}
DIFFERENCES = {
    "differences_pain": (
        "Pain: how far apart the arms are",
        shown_in("pain"),
    ),
    "differences_shares": (
        "Relief: how far apart the arms are",
        shown_in("shares"),
    ),
}
NATURAL = Look("", "", SOFT, "o", "-")
"""How a natural course without needling is drawn, which is no arm."""


def event_figure(panel: Panel) -> FigureFile:
    """Return the figure of adverse events."""
    title = "Side effects"
    sheet = Sheet(title, "Share of patients with at least one during the course. Line: 95 % interval.")
    heads = {SORENESS: "Sore after needling", BRUISING: "Bruised"}
    groups = [
        Group(heads[name], [_row(panel, look, name) for look in looks(panel.result.study.scenario)]) for name in heads
    ]
    ticks = spanning([v for group in groups for row in group.rows for v in (row.at, row.upper)], include=(0.0, 0.1))
    row_chart(sheet, groups, [t for t in ticks if t <= 1], SHARE.at_axis)
    words = [f"{heads[name]}: {_listed(panel, name)}" for name in heads]
    sore = [f"{e.label} {_of(panel, e.arm, SORENESS_DAYS)}" for e in looks(panel.result.study.scenario)]
    return FigureFile(
        "adverse_events",
        "events",
        title,
        f"Share of patients with a side effect, one row per arm. {'. '.join(words)}.",
        f"Days with soreness per patient, on average: {'; '.join(sore)}.",
        sheet.finish(),
        Source("summary", outcome=tuple(heads), statistic="mean", subgroup=ALL),
    )


def effort_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield the figures of visits, practitioner minutes and cost."""
    scenario = panel.result.study.scenario
    for name, (title, what) in EFFORT.items():
        sheet = Sheet(title, f"{what}: per patient treated, and shared out over those who gain.")
        outcomes = {"Per patient": name, f"Per patient in relief on day {DAY_42}": ratio(name, RELIEF_DAY42),
                    "Per patient with lasting relief": ratio(name, LASTING_RELIEF)}  # fmt: skip
        groups = [
            Group(head, [_row(panel, look, outcome) for look in looks(scenario)]) for head, outcome in outcomes.items()
        ]
        ticks = spanning([row.at for group in groups for row in group.rows], include=(0.0,), about=4)
        unit = panel.get(scenario.arms[0], name).unit
        row_chart(sheet, groups, ticks, unit.at_axis, stems=True)
        words = [f"{head}: {_listed(panel, outcome)}" for head, outcome in outcomes.items()]
        yield FigureFile(
            name,
            "effort",
            title,
            f"{what} ({unit.on_axis}), three groups of bars, one bar per arm. {'. '.join(words)}.",
            f"Relief: on day {DAY_42}. Lasting relief: {BY_NAME[LASTING_RELIEF].definition}. All patients of an "
            "arm are counted, those without relief too.",
            sheet.finish(),
            Source("summary", outcome=tuple(outcomes.values()), statistic="mean", subgroup=ALL),
        )


def difference_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield the paired differences against the first arm, and of the primary pair."""
    scenario = panel.result.study.scenario
    pairs = shown_pairs(panel)
    if not pairs:
        return
    by_arm = {look.arm: look for look in looks(scenario)}
    for name, (title, outcomes) in DIFFERENCES.items():
        unit = BY_NAME[outcomes[0]].unit
        shaded, zone = zone_of(scenario, unit)
        what = f"in {unit.of_differences}"
        sheet = Sheet(title, f"Difference between two arms in the same patients, {what}. Line: 95 % interval.{zone}")
        groups, words = [], []
        for outcome in outcomes:
            found = [panel.difference(*pair, outcome) for pair in pairs]
            rows = [difference_row(d, by_arm) for d in found]
            groups.append(Group(BY_NAME[outcome].label, rows))
            words.append(f"{BY_NAME[outcome].label}: " + "; ".join(f"{r.label} − {r.versus} {r.number}" for r in rows))
        values = [v for group in groups for row in group.rows for v in (row.lower, row.upper, row.at)]
        ticks = spanning(values, include=(0.0, *shaded) if shaded else (0.0,))
        row_chart(sheet, groups, ticks, unit.apart_at_axis, zero=True, shaded=shaded)
        yield FigureFile(
            name,
            "differences",
            title,
            f"Differences between arms {what}, one row per pair. {'. '.join(words)}.",
            "Above 0: the arm named first has more of it. Every arm treats the same simulated patients with the same "
            "luck, so a difference is surer than one between two groups of different people.",
            sheet.finish(),
            Source("differences", outcome=tuple(outcomes), subgroup=ALL),
        )


def zone_of(scenario: Scenario, unit: Unit) -> tuple[tuple[float, float] | None, str]:
    """Return the differences that are too small to decide by, to be shaded, and what says so; none but in two units."""
    if not (unit == POINTS or unit.is_share):
        return None, ""
    margin = scenario.decision.margin.points.value if unit == POINTS else scenario.decision.margin.share.value
    if margin == 0:
        return None, ""
    return (-margin, margin), f" Grey: less than {unit.amount(margin)}, too little to decide by."


def profile_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield results by kind of patient, if there is more than one."""
    scenario = panel.result.study.scenario
    present = [name for name, n in zip(scenario.profiles, panel.result.tally.n, strict=True) if n > 0]
    if len(present) < 2:
        return
    for outcome, title in (
        (PAIN_REDUCTION_DAY42, "Pain reduction by day 42, by kind of patient"),
        (LASTING_RELIEF, "Lasting relief, by kind of patient"),
    ):
        unit = BY_NAME[outcome].unit
        what = f"{unit.mean_title} treated" if unit.is_share else unit.mean_title
        sheet = Sheet(title, f"{what}. Line: 95 % interval.")
        groups = [
            Group(scenario.profile_label(name), [_row(panel, look, outcome, name) for look in looks(scenario)])
            for name in present
        ]
        values = [v for group in groups for row in group.rows for v in (row.at, row.lower, row.upper)]
        row_chart(sheet, groups, spanning(values), unit.at_axis, zero=min(values) < 0)
        words = [f"{group.title}: " + "; ".join(f"{r.label} {r.number}" for r in group.rows) for group in groups]
        yield FigureFile(
            f"profiles_{outcome}",
            "profiles",
            title,
            f"{title}: a group of rows per kind of patient, one row per arm. {'. '.join(words)}.",
            BY_NAME[outcome].definition[0].upper() + BY_NAME[outcome].definition[1:] + ".",
            sheet.finish(),
            Source("summary", outcome=outcome, statistic="mean", subgroup=tuple(present)),
        )


def calibration_figure(panel: Panel) -> FigureFile | None:
    """Return the figure of claims and of what the calibrated model reaches; None without claims."""
    study = panel.result.study
    claims = shown_claims(study.scenario, study.calibration)
    if not claims:
        return None
    arms = modality_looks(panel)
    title = "Does the model reproduce the claims?"
    sheet = Sheet(
        title, "Upright bar: the claim; grey: its doubt, one sd to either side. Marker: what the model reaches."
    )
    by_head: dict[str, list[ClaimResult]] = {}
    for claim in claims:
        by_head.setdefault(_claim_head(study.scenario, claim), []).append(claim)
    groups = []
    for head, of_head in by_head.items():
        rows = [_claim_row(claim, arms) for claim in of_head]
        values = [v for row in rows for v in (row.at, row.also or 0.0, *(row.also_range or ()))]
        groups.append(Group(head, rows, spanning(values, about=4), unit_named(of_head[0].claimed.unit).at_axis))
    row_chart(sheet, groups, [0.0, 1.0], str)
    words = [f"{group.title}: " + "; ".join(f"{row.label} {row.number}" for row in group.rows) for group in groups]
    return FigureFile(
        "calibration",
        "calibration",
        title,
        f"Claimed and reached, one row per claim. {'. '.join(words)}.",
        "The model is tuned to meet these claims as nearly as their doubts allow; that does not make them true. Pain "
        "left is a share of that at the start.",
        sheet.finish(),
        Source("calibration"),
    )


def shown_pairs(panel: Panel) -> list[tuple[str, str]]:
    """Return the pairs of arms whose difference is shown: each arm against the first, and the primary pair."""
    scenario = panel.result.study.scenario
    pairs = [(arm, scenario.arms[0]) for arm in scenario.arms[1:]]
    primary = scenario.primary_arms
    if primary and primary not in pairs and primary[::-1] not in pairs:
        pairs.append(primary)
    return pairs


def modality_looks(panel: Panel) -> dict[str, Look]:
    """Return a look for every modality: that of the arm that gives nothing else, where there is one."""
    scenario = panel.result.study.scenario
    arms = looks(scenario)
    found = {}
    for i, name in enumerate(scenario.modalities):
        alone = [
            look for look in arms if look.arm in scenario.protocols and scenario.arm_modalities(look.arm) == {name}
        ]
        like = alone[0] if alone else arms[i % len(arms)]
        label = scenario.modality_label(name)
        found[name] = Look(like.arm, label, like.colour, like.marker, like.line)
    return found


def _row(panel: Panel, look: Look, outcome: str, subgroup: str = ALL) -> Row:
    found = panel.get(look.arm, outcome, "mean", subgroup)
    return Row(look.label, with_error(found), look, found.estimate, found.lower, found.upper)


def difference_row(found: Difference, by_arm: dict[str, Look]) -> Row:
    """Return a paired difference as a row."""
    look = by_arm[found.arm]
    number = difference_with_error(found).removesuffix("\N{NO-BREAK SPACE}pp")
    other = by_arm[found.versus].label
    return Row(look.label, number, look, found.estimate, found.lower, found.upper, versus=other)


def _claim_head(scenario: Scenario, claim: ClaimResult) -> str:
    if not claim.modality:
        return f"{scenario.profile_label(claim.profile)}: pain left without needling"
    words = claim_words(scenario, claim.name)
    return f"{words[0].upper()}{words[1:]}" + (", points" if unit_named(claim.claimed.unit) == POINTS else "")


def _claim_row(claim: ClaimResult, arms: dict[str, Look]) -> Row:
    unit, look = unit_named(claim.claimed.unit), arms.get(claim.modality, NATURAL)
    label = look.label or f"Day {day_of(claim.name)}"
    reached = f"{unit.number(claim.reached)} reached" if math.isfinite(claim.reached) else NOT_REACHED
    number = f"{unit.number(claim.value)} claimed, {reached}"
    doubt = claim.value - claim.doubt, claim.value + claim.doubt
    return Row(label, number, look, claim.reached, also=claim.value, also_range=doubt)


def _listed(panel: Panel, outcome: str) -> str:
    return "; ".join(f"{look.label} {_of(panel, look.arm, outcome)}" for look in looks(panel.result.study.scenario))


def _of(panel: Panel, arm: str, outcome: str) -> str:
    return with_error(panel.get(arm, outcome))
