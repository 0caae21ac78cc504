"""Tables of a synthesis: every effect, the pooled results, leave-one-out, and what was left out."""

from __future__ import annotations

import math

from sim.estimate.estimate import Z95
from sim.learn.contrasts import Asked
from sim.learn.synthesis import Pooled
from sim.plain_text import plain_text
from sim.report.document.document import Cell, Row, Table
from sim.report.pooling.words import Words
from sim.units import UNDEFINED


def effect_table(asked: Asked, found: Pooled) -> Table:
    """Return every effect with its interval and its share in the mean."""
    words, effects = Words(asked.question), found.effects
    rows = tuple(
        Row(
            plain_text(trial),
            (
                Cell(words.number(value)),
                Cell(words.span((value - Z95 * error, value + Z95 * error))),
                Cell(f"{100 * weight:.0f} %"),
            ),
            detail=plain_text(label),
        )
        for trial, label, value, error, weight in zip(
            effects.trials, effects.labels, effects.values, effects.errors, found.weights, strict=True
        )
    )
    columns = ("Trial", f"{words.what.capitalize()} ({words.unit})", "95 % interval", "Share in the mean")
    return Table("What each trial found", columns, rows)


def pooled_table(asked: Asked, found: Pooled) -> Table:
    """Return the pooled results with their errors, and the heterogeneity."""
    words = Words(asked.question)
    low, high = found.tau_interval
    on_scale = "" if asked.question.scale == "points" else ", log odds"
    rows = [
        Row("Mean", (Cell(words.number(found.mean)), Cell(words.span(found.interval)))),
        Row("  normal interval", (Cell(""), Cell(words.span(found.normal)))),
        Row("  Hartung-Knapp interval", (Cell(""), Cell(words.span(found.hartung_knapp)))),
        Row("A new group of patients", (Cell(""), Cell(words.span(found.prediction)))),
        Row(
            f"Spread between trials (tau{on_scale})",
            (Cell(f"{found.tau:.3f}"), Cell(f"{low:.3f} to {high:.3f}" if high > 0 else UNDEFINED)),
        ),
        Row("I²", (Cell(f"{100 * found.i2:.0f} %"), Cell(""))),
        Row("Q", (Cell(f"{found.q:.2f}", f"{found.df} degrees of freedom, p = {found.p:.3f}"), Cell(""))),
    ]
    return Table("All trials together", ("", "Estimate", "95 %"), tuple(rows))


def leave_one_out_table(asked: Asked, without: dict[str, Pooled]) -> Table:
    """Return the pooled result without each trial in turn."""
    words = Words(asked.question)
    rows = tuple(
        Row(
            plain_text(name),
            (
                Cell(words.number(one.mean)), Cell(words.span(one.interval)), Cell(f"{one.tau:.3f}"),
                Cell(f"{100 * one.i2:.0f} %" if math.isfinite(one.i2) else UNDEFINED),
            ),
        )
        for name, one in without.items()
    )  # fmt: skip
    return Table("Without each trial in turn", ("Left out", "Mean", "95 % interval", "tau", "I²"), rows)


def source_table(asked: Asked) -> Table | None:
    """Return where the trials' figures come from, if the table says so."""
    rows = tuple(
        Row(plain_text(name), (Cell(plain_text(reference)),))
        for name, reference in asked.references.items()
        if reference
    )
    return Table("Where the figures come from", ("Trial", "Source"), rows, "words") if rows else None
