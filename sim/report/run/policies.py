"""What a policy buys against giving everybody the single protocol that does best."""

from __future__ import annotations

import math

from sim.decision.ranking import PolicyGain, is_sure, policy_gains
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME, COST
from sim.report.document.document import Cell, Row, Section, Table, Text
from sim.report.words.numbers import difference_with_error
from sim.scenario.schema import Scenario
from sim.study.results import Panel


def gain_sentences(panel: Panel) -> list[str]:
    """Return a sentence per policy; empty without policies or protocols to set them against."""
    scenario = panel.result.study.scenario
    primary = scenario.primary.outcome
    return [
        f"{_label(scenario, gain.policy)}, set against {_label(scenario, gain.best_single)} for everybody (the best "
        f"single protocol): {BY_NAME[primary].in_sentence} {_words(gain.differences[primary])}, cost per patient "
        f"{_words(gain.differences[COST])}."
        for gain in policy_gains(panel)
    ]


def gain_table(panel: Panel) -> Table | None:
    """Return what every policy buys and costs against the best single protocol; None without policies."""
    gains = policy_gains(panel)
    if not gains:
        return None
    scenario = panel.result.study.scenario
    names = tuple(gains[0].differences)
    rows = tuple(_row(scenario, gain) for gain in gains)
    best = _label(scenario, gains[0].best_single)
    caption = f"Each policy minus {best} for everybody, in the same patients ± simulation error"
    return Table(caption, ("Policy", *(BY_NAME[name].label for name in names)), rows)


def policy_section(panel: Panel) -> Section | None:
    """Return what policies buy as a section; None without policies."""
    table = gain_table(panel)
    if table is None:
        return None
    intro = (
        "A policy gives each patient a protocol by what a clinic can know. What it buys is its difference from giving "
        "everybody the single protocol that does best on the primary outcome. pp: percentage points."
    )
    return Section("policies", "What a rule buys", (Text(intro), table))


def _row(scenario: Scenario, gain: PolicyGain) -> Row:
    cells = tuple(Cell(difference_with_error(found)) for found in gain.differences.values())
    return Row(_label(scenario, gain.policy), cells, scenario.policies[gain.policy].description or "")


def _words(found: Difference) -> str:
    """Return a difference in words: so much more or less, or no difference that can be told from chance."""
    if found.estimate == 0:
        return "the same"
    if math.isnan(found.mc_error):
        return "cannot be told"
    if not is_sure(found):
        return "about the same"
    amount = found.unit.amount(abs(found.estimate), found.mc_error)
    return f"{amount} {'higher' if found.estimate > 0 else 'lower'}"


def _label(scenario: Scenario, arm: str) -> str:
    return scenario.arm_label(arm)
