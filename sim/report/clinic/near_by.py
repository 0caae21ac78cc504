"""One practitioner or room more or fewer in words, as a table and as data: waits, margin, and the best of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import RATIOS, measures_of
from sim.capacity.neighbours import GOAL, Neighbour, Neighbours, most_at_once, rooms_are_used_up
from sim.report.clinic.words import number, of, people, plain_of, rooms, signed, wait, whole_days
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Data
from sim.report.words.numbers import format_count

COLUMNS = (
    "change", "practitioners", "rooms", "measure", "unit", "estimate", "mc_error", "lower", "upper", "n", "is_run",
)  # fmt: skip


def change_words(one: Neighbour) -> str:
    """Return what is changed, as `one room fewer`."""
    return f"one {one.what} {'more' if one.change > 0 else 'fewer'}"


def who(one: Neighbour) -> str:
    """Return who comes or goes, or how many rooms there are then."""
    model, here = one.runs.model, one.here.model
    if one.what == "room":
        return rooms(model.rooms)
    longer = model.team if one.change > 0 else here.team
    return f"{'with' if one.change > 0 else 'without'} {longer[-1].label}"


def neighbour_table(near: Neighbours) -> Table:
    """Return the clinic as it is beside those one practitioner or room away."""
    here = near.here

    def verdict(is_within: bool) -> Cell:
        return Cell("yes" if is_within else "not surely")

    rows = [
        Row("as it is", (Cell(of(here, GOAL)), verdict(near.is_within_goal(here)), Cell(of(here, "margin_per_week")),
                         Cell("")), f"{people(len(here.model.team))}, {rooms(here.model.rooms)}")
    ]  # fmt: skip
    for one in near.others:
        detail = who(one)
        if not one.is_run:
            detail += "; rooms are never short, so only their cost differs"
        elif one.surely(GOAL) > 0 and one.change > 0:
            detail += f"; {reason(one)}"
        cells = (
            Cell(of(one.runs, GOAL), f"{signed(one.difference(GOAL))} days" if one.is_run else ""),
            verdict(near.is_within_goal(one.runs)),
            Cell(of(one.runs, "margin_per_week")),
            Cell(number(one.difference("margin_per_week"))),
        )
        rows.append(Row(change_words(one), cells, detail))
    return Table(
        f"One practitioner or room more or fewer, on the same patients. Rooms: from {format_count(near.replications)} "
        "replications beyond those of the clinic and of other numbers of practitioners.",
        ("Clinic", "Wait of nine in ten (days)", "Within the goal", "Margin, a week", "More than now"), tuple(rows),
        "words",
    )  # fmt: skip


def reason(one: Neighbour) -> str:
    """Return why one practitioner more can lengthen the wait."""
    model = one.runs.model
    if rooms_are_used_up(one.runs):
        most = most_at_once(model.team, model.clinic.weeks)
        return (
            f"{most} practitioners then share {rooms(model.rooms)} at a time: rooms bind, and a "
            "free practitioner without a room is no free date"
        )
    if one.surely("gave_up_per_week") < 0:
        return "fewer people go elsewhere, so more of them have to be seen"
    return "rooms are not used up; the few years that were run fell out so"


def best_sentence(near: Neighbours) -> str:
    """Return which of the clinics earns most within the goal."""
    goal = float(near.here.model.clinic.goals.first_visit_within)
    aim = f"nine in ten start within {whole_days(goal)}"
    best, is_fine = near.best, near.is_within_goal(near.here)
    if best is None and is_fine:
        return f"With one practitioner or room more or fewer, no clinic in which {aim} surely earns more than this one."
    if best is None:
        return f"Neither as it is nor with one practitioner or room more or fewer is it sure that {aim}."
    than = best.difference("margin_per_week")
    more = than.unit.plain(abs(than.estimate))
    better = f"{more} {'more' if than.estimate > 0 else 'less'} than now"
    title = change_words(best)
    return (
        f"{title[0].upper()}{title[1:]} ({who(best)}) has the best margin of those with which {aim}: "
        f"{plain_of(best.runs, 'margin_per_week')} a week, {better}, with a wait of nine in ten of "
        f"{wait(best.runs, GOAL)}."
    )


def neighbour_data(found: Assessment) -> Data:
    """Return every measure of the clinic as it is and one practitioner or room away, a measure a row."""
    assert found.neighbours is not None
    return Data(COLUMNS, list(_rows(found.neighbours)))


def _rows(near: Neighbours) -> Iterator[dict[str, Any]]:
    variants = [("none", near.here, True)]
    variants += [(change_words(one).removeprefix("one "), one.runs, one.is_run) for one in near.others]
    for change, runs, is_run in variants:
        for measure in measures_of(runs.model.clinic):
            if measure.name in RATIOS:
                continue
            about = {"change": change, "practitioners": len(runs.model.team), "rooms": runs.model.rooms}
            estimate = runs.estimate(measure.name).record()
            yield about | {"measure": measure.name} | estimate | {"n": runs.number, "is_run": is_run}
