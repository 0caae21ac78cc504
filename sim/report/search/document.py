"""The report of a protocol search: the answer in short, the frontier, every candidate, and what all of it rests on."""

from __future__ import annotations

from sim.decision.search import Found, SearchResult
from sim.decision.selection import Status
from sim.plain_text import plain_text
from sim.report.document.document import (
    Cell,
    Code,
    Document,
    Facts,
    Row,
    Section,
    Table,
    Text,
)
from sim.report.document.sections import ERROR_NOTE, MOST_ROWS, findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.search.text import answers, label, procedure, searched, within, words
from sim.report.words.numbers import difference_with_error, format_count, in_plain_words, with_error

KIND_LINE = "Search for a protocol: simulated courses of treatment for back spasm"
SHOWN = 200
"""Candidates in the report's table; the file candidates.csv holds them all."""


def search_document(
    result: SearchResult, figures: tuple[FigureFile, ...], name: str, command: str, best: str
) -> Document:
    """Return the report of a search; `best` is the scenario that adds the protocol found."""
    scenario, question = result.scenario, result.question
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Objective", question.objective.label),
            ("Budget", within(result) or "none"),
            ("Candidates", format_count(len(result.candidates))),
        )
    )
    answer = answers(result)
    closing = "The search is about the model and its assumptions; it is no evidence that a protocol works."
    sections = [
        *more_of(answer),
        Section("frontier", "What more money or time buys", (_frontier_table(result), Text(ERROR_NOTE, "note"))),
        Section("candidates", "The candidates", (Text(searched(result)), _table(result))),
        Section("methods", "For analysts: how the best was selected", (Text(procedure(result)),)),
        Section(
            "best",
            "The protocols found",
            (Text("As arms of a scenario that extends the one searched; the file best.yaml holds it."), Code(best)),
        ),
        inputs(scenario),
        findings(scenario),
        limits(
            "The best of a grid is the best of what was put into the grid; a neighbour outside it may be better.",
            "An outcome at the end of the course favours longer courses; at day 42 or over the horizon all are equal.",
        ),
        made(scenario, scenario.cohort.size, command),
    ]
    return Document(
        scenario.title,
        KIND_LINE,
        scenario.description or "",
        facts,
        opening=(first_page("summary", answer, figures, closing, beside=(_first_table(result),)),),
        sections=tuple(section for section in sections if section is not None),
    )


def _first_table(result: SearchResult) -> Table:
    """Return what to choose from: the candidate that takes least, the best, and the nearest of the scenario's arms."""
    question, best = result.question, result.by_name[result.best]
    shown = {result.least.name: (result.least, "takes least")} if result.least.name != best.name else {}
    shown[best.name] = (best, "the best")
    sign, name = question.sign, question.objective.name
    own = sorted(result.arms, key=lambda arm: -sign * arm.means[name].estimate)[: MOST_ROWS - len(shown)]
    rows = [Row(label(result, one), (Cell(said), *_plain_cells(result, one)), words(result, one))
            for one, said in shown.values()]  # fmt: skip
    rows += [Row(label(result, arm), (Cell("own arm"), *_plain_cells(result, arm))) for arm in own]
    columns = ("Protocol", "What it is", question.objective.label, question.against.label)
    return Table("What to choose from", columns, tuple(rows))


def _plain_cells(result: SearchResult, one: Found) -> tuple[Cell, Cell]:
    objective, against = (one.means[outcome.name] for outcome in (result.question.objective, result.question.against))
    return Cell(in_plain_words(objective)), Cell(in_plain_words(against))


def _table(result: SearchResult) -> Table:
    question = result.question
    order = {status: index for index, status in enumerate(Status)}
    sign, name = question.sign, question.objective.name
    shown = sorted(
        result.candidates,
        key=lambda one: (order.get(one.status or Status.WORSE, 0), -sign * one.means[name].estimate, one.name),
    )
    rows = [_row(result, one) for one in (*shown[:SHOWN], *result.arms)]
    caption = f"Candidates and the scenario's own arms ± simulation error; the first {SHOWN} candidates"
    columns = ("Protocol", "Status", question.objective.label, question.against.label, "Minus the best")
    return Table(caption if len(shown) > SHOWN else caption.partition(";")[0], columns, tuple(rows))


def _row(result: SearchResult, one: Found) -> Row:
    question = result.question
    cells = (
        Cell(str(one.status or "arm of the scenario"), f"{format_count(one.estimated_on)} patients"),
        Cell(with_error(one.means[question.objective.name])),
        Cell(with_error(one.means[question.against.name])),
        Cell("" if one.name == result.best else difference_with_error(one.difference)),
    )
    return Row(label(result, one), cells, words(result, one))


def _frontier_table(result: SearchResult) -> Table:
    question, currency = result.question, result.scenario.costs.currency
    spent_unit = question.against.unit.of(currency)
    rows = []
    for index, (point, step) in enumerate(zip(result.frontier, result.gains, strict=True)):
        one = result.by_name[point.name]
        gain = step.unit.difference(question.sign * step.estimate, step.mc_error)
        cells = (
            Cell(with_error(one.means[question.objective.name])),
            Cell(with_error(one.means[question.against.name])),
            Cell(spent_unit.number(point.extra_cost, signed=True) if index else ""),
            Cell(gain if index else ""),
            Cell(str(one.status)),
        )
        rows.append(Row(one.name, cells, words(result, one)))
    columns = (
        "Protocol",
        question.objective.label,
        question.against.label,
        "Step: more spent",
        "Step: gained",
        "Status",
    )
    return Table("The efficient frontier, from the cheapest up; each step against the row above", columns, tuple(rows))
