"""Rows of both tables, judged cell by cell: who came, and readings in half points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.cells import UNKNOWN, Floats, Small
from sim.learn.columns_in import RecordTable
from sim.learn.noted import Noted

Days = NDArray[np.int64]
_FINEST = 0.5
"""Readings are kept in half points; finer ones are rounded to them."""


@dataclass(frozen=True)
class VisitRows:
    """The rows of a table of visits, judged cell by cell: arrays are (rows,), None for a column that is not there.

    `given`, `profiles` and `endings` are for the different texts of their columns.
    """

    table: RecordTable
    days: Days
    are_dates: bool
    given: list[tuple[str, ...]]
    pain: Floats
    attended: Small | None
    sore: Small | None
    bruised: Small | None
    satisfied: Small | None
    profiles: list[str | None] | None
    endings: list[str | None] | None
    waited: Days | None


@dataclass(frozen=True)
class Answers:
    """The rows of a table of what patients said later, in the same way."""

    table: RecordTable
    days: Days
    are_dates: bool
    pain: Floats | None
    returned: Small | None


def in_half_points(pain: Floats, table: RecordTable, noted: Noted) -> Floats:
    """Return (rows,) readings in half points; finer ones are rounded, and noted."""
    rounded = np.round(pain / _FINEST) * _FINEST
    finer = np.flatnonzero(np.abs(rounded - pain) > 1e-9)
    noted.finding(table, finer, "readings in finer steps than half points", "rounded to half points")
    return rounded


def came_of(rows: VisitRows, noted: Noted) -> Small:
    """Return (rows,) 1 for who came, 0 for who did not, UNKNOWN for rows left out; contradictions are noted."""
    table = rows.table
    is_given = np.array([bool(one) for one in rows.given], dtype=bool)[table.columns["modality"].codes]
    is_read = ~np.isnan(rows.pain)
    if rows.attended is None:
        return np.ones(len(table), dtype=np.int8)
    came = rows.attended.copy()
    missed = came == 0
    what = "visits that were missed, with a treatment"
    noted.finding(table, np.flatnonzero(missed & is_given), what, "taken as planned and not given")
    what = "visits that were missed, with a reading of pain"
    noted.finding(table, np.flatnonzero(missed & is_read), what, "the reading is not used")
    unknown = came == UNKNOWN
    what = "rows without a word on who came, with a treatment or a reading"
    noted.finding(table, np.flatnonzero(unknown & (is_given | is_read)), what, "taken as visits that took place")
    came[unknown & (is_given | is_read)] = 1
    what = "rows without a word on who came, a treatment or a reading, as for visits to come"
    noted.finding(table, np.flatnonzero(came == UNKNOWN), what, "left out")
    return came
