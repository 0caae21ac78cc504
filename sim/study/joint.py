"""Several studies on the same patients with the same luck, block by block, so that they differ in nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_net import nets_like
from sim.estimate.clusters import unit_starts
from sim.estimate.few import with_sample
from sim.estimate.moments import Moments
from sim.estimate.ranks import Wins
from sim.estimate.tally import Tally
from sim.luck.numbers import Luck, spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.cohort import Cohort, CohortLaw, make_cohort
from sim.patient.patients import ready
from sim.study.at_work import Told, worked
from sim.study.batch import starts_of
from sim.study.checkpoint import NOTHING_SAVED, Arrays, Saved
from sim.study.executors import Workers, open_pool
from sim.study.prepare import Study
from sim.study.run import (
    PATIENTS,
    Block,
    Chunk,
    Result,
    block_sizes,
    chunk_blocks,
    chunks_of,
    refuse_what_does_not_add_up,
    run_patients,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointResult:
    """Several finished runs on the same luck, each as if it had run alone.

    `wins`: how often each common arm was the best in each study; `across`: per common arm the moments across the
    studies, named by their position; `together`: those of the arms asked for in every study, named `position:arm`.
    """

    results: tuple[Result, ...]
    wins: tuple[Wins, ...]
    across: dict[str, Moments]
    together: Moments


@dataclass
class _Part:
    tallies: list[Tally]
    wins: list[Wins]
    across: dict[str, Moments]
    together: Moments

    @classmethod
    def empty(cls, studies: Sequence[Study], arms: Sequence[str], together: Sequence[str]) -> _Part:
        names = [str(position) for position in range(len(studies))]
        return cls(
            [Tally.empty(study.setting, study.rules, len(study.scenario.profiles)) for study in studies],
            [Wins.empty(arms) for _ in studies],
            {arm: Moments.empty(names, 1) for arm in arms},
            Moments.empty([f"{name}:{arm}" for name in names for arm in together], 1),
        )

    def add_blocks(self, studies: Sequence[Study], blocks: Sequence[Block]) -> None:
        for study, tally, wins, block in zip(studies, self.tallies, self.wins, blocks, strict=True):
            tally.add(block.rows, block.starts, block.first_net)
            places = [list(study.setting.arms).index(arm) for arm in wins.arms]
            rows = np.ascontiguousarray(block.rows[places])
            wins.add_block(rows, unit_starts(rows.shape[2], study.scenario.cohort.size))
        # Luck is the same in all studies, so a patient has the same column in each, of whatever profile.
        first_net, everybody = blocks[0].first_net, starts_of(np.zeros(blocks[0].rows.shape[2], np.int64), 1)
        pairs = list(zip(studies, blocks, strict=True))
        for arm, moments in self.across.items():
            moments.add(np.stack([_rows_of(s, b, arm) for s, b in pairs]), everybody, first_net)
        if self.together.names:
            named = [name.split(":") for name in self.together.names]
            together = [_rows_of(*pairs[int(place)], arm_name) for place, arm_name in named]
            self.together.add(np.stack(together), everybody, first_net)

    def merge(self, later: _Part) -> None:
        for tally, of_later in zip(self.tallies, later.tallies, strict=True):
            tally.merge(of_later)
        for wins, won_later in zip(self.wins, later.wins, strict=True):
            wins.merge(won_later)
        for arm, moments in self.across.items():
            moments.merge(later.across[arm])
        self.together.merge(later.together)

    def kept(self, following: int) -> Arrays:
        """Return all sums so far, and the block that follows, as arrays to be kept."""
        parts = {f"tally-{k}": tally.kept(following) for k, tally in enumerate(self.tallies)}
        parts |= {f"wins-{k}": wins.kept() for k, wins in enumerate(self.wins)}
        parts |= {f"across-{k}": moments.kept() for k, moments in enumerate(self.across.values())}
        parts["together"] = self.together.kept()
        return {f"{part}/{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    def restore(self, kept: Arrays) -> int:
        """Take over what was kept; return the block that follows."""
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for place, array in kept.items():
            part, _, name = place.partition("/")
            parts.setdefault(part, {})[name] = array
        for k, wins in enumerate(self.wins):
            wins.restore(parts[f"wins-{k}"])
        for k, moments in enumerate(self.across.values()):
            moments.restore(parts[f"across-{k}"])
        self.together.restore(parts["together"])
        following = 0
        for k, tally in enumerate(self.tallies):
            following = tally.restore(parts[f"tally-{k}"])
        return following


def run_joint(
    studies: Sequence[Study],
    workers: int | Workers = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    together: Sequence[str] = (),
    saved: Saved = NOTHING_SAVED,
    arms: Sequence[str] | None = None,
    part: str = PATIENTS,
) -> JointResult:
    """Run studies of the same seed and number of patients together; the result depends neither on `workers` nor on
    interruptions.

    `together` names arms, common to all studies, whose moments are wanted across arms and studies; `arms` those that
    are compared, by default all that are common to the studies. `saved` gives back what an earlier run has finished,
    and is given what this one has, under the name of the `part`.
    """
    patients, seed = studies[0].scenario.cohort.size, studies[0].scenario.seed
    assert all((study.scenario.cohort.size, study.scenario.seed) == (patients, seed) for study in studies)
    common = [arm for arm in studies[0].setting.arms if all(arm in study.setting.arms for study in studies)]
    arms = common if arms is None else arms
    whole = _Part.empty(studies, arms, together)
    kept = saved.load(part)
    following = 0 if kept is None else whole.restore(kept)
    refuse_what_does_not_add_up(whole.tallies[0], min(following * BLOCK_SIZE, patients), following)
    told = Told(progress, min(following * BLOCK_SIZE, patients), patients)
    with open_pool(workers) as pool:
        run = partial(_run_chunk, studies, arms, together)
        chunks = chunks_of(block_sizes(patients, following), chunk_blocks(patients))
        for following, done in pool.in_order(run, chunks, lambda worked: told.under_way(worked // len(studies))):
            whole.merge(done)
            saved.save(part, partial(whole.kept, following))
            told.finished(int(whole.tallies[0].n.sum()))
    results = tuple(Result(study, tally, patients) for study, tally in zip(studies, whole.tallies, strict=True))
    across, both = whole.across, whole.together
    if patients < BLOCK_SIZE:
        across, both = _with_samples(studies, whole, patients)
    return JointResult(results, tuple(whole.wins), across, both)


def _with_samples(studies: Sequence[Study], whole: _Part, patients: int) -> tuple[dict[str, Moments], Moments]:
    """Return the moments across studies and arms of a small cohort, with more patients whom errors are found on."""
    blocks = _run_blocks(studies, 0, BLOCK_SIZE)
    number, everybody = blocks[0].patients.luck.number, starts_of(np.zeros(BLOCK_SIZE, np.int64), 1)

    def sampled(moments: Moments, rows: Sequence[Floats]) -> Moments:
        return with_sample(moments, nets_like(np.stack(rows), everybody, number, patients)) if rows else moments

    pairs = list(zip(studies, blocks, strict=True))
    across = {arm: sampled(one, [_rows_of(s, b, arm) for s, b in pairs]) for arm, one in whole.across.items()}
    named = [name.split(":") for name in whole.together.names]
    return across, sampled(whole.together, [_rows_of(*pairs[int(place)], arm) for place, arm in named])


def same_patients(one: CohortLaw, other: CohortLaw) -> bool:
    """Tell whether two laws make the same patients of the same luck, rather than others of the same rank."""
    return np.array_equal(one.edges, other.edges) and _same_kinds(one, other)


def share_of_same_patients(one: CohortLaw, other: CohortLaw) -> float:
    """Return the share of patients who are the very same under two laws: those of the same kind in both."""
    if not _same_kinds(one, other):
        return 0.0
    upper = [np.minimum(law.edges, 1.0) for law in (one, other)]
    lower = [np.concatenate([[0.0], edges[:-1]]) for edges in upper]
    return float(np.maximum(np.minimum(*upper) - np.maximum(*lower), 0).sum())


def _same_kinds(one: CohortLaw, other: CohortLaw) -> bool:
    """Tell whether the profiles of two laws are the same, one by one, whatever their shares."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one._fields if name != "edges")


def _run_chunk(
    studies: Sequence[Study], arms: Sequence[str], together: Sequence[str], chunk: Chunk
) -> tuple[int, _Part]:
    """Return the number of the block that follows, and the sums of all."""
    part = _Part.empty(studies, arms, together)
    for index, n in chunk:
        part.add_blocks(studies, _run_blocks(studies, index, n))
    return chunk[-1][0] + 1, part


def _run_blocks(studies: Sequence[Study], index: int, n: int) -> list[Block]:
    """Run a block of every study; luck is drawn once for all that give the same modalities, patients once by law."""
    lucks: dict[tuple[str, ...], Luck] = {}
    cohorts: list[tuple[CohortLaw, Luck, Cohort]] = []
    blocks = []
    for study in studies:
        modalities = study.setting.needs.modalities
        if modalities not in lucks:
            lucks[modalities] = _luck_for([s for s in studies if s.setting.needs.modalities == modalities], index, n)
        luck = lucks[modalities]
        cohort = next((c for law, made_of, c in cohorts if made_of is luck and same_patients(law, study.law)), None)
        if cohort is None:
            cohort = make_cohort(luck, study.law)
            cohorts.append((study.law, luck, cohort))
        blocks.append(run_patients(study, index, ready(luck, cohort, study.response)))
        worked(n)
    return blocks


def _luck_for(studies: Sequence[Study], index: int, n: int) -> Luck:
    needs = studies[0].setting.needs
    for study in studies[1:]:
        needs = needs.union(study.setting.needs)
    return spread_luck(studies[0].scenario.seed, 0, index * BLOCK_SIZE, needs, n)


def _rows_of(study: Study, block: Block, arm: str) -> Floats:
    rows: Floats = block.rows[list(study.setting.arms).index(arm)]
    return rows
