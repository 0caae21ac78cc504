"""The page's tables: key outcomes of every arm as saved and as tuned with the paired change, and others alike."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from sim.page.results import Comparison
from sim.quantities import BY_NAME
from sim.report.run.tables import KEY_OUTCOMES
from sim.report.words.numbers import difference_with_error, with_error
from sim.scenario.schema import Scenario

_STYLE = "border-bottom:1px solid #d9d9d9;padding:0.25rem 0.6rem;text-align:right;vertical-align:top"


def key_rows(comparison: Comparison, is_tuned: bool) -> Markup:
    """Return the table of key outcomes as HTML."""
    scenario: Scenario = comparison.tuned.result.study.scenario
    primary = scenario.primary.outcome
    names = [one for one in dict.fromkeys((primary, *KEY_OUTCOMES)) if BY_NAME[one].kind != "time"]
    heads = ("Outcome", *(scenario.arm_label(arm) for arm in scenario.arms))
    rows = [(BY_NAME[name].label, *(_cell(comparison, arm, name, is_tuned) for arm in scenario.arms)) for name in names]
    return table(heads, rows, "Key outcomes")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], name: str = "Numbers") -> Markup:
    """Return a table as HTML; the first column holds the rows' headings."""
    top = Markup("").join(
        Markup('<th scope="col" style="{}">{}</th>').format(_style(i), h) for i, h in enumerate(heads)
    )
    body = Markup("").join(
        Markup('<tr><th scope="row" style="{};font-weight:600">{}</th>{}</tr>').format(
            _style(0),
            first,
            Markup("").join(Markup('<td style="{};white-space:nowrap">{}</td>').format(_STYLE, c) for c in rest),
        )
        for first, *rest in rows
    )
    return Markup(
        '<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{}">'
        '<table style="border-collapse:collapse;font-size:0.9rem"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(name, top, body)


def _style(column: int) -> str:
    return _STYLE if column else _STYLE.replace("text-align:right", "text-align:left")


def _cell(comparison: Comparison, arm: str, name: str, is_tuned: bool) -> Markup:
    found, change = comparison.tuned.get(arm, name), comparison.change(arm, name)
    moved = is_tuned and not (change.estimate == 0 and change.mc_error == 0)
    below = Markup("<br><small>{}</small>").format(difference_with_error(change)) if moved else Markup("")
    return Markup("{}{}").format(with_error(found), below)
