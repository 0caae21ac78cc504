"""The report of a virtual trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sim
from sim.decision.virtual_trial.assess import VirtualTrial
from sim.learn.spread import PublishedSpread
from sim.plain_text import plain_text, printable
from sim.report.document.document import Block, Bullets, Code, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import MOST_ROWS, first_page, inputs, limits, made_of, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.trial.figures import figure_name
from sim.report.trial.tables import (
    needed_table,
    power_table,
    published_table,
    spread_table,
    type_one_table,
)
from sim.report.trial.text import CAUTION, notes, sentences
from sim.report.trial.words import ANALYSES, TESTS, arm_label
from sim.report.words.numbers import all_of, format_count

METHODS = (
    "Groups are parallel: every trial has patients of its own in every arm, each drawn alone, who share neither luck "
    "nor person with those of another arm or another trial. (A run of the scenario sees the same, evenly spread "
    "patients in all arms: right for effects, but its differences scatter far less than a trial's.) Nobody is drawn "
    "twice, so there is no pool of patients whose own mean differs from the truth; smaller trials are the first "
    "patients of larger ones.",
    "Power: the share of trials that succeed at the stated inputs. Assurance: its mean over draws of the uncertain "
    "inputs, each calibrated anew (O'Hagan, Stevens and Campbell 2005, doi:10.1002/pst.175). Draws are evenly spread, "
    "so its error is rather smaller than stated.",
    "Type-I error: the reference against other patients of itself, by the same analysis.",
    "± is the Monte Carlo standard error: over trials, for assurance over draws; of the patients needed by leaving out "
    "a twentieth of the trials in turn. Between two sizes the probit of the power is a straight line over the square "
    "root of the size.",
    "The formula: power is the chance that a noncentral t, with centre d / sqrt(V), is beyond the critical value; V = "
    "s1²/n1 + s0²/n0, times 1 - r² if adjusted, with therapists of m patients times 1 + (m - 1) ICC; patients whose "
    "assessment is missing are not counted. For 1:1 and large groups that is n = 2 (z(1 - alpha/2) + z(power))² s² (1 "
    "- r²) / d². Shares: normal approximation, errors pooled where there is no difference. Spread, correlation and "
    "difference are the model's own.",
)
MISSING = {
    "complete_cases": "complete cases are analysed", "no_change": "no change since the start is assumed",
}  # fmt: skip
LIMITS = (
    "Patients who leave treatment are assessed like the others; only --dropout makes assessments missing, and these "
    "are missing at random.",
    "Therapists act on reported pain alike for all of their patients; nothing in the model says how much they differ.",
)


def trial_document(
    found: VirtualTrial, published: Sequence[PublishedSpread], figures: Sequence[FigureFile], name: str, title: str,
    command: str,
) -> Document:  # fmt: skip
    """Return the report of a virtual trial."""
    answer = sentences(found, published)
    design = found.design
    below = needed_table(found, MOST_ROWS) if found.comparisons else type_one_table(found)
    opening = first_page("summary", answer, figures[:1], CAUTION, below)
    sections = [*more_of(answer)]
    if found.comparisons:
        sections.append(Section("power", "Power, assurance and precision by size", tuple(_power(found, figures))))
    sections.append(Section("spread", "What it rests on: how patients scatter", tuple(_spread(found, published))))
    if found.comparisons:
        note = "An analysis at its level finds a difference in so many trials of an arm against itself by chance."
        drawn = Gallery(tuple(figures[-1:]))
        sections.append(Section("type_one", "Type-I error", (Text(note), drawn, type_one_table(found))))
    sections += [
        Section("design", "The trial", (_design(found),)),
        inputs(found.scenario),
        Section("methods", "For analysts: how the numbers are made", (Bullets((*_tests(found), *METHODS)),)),
        limits(*LIMITS),
        made_of(
            Facts((
                ("Program", f"coursesim {sim.__version__}"),
                ("Trials", format_count(design.trials)),
                ("Seed", str(found.scenario.seed)),
                ("Command", Code(printable(command))),
            )),
            "The file manifest.json beside this report holds the whole configuration, the versions of all parts, and "
            "what is needed to run it again. The same seed gives the same report.",
        ),
    ]  # fmt: skip
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Trials", f"{format_count(design.trials)} of each size"),
            ("Draws of the inputs", f"{found.draws:,}, with {design.trials_per_draw} trials each" if found.draws
             else "none"),
            ("Reference", arm_label(found.scenario, design.reference)),
        )
    )  # fmt: skip
    return Document(f"A virtual trial: {plain_text(title)}", "What a trial would find", "", facts, (opening,),
                    tuple(sections))  # fmt: skip


def _power(found: VirtualTrial, figures: Sequence[FigureFile]) -> Iterator[Block]:
    """Yield each comparison's table with its figures, of which the first stands on the first page, and its notes."""
    if len(found.comparisons) > MOST_ROWS:
        yield needed_table(found)
    named = {figure.name: figure for figure in figures[1:]}
    for one in found.comparisons:
        yield power_table(found, one)
        names = [figure_name(found, one, what) for what in ("power", "estimates")]
        if drawn := tuple(named[name] for name in names if name in named):
            yield Gallery(drawn)
        if len(found.comparisons) > 1:
            yield Bullets(tuple(notes(found, one)))


def _spread(found: VirtualTrial, published: Sequence[PublishedSpread]) -> Iterator[Block]:
    if found.comparisons:
        yield Text("Of all patients of all trials at the stated inputs; a share scatters as its mean says.")
        yield from (spread_table(found, m) for m in range(len(found.design.measures)))
    if published:
        yield Text(
            "The spread between patients that trials have published, beside that of the model's patients in the same "
            "trial: its kind of patient, baseline pain, visits and day. A plain comparison takes patients in "
            "proportion to the square of the spread."
        )
        yield published_table(published)
    elif not found.comparisons:
        yield Text("No published trial that comes with the program has the spread of patients of this kind.")


def _tests(found: VirtualTrial) -> Iterator[str]:
    design = found.design
    for analysis, measure in dict.fromkeys(
        zip(design.analyses, (one.is_share for one in design.measures), strict=True)
    ):
        yield TESTS[analysis, measure]
    if design.by_cluster:
        yield (
            "Therapists: means of their patients, adjusted by the slope within therapists, compared by Student's t "
            "with two degrees of freedom fewer than therapists (Hayes and Moulton, Cluster Randomised Trials, ch. 10)."
        )


def _design(found: VirtualTrial) -> Facts:
    design, scenario = found.design, found.scenario
    include = scenario.cohort.include
    rule = f"reported pain of at least {include.reported_pain_at_least:g} points" if include else "none"
    dropout = all_of([f"{arm_label(scenario, arm)} {100 * share:g} %" for arm, share in design.dropout.items()])
    missing = f"{dropout}; {MISSING[design.missing]}" if any(design.dropout.values()) else "none"
    alike = f"{design.therapists} in each arm, sd {found.therapist_sd:.2f} points; " + (
        "their means are analysed" if design.by_cluster else "ignored in the analysis"
    )
    outcomes = [
        f"{measure.label} ({ANALYSES[analysis]})"
        for measure, analysis in zip(design.measures, design.analyses, strict=True)
    ]
    margins = ", ".join(
        f"{measure.unit.of(scenario.costs.currency).amount(margin)} in {measure.in_sentence}"
        for measure, margin in zip(design.measures, design.margins, strict=True)
    )
    return Facts(
        (
            ("Arms", all_of([arm_label(scenario, arm) for arm in dict.fromkeys((design.reference, *design.arms))])),
            ("Entry rule", rule),
            ("Patients in the reference for each in another arm", f"{design.allocation:g}"),
            ("Outcomes", "; ".join(outcomes)),
            ("Hypothesis", design.hypothesis.replace("_", " ") + ("" if design.hypothesis == "superiority" else
                                                                  f": {margins}")),
            ("Level of the tests, two-sided", f"{design.alpha:g}"),
            ("Missing assessments", missing),
            ("Therapists", alike if design.has_therapists else "make no difference"),
        )
    )  # fmt: skip
