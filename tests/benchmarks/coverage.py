"""How often the 95 % intervals that a run states hold the truth, and how wide they are against what repetition shows.

    python -m tests.benchmarks.coverage [--seeds 400] [--patients 256 640 1280 5000] [scenarios]

Each scenario is calibrated once and run again and again with other seeds. The truth is a run of very many patients; how
sure that is counts: an interval holds the part of the truth's own distribution that lies in it; that of a quantile has
to meet the interval of the true one.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binom

from sim.estimate.estimates import QUANTILES
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import BY_NAME
from sim.study.prepare import Study, prepare
from sim.study.results import build_panel
from sim.study.run import run_study
from sim.study.trajectories import trace_first_block
from tests import known
from tests.conftest import load

Floats = NDArray[np.float64]

SCENARIOS = ("acute", "chronic", "stress", "reference", "policies", "literature")
PATIENTS = (256, 640, 1280, 5000)
TRUE_SEED, TRUE_PATIENTS = 987_654_321, 4_000_000
WANTED = (0.92, 0.98)
TRACED = 64
"""First blocks that the true curves of pain are of."""
DAYS = 7
"""Of curves by day every so many days are looked at."""
CURVES = {"mean": "curve of means", "cumulative": "curve of shares"}
STATED = 0.98
"""Share of the runs that must state an interval; otherwise the patients are too few for one, or nobody is there."""
Key = tuple[str, ...]


@lru_cache(maxsize=1)
def study_of(name: str, seed: int, patients: int) -> Study:
    """Return a shipped scenario with another seed and size, calibrated as it stands."""
    shipped = load(f"{name}.yaml").scenario
    cohort = shipped.cohort.model_copy(update={"size": patients})
    return prepare(shipped.model_copy(update={"seed": seed, "cohort": cohort}), known.known(shipped))


def stated(name: str, seed: int, patients: int, curves: bool) -> dict[Key, tuple[float, float, float, float]]:
    """Return what a run states, by what it is of: estimate, error and both ends of the interval."""
    panel = build_panel(run_study(study_of(name, seed, patients)))
    found: list[tuple[Key, Any]] = []
    for one in panel.estimates:
        kind = BY_NAME[one.outcome].kind if one.statistic == "mean" else "sd" if one.statistic == "sd" else "quantile"
        found.append(((kind, one.arm, one.subgroup, one.outcome, one.statistic), one))
    for apart in panel.differences:
        kind = f"difference of {BY_NAME[apart.outcome].kind}s"
        found.append(((kind, f"{apart.arm} - {apart.versus}", apart.subgroup, apart.outcome, "mean"), apart))
    for point in panel.points if curves else ():
        if point.axis == "visit" or point.at % DAYS == 0:
            kind = CURVES.get(point.statistic, "curve of quantiles")
            at = f"{point.axis} {point.at:g}"
            found.append(((kind, point.arm, point.subgroup, point.outcome, point.statistic, at), point))
    return {key: (one.estimate, one.mc_error, one.lower, one.upper) for key, one in found}


@dataclass(frozen=True)
class Covered:
    """How intervals do: `held` the truth in so many of `seeds` runs; `width`: half of it, in 1.96 times the standard
    deviation between runs.
    """

    key: Key
    held: float
    width: float
    seeds: int

    @property
    def is_low(self) -> bool:
        """Whether it is below what is wanted by more than so few seeds explain."""
        return self.held < WANTED[0] and bool(binom.cdf(round(self.held * self.seeds), self.seeds, WANTED[0]) < 0.001)

    @property
    def is_high(self) -> bool:
        """Whether it is above what is wanted by more than so few seeds explain."""
        return self.held > WANTED[1] and bool(
            binom.sf(round(self.held * self.seeds) - 1, self.seeds, WANTED[1]) < 0.001
        )


def coverage(
    name: str, patients: int, seeds: int, workers: int = 2, curves: bool = True, true_patients: int = TRUE_PATIENTS
) -> list[Covered]:
    """Return how the intervals of a scenario's runs of a size do, but for numbers that never move."""
    run = partial(stated, name, patients=patients, curves=curves)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            runs = list(pool.map(run, range(1, seeds + 1), chunksize=4))
    else:
        runs = [run(seed) for seed in range(1, seeds + 1)]
    return list(_held(runs, truth_of(name, true_patients)))


@lru_cache(maxsize=8)
def truth_of(name: str, patients: int) -> dict[Key, tuple[float, float, float, float]]:
    """Return what very many patients show, and of curves of pain the first blocks of many seeds."""
    return stated(name, TRUE_SEED, patients, curves=True) | _true_pain(name, TRACED)


def _true_pain(name: str, blocks: int) -> dict[Key, tuple[float, float, float, float]]:
    runs = [_pain(study_of(name, TRUE_SEED - k, BLOCK_SIZE)) for k in range(blocks)]
    found = {}
    for key in runs[0]:
        each = [_pain_statistic(run[key], key[4]) for run in runs]
        value = _pain_statistic(np.concatenate([run[key] for run in runs]), key[4])
        error = float(np.std(each, ddof=1)) / math.sqrt(blocks)
        found[key] = (value, error, value - 1.96 * error, value + 1.96 * error)
    return found


def _pain(study: Study) -> dict[Key, Floats]:
    """Return the pain of the patients of a first block who have any, by what a run states of it."""
    traced, found = trace_first_block(study), {}
    profile = traced.patients.cohort.profile
    groups = {name: profile == k for k, name in enumerate(study.scenario.profiles) if (profile == k).any()}
    everybody = {"all": np.ones(len(profile), bool)}
    for arm, trace in traced.traces.items():
        by_visit = np.vstack([traced.patients.cohort.baseline[None], trace.pain])
        places = [("day", day, trace.diary[day], everybody) for day in range(0, len(trace.diary), DAYS)]
        places += [("visit", visit, pain, everybody | groups) for visit, pain in enumerate(by_visit)]
        for axis, at, pain, kinds in places:
            for group, members in kinds.items():
                present = pain[members & np.isfinite(pain)]
                for statistic in ("mean", *QUANTILES) if len(present) else ():
                    kind = "curve of means" if statistic == "mean" else "curve of quantiles"
                    found[kind, arm, group, "pain", statistic, f"{axis} {at}"] = present
    return found


def _pain_statistic(pain: Floats, statistic: str) -> float:
    if statistic == "mean":
        return float(pain.mean())
    return float(np.quantile(pain, QUANTILES[statistic], method="inverted_cdf"))


def _held(runs: Sequence[dict[Key, Any]], truth: dict[Key, Any]) -> Iterator[Covered]:
    for key, (value, error, bottom, top) in truth.items():
        of_key = np.array([run[key] for run in runs if key in run and np.isfinite(run[key]).all()])
        if len(of_key) < STATED * len(runs) or not math.isfinite(value):
            continue
        estimates, _, lower, upper = of_key.T
        spread = float(estimates.std(ddof=1)) if len(estimates) > 1 else 0.0
        if spread <= 1e-9 * abs(value) and np.allclose(value, estimates, rtol=1e-9):
            continue
        if key[4] in QUANTILES:  # one of a few values, perhaps, so that its error says little
            held = (lower <= top) & (bottom <= upper)
        elif error > 0:
            held = ndtr((upper - value) / error) - ndtr((lower - value) / error)
        else:
            held = (lower <= value) & (value <= upper)
        width = float((upper - lower).mean()) / 2 / 1.96 / spread if spread else math.inf
        yield Covered(key, float(held.mean()), width, len(of_key))


def table(found: Sequence[Covered]) -> Iterator[str]:
    """Yield a line for each kind of number: of how many, how often held, how many beyond what is wanted, how wide."""
    for kind in dict.fromkeys(one.key[0] for one in found):
        of_kind = [one for one in found if one.key[0] == kind]
        held = np.array([one.held for one in of_kind])
        low, high = (sum(flags) for flags in ([one.is_low for one in of_kind], [one.is_high for one in of_kind]))
        width = np.median([one.width for one in of_kind])
        yield (
            f"  {kind:24s} {len(of_kind):5d}  held {held.mean():.3f} ({held.min():.3f} to {held.max():.3f})"
            f"  below {low:4d}  above {high:4d}  width {width:.2f}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and the numbers that are held too seldom."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--patients", type=int, nargs="+", default=PATIENTS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--without-curves", action="store_true")
    parser.add_argument("--worst", type=int, default=20, help="numbers to name that are held too seldom")
    given = parser.parse_args(arguments)
    for name in given.scenarios:
        for patients in given.patients:
            found = coverage(name, patients, given.seeds, given.workers, not given.without_curves)
            print(f"{name}, {patients:,} patients, {given.seeds} seeds")
            print("\n".join(table(found)), flush=True)
            for one in sorted((one for one in found if one.is_low), key=lambda one: one.held)[: given.worst]:
                print(f"    held {one.held:.3f}, width {one.width:.2f}: {', '.join(one.key)}", flush=True)


if __name__ == "__main__":
    main()
