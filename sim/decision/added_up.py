"""Sums over blocks of patients, kept as they grow, so that a search that was interrupted goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.decision.tryout import Sums, Tryout
from sim.study.at_work import Told
from sim.study.checkpoint import Saved

SUMS = "sums"
"""The part of a search that these are, where finished work is kept."""

Progress = Callable[[str, int, int], None]


class AddedUp:
    """Sums by name, in the order in which they are asked for; `saved` has those that an earlier search had finished,
    or had begun, and is given those of this one.
    """

    def __init__(self, executor: Executor, progress: Progress, saved: Saved) -> None:
        self._executor, self._progress, self._saved = executor, progress, saved
        self._kept: dict[str, NDArray[Any]] = dict(saved.load(SUMS) or {})

    def over(
        self, blocks: Sequence[tuple[int, int]], tryout: Tryout, names: Sequence[str], name: str, said: str,
        reference: str | None = None,
    ) -> Sums:  # fmt: skip
        """Return the sums of named arms over blocks (index, patients); products are with `reference`.

        `name`: that of these sums, once in a search; `said`: what is told to be done meanwhile.
        """
        done, sums = self._begun(name, Sums.none(len(names), len(tryout.rows)))
        courses = len(names) * sum(n for _, n in blocks)
        told = Told(lambda now, total: self._progress(said, now, total), len(names) * sums.n, courses)
        told.finished(len(names) * sums.n)
        for part in tryout.sums(self._executor, blocks[done:], names, reference, told.under_way):
            sums.add(part)
            done += 1
            self._keep(name, done, sums)
            told.finished(len(names) * sums.n)
        return sums

    def _begun(self, name: str, nobody: Sums) -> tuple[int, Sums]:
        """Return how many blocks of some sums are done, and these."""
        if (done := self._kept.get(f"{name}/blocks")) is None:
            return 0, nobody
        return int(done), Sums.restored({field: self._kept[f"{name}/{field}"] for field in vars(nobody)})

    def _keep(self, name: str, done: int, sums: Sums) -> None:
        parts = {"blocks": done} | sums.kept()
        self._kept |= {f"{name}/{field}": np.array(value) for field, value in parts.items()}
        self._saved.save(SUMS, lambda: self._kept)
