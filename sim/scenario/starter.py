"""The scenario that `simulate new` writes: what was answered, and the usual changes as comments; valid as it is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from sim.quantities import OUTCOME_NAMES
from sim.scenario.answers import (
    BASE,
    DEFAULT_NEW_PATIENTS,
    Answers,
    ClinicPlan,
    completed,
    most_own_treatments,
    priced,
)
from sim.scenario.load import Loaded, Merged, checked, read_scenario
from sim.scenario.merge import laid_over
from sim.scenario.own_entries import WITHIN, course_lines, effect_lines, horizon_for, own_number, treatment_lines
from sim.scenario.schema import Scenario
from sim.scenario.schema_json import SCHEMA_FILE
from sim.scenario.starter_examples import Example, examples
from sim.scenario.tree import parse_tree

_HEAD = """\
# yaml-language-server: $schema={schema}
#
# Check it with `simulate check {file}`, run it with `simulate --config {file}`.
# Whatever is not said here comes from the file that this one extends. To use an example below,
# take away the leading "# " of its lines.
#   source: own          a figure of yours: a price list, your records
#   source: assumption   assumed; nobody has measured it

extends: {base}            # where all other numbers come from; or literature.yaml
title: {title}
description: >-
  Who comes, what is offered and what it costs are as this file says;{assumed}
  everything else, what{other} treatments do among it, is as the evidence set has it.

arms: [{arms}]   # protocols to compare
"""


def shipped_scenario() -> Scenario:
    """Return the evidence set that a new scenario extends; raises what loading it raises."""
    return checked(read_scenario(BASE), (), OUTCOME_NAMES).scenario


def starter(name: str, answers: Answers | None = None, shipped: Scenario | None = None) -> str:
    """Return the text of a new scenario called `name` (a file name without its ending), with what was answered.

    Raises UsageError for answers that do not go together.
    """
    shipped = shipped or shipped_scenario()
    answers = completed(answers or Answers(), shipped)
    words = name.replace("_", " ").replace("-", " ").strip() or name
    arms = answers.offered or shipped.arms
    head = _HEAD.format(
        schema=SCHEMA_FILE,
        file=shlex.quote(f"{name}.yaml"),
        base=BASE,
        title=json.dumps(words[:1].upper() + words[1:200], ensure_ascii=False),
        arms=", ".join(arms),
        assumed=" what treatments of its own do is assumed;" if answers.treatments else "",
        other=" the other" if answers.treatments else "",
    )
    said = dict(_said(answers, shipped, arms))
    room = most_own_treatments(shipped) - len(answers.treatments)
    names = {*shipped.protocols, *shipped.policies, *shipped.modalities}
    names |= {one.name for one in answers.treatments} | {one.name for one in answers.courses}
    shown = examples(answers.money(shipped), arms, names, room)
    return head + "".join(f"\n{_section(one, said.get(one.section, []))}" for one in shown)


def checked_starter(file: Path, text: str) -> Loaded:
    """Return the scenario of a text that is to be written to a file; ScenarioError if it would be refused."""
    base = read_scenario(BASE)
    own = parse_tree(text, file.name)
    del own.tree["extends"], own.places[("extends",)]
    document = laid_over(base.document, own)
    merged = Merged((file, *base.files), document, own, base.document)
    return checked(merged, (), OUTCOME_NAMES)


def _section(example: Example, said: list[str]) -> str:
    """Return a section: what it is about, what was said as lines in force, and its examples as comments."""
    about = [f"# --- {line}" for line in example.about]
    given = {line.split(":")[0] for line in said if not line.startswith(" ")}
    lines = [] if said and example.instead else [line for line in example.lines if line.split(":")[0] not in given]
    shown = [f"#   {line}".rstrip() for line in lines]
    if said:
        return "\n".join([*about, f"{example.section}:", *(f"  {line}" for line in said), *shown, ""])
    return "\n".join([*about, f"# {example.section}:", *shown, ""]) if shown else ""


def _said(answers: Answers, shipped: Scenario, arms: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield each section of which something was said, with its lines; of the cohort there is always something."""
    mix = answers.patients or shipped.cohort.profiles
    shares = ", ".join(f"{kind}: {share:.12g}" for kind, share in mix.items())
    yield (
        "cohort",
        [
            f"size: {shipped.cohort.size}                    # patients simulated; more make the answer surer",
            f"profiles: {{{shares}}}   # who comes: shares that sum to 1",
        ],
    )
    money = answers.money(shipped)
    if answers.visit_price is not None:
        visit = f"visit: {own_number(answers.visit_price)}   # the visit itself, whatever is done at it"
        yield "costs", [f"currency: {json.dumps(money, ensure_ascii=False)}", visit]
    if answers.no_shows is not None:
        yield "attendance", [f"no_show: {own_number(answers.no_shows)}   # share of visits missed"]
    yield "modalities", [*_prices(answers, shipped), *treatment_lines(answers.treatments)]
    yield "parameters", [*effect_lines(answers.treatments)]
    yield "protocols", [*course_lines(answers.courses)]
    if horizon := horizon_for(answers.courses, shipped):
        yield "followup", [f"horizon: {horizon}                 # days counted: the longest course ends by then"]
    if isinstance(answers.clinic, ClinicPlan):
        yield "clinic", _clinic(answers, answers.clinic, shipped, arms)


def _prices(answers: Answers, shipped: Scenario) -> Iterator[str]:
    """Yield the lines with the user's prices of treatments that come along."""
    for name, price in priced(answers, shipped).items():
        said = price if name in answers.prices else None
        first = ", first_visit_cost: 0" if answers.has_own_prices else ""
        yield f"{name}: {{cost: {own_number(said, 0, WITHIN)}{first}}}"


def _clinic(answers: Answers, plan: ClinicPlan, shipped: Scenario, arms: tuple[str, ...]) -> list[str]:
    """Return the lines of a clinic in which everybody works alike and can give all that is offered."""
    own = {course.name: course.treatments for course in answers.courses}
    given = {arm: own[arm] if arm in own else shipped.arm_modalities(arm) for arm in arms}
    order = (*shipped.modalities, *(one.name for one in answers.treatments))
    skills = [name for name in order if any(name in used for used in given.values())]
    treatment = next((arm for arm in (*own, *arms) if given[arm]), arms[0])
    return [
        f"arrivals: {{per_week: {own_number(plan.new_patients, DEFAULT_NEW_PATIENTS)}}}   # new patients a week",
        f"treatment: {treatment}   # the arm that everybody gets, or shares: {{{treatment}: 0.6, ...}}",
        "practitioners:",
        "  practitioner:",
        f"    count: {plan.practitioners}",
        f"    skills: [{', '.join(skills)}]",
        "    days: [mon, tue, wed, thu, fri]",
        f"    hours: [{', '.join(plan.hours)}]",
        f"    {_wage(plan)}   # what an hour on duty costs you; if not said, cost and margin are not told",
        f"rooms: {plan.practitioners}",
    ]


def _wage(plan: ClinicPlan) -> str:
    """Return the line with the wage, a comment if none was said."""
    return "# wage_per_hour: 40" if plan.wage is None else f"wage_per_hour: {own_number(plan.wage)}"
