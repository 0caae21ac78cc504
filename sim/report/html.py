"""The report: one HTML file that needs nothing else, readable on a phone, on paper and by a screen reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import sim
from sim.report.assumptions import STATUS_WORDS, assumptions
from sim.report.figures_rows import shown_pairs
from sim.report.sheet import FigureFile
from sim.report.style import format_count, plain_text
from sim.report.summary_text import headline
from sim.report.tables import (
    Table,
    arm_table,
    claim_table,
    difference_table,
    finding_table,
    key_table,
    summary_table,
)
from sim.scenario.evidence import STATUS_MEANING
from sim.study.panel import Panel


@dataclass(frozen=True)
class Section:
    """A part of the report: its heading, a sentence on what it shows, its figures and its table."""

    id: str
    title: str
    intro: str
    figures: tuple[FigureFile, ...] = ()
    table: Table | None = None


def render_report(
    panel: Panel, figures: Sequence[FigureFile], drawn: Mapping[str, bytes], name: str, command: str = ""
) -> str:
    """Return the report as HTML; `drawn` holds each figure's SVG by its name, `name` is that of the scenario.

    `command` is the command that made the run; by default it is put together from the name.
    """
    scenario = panel.result.study.scenario
    found = assumptions(scenario)
    template = _environment().get_template("report.html.j2")
    return template.render(
        title=plain_text(scenario.title),
        description=plain_text(scenario.description or ""),
        facts=_facts(panel, name),
        headline=headline(panel),
        key_table=key_table(panel),
        sections=_sections(panel, figures),
        svg={figure: _inline(content) for figure, content in drawn.items()},
        assumption_groups=[(section, list(items)) for section, items in groupby(found, lambda item: item.section)],
        statuses=[(STATUS_WORDS[status], meaning) for status, meaning in STATUS_MEANING.items()],
        findings=finding_table(scenario),
        claims=claim_table(panel),
        calibration=[figure for figure in figures if figure.section == "calibration"],
        version=sim.__version__,
        seed=scenario.seed,
        patients=format_count(panel.result.patients),
        command=command
        or f"simulate --config {plain_text(name)} --patients {panel.result.patients} --seed {scenario.seed}",
    )


def _sections(panel: Panel, figures: Sequence[FigureFile]) -> list[Section]:
    scenario = panel.result.study.scenario
    by_section = {key: tuple(f for f in figures if f.section == key) for key in {f.section for f in figures}}

    def section(key: str, title: str, intro: str, table: Table | None = None) -> Section:
        return Section(key, title, intro, by_section.get(key, ()), table)

    parts = [
        section("arms", "What was compared", "An arm is a plan of visits; every arm gets the same simulated patients.",
                arm_table(scenario)),
        section("pain", "Pain", "Pain is counted in points from 0 (none) to 10 (the worst imaginable)."),
        section("relief", "Relief and relapse",
                "When patients first feel a change that matters to them, and how many lose it again."),
        section("patients", "Single patients", "Averages hide how much patients differ. Some of them, visit by visit."),
        section("events", "Side effects", "Soreness and bruises, at least once during the course."),
        section("effort", "Visits, time and cost", "What a clinic and a payer put in for what patients get out."),
        section("differences", "Differences between arms",
                "Each arm against the first, in the same patients with the same luck.",
                difference_table(panel, shown_pairs(panel))),
        section("profiles", "By kind of patient", "The same comparison within each kind of patient."),
        section("numbers", "All results", "Every outcome and what it means.", summary_table(panel)),
    ]  # fmt: skip
    return [part for part in parts if part.figures or part.table]


def _facts(panel: Panel, name: str) -> list[tuple[str, str]]:
    scenario = panel.result.study.scenario
    arms = ", ".join(plain_text(scenario.arm_label(arm)) for arm in scenario.arms)
    profiles = [
        f"{plain_text(scenario.profile_label(profile))} {100 * share:.3g}\N{NO-BREAK SPACE}%"
        for profile, share in scenario.cohort.profiles.items()
        if share > 0
    ]
    return [
        ("Simulated patients", f"{format_count(panel.result.patients)} ({', '.join(profiles)})"),
        ("Arms", arms),
        ("Evidence set", plain_text(scenario.evidence)),
        ("Scenario", plain_text(name)),
    ]


def _inline(svg: bytes) -> Markup:
    """Return an SVG for use inside HTML; its text was escaped when it was written."""
    text = svg.decode()
    return Markup(text[text.index("<svg") :])


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
