"""The figure of a protocol search: every candidate by what it gives and what it takes, and the efficient frontier."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.search import Found, SearchResult
from sim.decision.selection import Status
from sim.report.drawing.appearance import INK, NOTE_SIZE, SOFT, TEXT_SIZE, looks, shortened, text_width, wrapped
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Sheet, Source, frame, nice_ticks
from sim.report.search.text import label, within
from sim.report.words.numbers import in_plain_words, with_error

_DASHED = (0, (4, 2.5))
_REST, _OVER = "#b8b8b8", "#8a8a8a"
_TIES_SHOWN = 5


def frontier_figure(result: SearchResult) -> FigureFile:
    """Return the scatter of candidates; needs the drawing settings of `looks.settings`."""
    question = result.question
    title = f"{question.objective.label} against {question.against.in_sentence}"
    note = f"Each mark is a protocol: up is {question.objective.in_sentence}, right is {question.against.in_sentence}."
    sheet = Sheet(title, note)
    plot = _frame(sheet, result)
    _budget_lines(sheet, plot, result)
    known = {result.best, *(one.name for one in result.with_status(Status.TIE))}
    rest = [one for one in result.candidates if one.name not in known]
    over = [one for one in rest if one.status in (Status.OVER, Status.LIMIT, Status.UNSETTLED)]
    _dots(sheet, plot, result, over, "x", _OVER, 4.5)
    _dots(sheet, plot, result, [one for one in rest if one not in over], "o", _REST, 5.0)
    line = [_at(plot, result, result.by_name[point.name]) for point in result.frontier]
    sheet.line([x for x, _ in line], [y for _, y in line], INK, 1.5)
    sheet.dots([x for x, _ in line], [y for _, y in line], ".", INK, 5.0, edge=INK)
    for look in looks(result.scenario):
        arm = next(one for one in result.arms if one.name == look.arm)
        sheet.look(*_at(plot, result, arm), look, 7.5)
    ties = result.with_status(Status.TIE)
    _dots(sheet, plot, result, ties, "d", "white", 7.5, INK)
    best = result.by_name[result.best]
    if result.least.name != result.best:
        _dots(sheet, plot, result, [result.least], "*", "white", 14.0, INK)
    _dots(sheet, plot, result, [best], "*", "#D55E00", 14.0, INK)
    _legend(sheet, result, best, ties, bool(over))
    objective, against = question.objective.name, question.against.name
    ends = [
        f"{point.name} ({with_error(one.means[objective])} for {with_error(one.means[against])})"
        for point in result.frontier
        for one in [result.by_name[point.name]]
    ]
    alt = (
        f"A scatter of {len(result.candidates)} protocols, {title.lower()}. "
        f"{'Best' if result.is_within_budget else 'Nearest to the budget'}: {best.name}, "
        f"{with_error(best.means[objective])} for {with_error(best.means[against])}. "
        f"Efficient frontier from the cheapest up: {'; '.join(ends)}."
    )
    caption = (
        "The line is the efficient frontier: it joins the protocols of which none other gives more for as little. Grey "
        "marks were left early and are estimated from fewer patients."
    )
    return FigureFile("frontier", "frontier", title, alt, caption, sheet.finish(), Source("candidates"))


def _frame(sheet: Sheet, result: SearchResult) -> Frame:
    question, currency = result.question, result.scenario.costs.currency
    shown = [*result.candidates, *result.arms]
    ups = [one.means[question.objective.name].estimate for one in shown]
    rights = [one.means[question.against.name].estimate for one in shown]
    for budget in question.budgets:
        if budget.outcome is question.against and budget.limit <= 1.3 * max(rights):
            rights.append(budget.limit)
    up, right = question.objective.unit.of(currency), question.against.unit.of(currency)
    y_ticks, x_ticks = nice_ticks(min(ups), max(ups), 5), nice_ticks(min(rights), max(rights), 5)

    def y_text(value: float) -> str:
        return up.at_axis(value)

    left = LEFT + max(text_width(y_text(v), NOTE_SIZE) for v in y_ticks) + 8
    top, bottom = sheet.y + 8, sheet.y + 208
    plot = frame(
        sheet, (left, top, RIGHT - 12, bottom), x_ticks, y_ticks, x_text=lambda v: f"{v:,g}", y_text=y_text,
        x_title=f"{question.against.label} ({right.on_axis})",
    )  # fmt: skip
    sheet.y = bottom + 34
    return plot


def _at(plot: Frame, result: SearchResult, found: Found) -> tuple[float, float]:
    question = result.question
    right, up = found.means[question.against.name].estimate, found.means[question.objective.name].estimate
    return plot.x(right), plot.y(up)


def _dots(
    sheet: Sheet, plot: Frame, result: SearchResult, shown: Sequence[Found], marker: str, colour: str, size: float,
    edge: str | None = None,
) -> None:  # fmt: skip
    places = [_at(plot, result, one) for one in shown]
    if places:
        sheet.dots([x for x, _ in places], [y for _, y in places], marker, colour, size, edge=edge or colour)


def _budget_lines(sheet: Sheet, plot: Frame, result: SearchResult) -> None:
    for budget in result.question.budgets:
        if budget.outcome is result.question.against and plot.x.low <= budget.limit <= plot.x.high:
            x = plot.x(budget.limit)
            sheet.line([x, x], [plot.y.start, plot.y.end], SOFT, 1.4, _DASHED)
        elif budget.outcome is result.question.objective and plot.y.low <= budget.limit <= plot.y.high:
            y = plot.y(budget.limit)
            sheet.line([plot.x.start, plot.x.end], [y, y], SOFT, 1.4, _DASHED)


def _legend(sheet: Sheet, result: SearchResult, best: Found, ties: Sequence[Found], has_over: bool) -> None:
    """Say what the marks are, a line each."""
    name = result.question.objective.name
    room = RIGHT - LEFT - 20

    def entry(text: str, bold: bool = False) -> float:
        sheet.y += 15
        sheet.text(LEFT + 18, sheet.y - 3, shortened(text, room, TEXT_SIZE, bold=bold), bold=bold)
        return sheet.y - 7

    verb = "Best" if result.is_within_budget else "Nearest to the budget"
    y = entry(f"{verb}: {best.name}, {in_plain_words(best.means[name])}", bold=True)
    sheet.dots([LEFT + 7], [y], "*", "#D55E00", 12.0, edge=INK)
    if result.least.name != result.best:
        y = entry(f"Takes least: {result.least.name}, {in_plain_words(result.least.means[name])}", bold=True)
        sheet.dots([LEFT + 7], [y], "*", "white", 12.0, edge=INK)
    for one in ties[:_TIES_SHOWN]:
        sheet.dots([LEFT + 7], [entry(f"Tie: {one.name}, {with_error(one.means[name])}")], "d", "white", 7.5, edge=INK)
    if len(ties) > _TIES_SHOWN:
        entry(f"and {len(ties) - _TIES_SHOWN} more ties")
    y = entry("None gives more for as little")
    sheet.line([LEFT, LEFT + 14], [y, y], INK, 1.5)
    sheet.dots([LEFT + 7], [y], ".", INK, 5.0, edge=INK)
    for look in looks(result.scenario):
        arm = next(one for one in result.arms if one.name == look.arm)
        sheet.look(LEFT + 7, entry(f"{label(result, arm)} (arm of the scenario)"), look, 7.5)
    sheet.dots([LEFT + 7], [entry("Other protocols")], "o", _REST, 5.0, edge=_REST)
    if has_over:
        sheet.dots([LEFT + 7], [entry("Not within budget")], "x", _OVER, 4.5, edge=_OVER)
    for line in wrapped(f"Budget (dashed): {within(result)}", room, TEXT_SIZE) if result.question.budgets else ():
        y = entry(line)
        if line.startswith("Budget"):
            sheet.line([LEFT, LEFT + 14], [y, y], SOFT, 1.4, _DASHED)
