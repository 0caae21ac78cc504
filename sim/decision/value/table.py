"""Costs and effects from a table of any other model: a CSV file or workbook with draw, strategy, cost and effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.decision.value.columns import Columns, read_columns
from sim.decision.value.psa import LEAST_DRAWS, Floats, OtherEffect, Psa
from sim.decision.value.shape import LONG, NET_BENEFIT, Shape, shape_of
from sim.errors import UsageError
from sim.plain_text import plain_name, plain_text
from sim.tables.rows import file_name, quoted

MOST_STRATEGIES = 50
MOST_PARAMETERS = 100
LONGEST_NAME = 100


def read_psa(table: Path, parameters: Path | None = None, effects: Sequence[str] = ()) -> Psa:
    """Return the draws in a table, laid out as `shape_of` says, and in one with a row per draw and its parameters.

    `effects` are the names that were asked for. Draws and strategies are in the order of their first appearance.
    Columns of other names are ignored in the first table; a column without a name is ignored in both (R writes row
    names into one). Raises UsageError that names file, line and column, or sheet and cell, and says what is allowed.
    """
    shape = shape_of(table, effects)
    draws, strategies, values = _wide(table, shape) if shape.wide else _long(table, shape)
    if len(strategies) < 2:
        raise UsageError(
            f"{file_name(table)}: column strategy: has one strategy, {quoted(strategies[0])}; allowed: at least 2"
        )
    if len(draws) < LEAST_DRAWS:
        raise UsageError(f"{file_name(table)}: column draw: has {len(draws)} draws; allowed: at least {LEAST_DRAWS}")
    inputs = {} if parameters is None else _parameters(parameters, draws, table)
    only_net = shape.measures == (NET_BENEFIT,)
    return Psa(
        strategies=tuple(strategies),
        labels=tuple(strategies),
        cost=-values[0] if only_net else values[0],
        effect=np.zeros_like(values[0]) if only_net else values[1],
        parameters=inputs,
        input_names={name: plain_name(name) for name in inputs},
        only_net=only_net,
        others=tuple(_other(name, effect) for name, effect in zip(shape.measures[2:], values[2:], strict=True)),
    )


def _long(table: Path, shape: Shape) -> tuple[list[str], list[str], list[Floats]]:
    """Return draws, strategies and the measures, (draws, strategies) each, of a row for every draw and strategy."""
    found = read_columns(table, shape.required, words=("draw", "strategy"))
    draw, draws = found.coded("draw")
    strategy, strategies = found.coded("strategy")
    _check_names(found, strategy, strategies)
    place = _places(found, draw, draws, strategy, strategies)
    size = (len(draws), len(strategies))
    return draws, strategies, [found.numbers[name][place].reshape(size) for name in shape.measures]


def _wide(table: Path, shape: Shape) -> tuple[list[str], list[str], list[Floats]]:
    """Return draws, strategies and the measures, (draws, strategies) each, of columns for every strategy."""
    found = read_columns(table, shape.required, words=("draw",))
    draw, draws = found.coded("draw")
    _once(found, draw, lambda row: f"draw {quoted(draws[draw[row]])}")
    strategies = list(shape.wide)
    if len(strategies) > MOST_STRATEGIES:
        heading = found.rows.place(found.rows.heading_line)
        raise UsageError(f"{heading}: {len(strategies)} strategies are named; allowed: at most {MOST_STRATEGIES}")
    numbers = [
        np.stack([found.numbers[columns[k]] for columns in shape.wide.values()], axis=1)
        for k in range(len(shape.measures))
    ]
    return draws, strategies, numbers


def _other(name: str, effect: Floats) -> OtherEffect:
    return OtherEffect(plain_name(name), effect, plain_name(name), one_of(plain_name(name)))


def _places(
    found: Columns, draw: NDArray[np.int64], draws: list[str], strategy: NDArray[np.int64], strategies: list[str]
) -> NDArray[np.int64]:
    """Return the row of every draw and strategy, (draws * strategies,); each must be there once."""
    cell = draw * len(strategies) + strategy
    _once(found, cell, lambda row: f"draw {quoted(draws[draw[row]])}, strategy "
                       f"{quoted(strategies[strategy[row]])}")  # fmt: skip
    place = np.full(len(draws) * len(strategies), -1, dtype=np.int64)
    place[cell] = np.arange(len(cell))
    if (place < 0).any():
        gap = int(np.flatnonzero(place < 0)[0])
        d, s = divmod(gap, len(strategies))
        row = int(np.flatnonzero(draw == d)[0])
        found.fail(
            row, "strategy", f"draw {quoted(draws[d])} has no row for strategy {quoted(strategies[s])}; allowed: every "
            "draw with every strategy",
        )  # fmt: skip
    return place


def _once(found: Columns, key: NDArray[np.int64], name: Callable[[int], str]) -> None:
    """Fail at the first row whose key was there before; `name` says what a row is about."""
    order = np.argsort(key, kind="stable")
    again = order[1:][key[order[1:]] == key[order[:-1]]]
    if len(again):
        row = int(again.min())
        before = int(np.flatnonzero(key == key[row])[0])
        first = f"(first in {found.rows.line_word} {found.line(before)})"
        found.fail(row, "draw", f"{name(row)} is given twice {first}; allowed: once")


def _check_names(found: Columns, codes: NDArray[np.int64], names: list[str]) -> None:
    for code, name in enumerate(names[: MOST_STRATEGIES + 1]):
        row = int(np.flatnonzero(codes == code)[0])
        if len(name) > LONGEST_NAME:
            found.fail(row, "strategy", f"must be at most {LONGEST_NAME} characters long; given {len(name)}")
        if code == MOST_STRATEGIES:
            found.fail(row, "strategy", f"{len(names)} strategies are named; allowed: at most {MOST_STRATEGIES}")


def _parameters(path: Path, draws: list[str], table: Path) -> dict[str, Floats]:
    """Return the parameters, in the order of the table's draws."""
    found = read_columns(path, ("draw",), words=("draw",), others=True, unlike=LONG)
    names = [name for name in found.numbers if name != "draw"]
    heading = found.rows.place(found.rows.heading_line)
    if not names:
        raise UsageError(f"{heading}: has no parameter; allowed: draw and a column for every parameter")
    if len(names) > MOST_PARAMETERS:
        raise UsageError(f"{heading}: has {len(names)} parameters; allowed: at most {MOST_PARAMETERS}")
    codes, given = found.coded("draw")
    _once(found, codes, lambda row: f"draw {quoted(given[codes[row]])}")
    known = {draw: k for k, draw in enumerate(draws)}
    for row, draw in enumerate(given):
        if draw not in known:
            found.fail(row, "draw", f"{quoted(draw)} is no draw of {file_name(table)}; allowed: those of that table")
    if len(given) < len(draws):
        present = set(given)
        missing = next(draw for draw in draws if draw not in present)
        _fail(
            path, f"column draw: has no {quoted(missing)}, a draw of {file_name(table)}; allowed: a row for every draw"
        )
    place = np.empty(len(draws), dtype=np.int64)
    place[[known[draw] for draw in given]] = np.arange(len(given))
    return {name: found.numbers[name][place] for name in names}


def _fail(path: Path, message: str) -> NoReturn:
    raise UsageError(f"{file_name(path)}: {message}")


def described(
    psa: Psa, effect: str | None, lower_is_better: bool, currency: str | None, lower: Sequence[str] = ()
) -> Psa:
    """Return draws with the names that a table does not hold; raises UsageError for one that cannot be a name.

    `lower` are the names of other effects of which less is better.
    """
    for option, given, longest in (("--effect", effect, 40), ("--currency", currency, 12)):
        if given is not None and not (given.isprintable() and 0 < len(given.strip()) <= longest):
            raise UsageError(f"{option} {quoted(given)}: must be 1 to {longest} characters that can be printed")
    name = plain_text(effect or "")
    is_qaly = name.lower() in ("qaly", "qalys")
    unit = "QALY" if is_qaly else name or psa.effect_unit
    return replace(
        psa,
        currency=plain_text(currency or ""),
        effect_name="QALYs" if is_qaly else name or psa.effect_name,
        effect_unit=unit,
        per=one_of(unit),
        effect_better="lower" if lower_is_better else "higher",
        others=tuple(replace(one, better="lower") if one.name in lower else one for one in psa.others),
    )


def one_of(name: str) -> str:
    """Return one of what a name counts in its first word, as it follows "per": a day in pain of days in pain."""
    first, space, rest = name.partition(" ")
    if first.lower() == "lives":
        return f"{first[:-3]}fe{space}{rest}"
    if first.lower().endswith("ies"):
        return f"{first[:-3]}y{space}{rest}"
    plural = len(first) > 2 and first.lower().endswith("s") and not first.lower().endswith(("ss", "us", "is"))
    return f"{first[:-1] if plural else first}{space}{rest}"
