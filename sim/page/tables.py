"""The page's table: key outcomes of every arm as saved and as tuned, with the paired change."""

from __future__ import annotations

from markupsafe import Markup

from sim.page.results import Comparison
from sim.patient.outcomes import BY_NAME
from sim.report.style import difference_with_error, plain_text, with_error
from sim.report.tables import KEY_OUTCOMES
from sim.scenario.schema import Scenario

_STYLE = "border-bottom:1px solid #d9d9d9;padding:0.25rem 0.6rem;text-align:right;vertical-align:top"


def key_rows(comparison: Comparison, is_tuned: bool) -> Markup:
    """Return the table as HTML."""
    scenario: Scenario = comparison.tuned.result.study.scenario
    primary = scenario.primary.outcome
    names = [one for one in dict.fromkeys((primary, *KEY_OUTCOMES)) if BY_NAME[one].kind != "time"]
    heads = Markup("").join(
        Markup('<th scope="col" style="{}">{}</th>').format(_STYLE, plain_text(scenario.arm_label(arm)))
        for arm in scenario.arms
    )
    rows = Markup("").join(_row(comparison, name, is_tuned) for name in names)
    return Markup(
        '<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Key outcomes">'
        '<table style="border-collapse:collapse;font-size:0.9rem"><thead><tr>'
        '<th scope="col" style="{}">Outcome</th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(_STYLE.replace("right", "left"), heads, rows)


def _row(comparison: Comparison, name: str, is_tuned: bool) -> Markup:
    cells = Markup("").join(
        _cell(comparison, arm, name, is_tuned) for arm in comparison.tuned.result.study.scenario.arms
    )
    return Markup('<tr><th scope="row" style="{};font-weight:600">{}</th>{}</tr>').format(
        _STYLE.replace("text-align:right", "text-align:left"), BY_NAME[name].label, cells
    )


def _cell(comparison: Comparison, arm: str, name: str, is_tuned: bool) -> Markup:
    found, change = comparison.tuned.get(arm, name), comparison.change(arm, name)
    moved = is_tuned and not (change.estimate == 0 and change.mc_error == 0)
    below = Markup("<br><small>{}</small>").format(difference_with_error(change)) if moved else Markup("")
    return Markup('<td style="{};white-space:nowrap">{}{}</td>').format(_STYLE, with_error(found), below)
