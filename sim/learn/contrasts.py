"""From arms of trials to the effects that a synthesis pools: means of one treatment, or differences between two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.errors import UsageError, did_you_mean, folded
from sim.learn.arm_table import ArmRow, ArmTable
from sim.learn.synthesis import Effects, Floats

Scale = Literal["points", "logit", "log_odds_ratio"]


@dataclass(frozen=True)
class Question:
    """What is pooled: the mean of a treatment, or the difference of two (`versus`), on which scale.

    `versus` and `of` are empty for differences that come as such; `is_pain_left`: means are of pain, with a minus.
    """

    of: str
    versus: str
    scale: Scale
    is_pain_left: bool = False

    @property
    def is_difference(self) -> bool:
        """Whether effects are differences between arms."""
        return bool(self.versus) or not self.of


@dataclass(frozen=True)
class Asked:
    """A question with its effects, what each trial refers to, and what was left out or changed, in words."""

    question: Question
    effects: Effects
    references: dict[str, str]
    notes: tuple[str, ...]


def effects_of(table: ArmTable, of: str | None = None, versus: str | None = None) -> Asked:
    """Return the effects of a table: of a treatment against another, or of one by itself.

    Without names a table of two treatments gives the first against the second, and of one its mean. Raises UsageError
    for a treatment that the table lacks, or fewer than two trials.
    """
    notes = list(table.left_out)
    if table.measure == "difference":
        if of or versus:
            raise UsageError("--of, --versus: this table holds differences already; leave them out, or choose rows "
                             "with --only")  # fmt: skip
        question = Question("", "", "points")
        effects = _given(table)
    else:
        first, second = _chosen(table, of, versus)
        if table.measure == "mixed" and not second:
            raise UsageError(
                "--of: without --versus it must be pain that is left in all trials, or the fall in all; say which with "
                "--only, as --only outcome=reduction"
            )
        is_share = table.measure == "share"
        scale: Scale = "points" if not is_share else "log_odds_ratio" if second else "logit"
        question = Question(first, second, scale, table.measure == "pain" and not second)
        effects = _contrasts(table, first, second, notes) if second else _means(table, first, notes)
    if len(effects.names) < 2:
        found = ", ".join(effects.names) or "none"
        raise UsageError(
            f"{table.file}: a synthesis needs two trials at least; found: {found}. {' '.join(notes)}".strip()
        )
    references = {row.trial: row.reference for row in table.rows if row.reference}
    return Asked(question, effects, {name: references.get(name, "") for name in effects.names}, tuple(notes))


def _chosen(table: ArmTable, of: str | None, versus: str | None) -> tuple[str, str]:
    known: dict[str, str] = {}
    for row in table.rows:
        known.setdefault(folded(row.treatment), row.treatment)
    names = list(known.values())
    if versus is not None and of is None:
        raise UsageError("--versus: says what to compare with; name what is compared with --of")
    if of is None:
        if len(names) > 2:
            listed = ", ".join(names)[:300]
            raise UsageError(f"{table.file}: has {len(names)} treatments ({listed}); say which with --of, and against "
                             "which with --versus")  # fmt: skip
        return names[0], names[1] if len(names) == 2 else ""
    found = []
    for option, given in (("--of", of), ("--versus", versus)):
        if given is not None and folded(given) not in known:
            raise UsageError(f"{option} {given}: no arm of {table.file} has it; there is: {', '.join(names)[:300]}."
                             f"{did_you_mean(given, names)}")  # fmt: skip
        found.append("" if given is None else known[folded(given)])
    if found[0] == found[1]:
        raise UsageError("--versus: must name another treatment than --of")
    return found[0], found[1]


def _by_trial(table: ArmTable) -> dict[str, list[ArmRow]]:
    found: dict[str, list[ArmRow]] = {}
    for row in table.rows:
        found.setdefault(row.trial, []).append(row)
    return found


def _gives(row: ArmRow, treatment: str) -> bool:
    return folded(row.treatment) == folded(treatment)


def _means(table: ArmTable, of: str, notes: list[str]) -> Effects:
    """Return the mean of every arm that gives a treatment; arms of one trial share nothing but their trial."""
    arms = [row for row in table.rows if _gives(row, of)]
    values = [_measured([row], notes)[0] for row in arms]
    return Effects(
        tuple(row.trial for row in arms), tuple(row.arm for row in arms), np.array([one[0] for one in values]),
        np.diag([one[1] for one in values]),
    )  # fmt: skip


def _contrasts(table: ArmTable, of: str, versus: str, notes: list[str]) -> Effects:
    """Return every arm that gives a treatment less the arm of its trial that gives the other one."""
    trials: list[str] = []
    labels: list[str] = []
    values: list[float] = []
    blocks: list[Floats] = []
    for trial, rows in _by_trial(table).items():
        arms, others = ([row for row in rows if _gives(row, name)] for name in (of, versus))
        if not arms or not others:
            notes.append(f"{trial} has no arm with {versus if arms else of} and is left out.")
            continue
        if all(row.events in (0, row.n) for row in (*arms, *others)) and len({row.value for row in rows}) == 1:
            notes.append(f"{trial} has nobody, or everybody, in all arms, which says nothing of their difference.")
            continue
        measured = _measured([*arms, *others], notes)
        control, variance = _together([*zip(others, measured[len(arms) :], strict=True)], trial, versus, notes)
        for row, (value, _) in zip(arms, measured, strict=False):
            trials.append(trial)
            labels.append(row.arm)
            values.append(value - control)
        blocks.append(np.diag([one[1] for one in measured[: len(arms)]]) + variance)
    return Effects(tuple(trials), tuple(labels), np.array(values), _block_diagonal(blocks))


def _together(
    others: Sequence[tuple[ArmRow, tuple[float, float]]], trial: str, versus: str, notes: list[str]
) -> tuple[float, float]:
    """Return the value and variance of the arm to compare with; several are taken as one, by their precision."""
    if len(others) > 1:
        notes.append(f"{trial} has {len(others)} arms with {versus}; they are taken as one.")
    weights = np.array([1 / variance for _, (_, variance) in others])
    values = np.array([value for _, (value, _) in others])
    return float(weights @ values / weights.sum()), float(1 / weights.sum())


def _measured(rows: Sequence[ArmRow], notes: list[str]) -> list[tuple[float, float]]:
    """Return value and variance of arms of a trial: in points, or the log odds of a share.

    Where somewhere nobody or everybody is counted, half a patient is added to both sides in each of them.
    """
    if rows[0].measure != "share":
        return [(row.value, row.error**2) for row in rows]
    extra = 0.5 if any(row.events in (0, row.n) for row in rows) else 0.0
    if extra:
        notes.append(f"{rows[0].trial}: half a patient is added to both sides of each share, since one is 0 or all.")
    found = []
    for row in rows:
        yes, no = row.events + extra, row.n - row.events + extra
        found.append((math.log(yes / no), 1 / yes + 1 / no))
    return found


def _given(table: ArmTable) -> Effects:
    """Return differences that come as such; several of one trial need the error of what they share."""
    blocks = []
    for trial, rows in _by_trial(table).items():
        for row in rows if len(rows) > 1 else ():
            if math.isnan(row.shared_error):
                raise UsageError(
                    f"{row.place}: {trial} has {len(rows)} differences, which share an arm; give its standard error as "
                    "column shared_error, or arms instead of differences, so that it does not count twice"
                )
            if row.shared_error >= row.error:
                raise UsageError(f"{row.place}: shared_error must be below the error of the difference")
        shared = np.array([row.shared_error if len(rows) > 1 else 0.0 for row in rows])
        block = np.outer(shared, shared)
        np.fill_diagonal(block, [row.error**2 for row in rows])
        blocks.append(block)
    ordered = [row for rows in _by_trial(table).values() for row in rows]
    return Effects(
        tuple(row.trial for row in ordered), tuple(row.arm for row in ordered),
        np.array([row.value for row in ordered]), _block_diagonal(blocks),
    )  # fmt: skip


def _block_diagonal(blocks: Sequence[Floats]) -> Floats:
    size, at = sum(len(block) for block in blocks), 0
    whole = np.zeros((size, size))
    for block in blocks:
        whole[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return whole
