"""What a run compiles, before there is a run: for the types of a shipped scenario, which are those of any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from sim.calibration.targets import Calibration
from sim.compiled import compile_part, for_types_of
from sim.estimate.histograms import BINS, add_counts, quantile_in
from sim.estimate.sums import add_moments
from sim.estimate.tally import Tally
from sim.luck.numbers import fill_luck, keys_of
from sim.patient.cohort import NaturalMeans, fill_cohort
from sim.patient.effects import ResponseParameters, fill_ceilings
from sim.patient.plans import pathway_of, run_plans
from sim.patient.record import write_rows
from sim.patient.setting import build_setting
from sim.patient.visit import after_visit, attend
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.study.batch import Bench, bench_for, compile_tallying
from sim.study.prepare import Study, law_of
from sim.study.run import run_block

SCENARIO = "acute.yaml"
ANY_RESPONSE = ResponseParameters(ceiling=0.5, half_life=2.0, satisfaction_threshold=1.0, relapse_scale=200.0)
ANY_COURSE = NaturalMeans(plateau=0.3, time_constant=10.0)


def by_helper() -> Iterator[Callable[[], Any]]:
    """Yield what the second process compiles, piece by piece."""
    study = _study()
    tally, bench = _tally(study), bench_for(study)
    patients, sums = _patients_and_arms(study, bench), _sums(bench, tally)
    of_patients: tuple[Any, ...] = (write_rows, after_visit, attend, fill_luck, fill_cohort, fill_ceilings)
    of_sums: tuple[Any, ...] = (add_moments, add_counts)
    yield from (partial(compile_part, function, patients) for function in of_patients)
    yield from (partial(compile_part, function, sums) for function in of_sums)
    yield partial(compile_tallying, study, bench, tally)


def for_helper() -> None:
    """Compile what the second process waits for, where no calibration had to be found that takes it, and then what such
    a calibration takes beside it.
    """
    study = _study()
    bench, plans, soreness = bench_for(study), study.setting.plans, study.law.soreness_days
    for_types_of(
        run_plans, bench.patients, bench.limits, plans, study.rules, soreness, bench.space, bench.trace, bench.rows
    )
    run_block(study, 0, 1)


def by_first() -> Iterator[Callable[[], Any]]:
    """Yield what the first process compiles while it waits: what is made of a tally, here of nobody's."""
    tally, nobody = _tally(_study()), np.zeros(BINS + 1, np.int64)
    yield lambda: tally.counts
    yield tally.moments.means
    yield partial(quantile_in, nobody, nobody, 0.0, 1.0, 0.5, False)


def _study() -> Study:
    """Return a study that has not been calibrated."""
    scenario = load_scenario(SCENARIO, outcomes=OUTCOME_NAMES).scenario
    parameters = dict.fromkeys(scenario.modalities, ANY_RESPONSE)
    calibration = Calibration(parameters, dict.fromkeys(scenario.profiles, ANY_COURSE), ())
    return Study(scenario, calibration, build_setting(scenario), law_of(scenario, calibration))


def _tally(study: Study) -> Tally:
    return Tally.empty(study.setting, study.rules, len(study.scenario.profiles))


def _patients_and_arms(study: Study, bench: Bench) -> dict[str, Any]:
    """Return arguments by name: of functions that run patients, and of those that make them."""
    words, columns, points = bench.drawing
    return {
        **study.law._asdict(), **bench.patients._asdict(), **bench.space._asdict(), "law": study.law,
        "trace": bench.trace, "out": bench.rows[0], "response": study.response, "rules": study.rules,
        "keys": keys_of(0, 0, study.setting.needs.modalities), "words": words, "columns": columns, "points": points,
        "pathway": pathway_of(study.setting.plans, 0), "day": 1.0, "width": 1, "s": 0, "k": 0, "first_net": 0,
    }  # fmt: skip


def _sums(bench: Bench, tally: Tally) -> dict[str, Any]:
    """Return arguments by name: of functions that add patients up."""
    moments = tally.moments
    return {
        **vars(tally), **vars(moments), "nets": moments.nets.arrays, "patients": moments.patients.arrays,
        "rows": bench.rows, "starts": bench.starts, "cells": bench.cells, "addends": bench.addends,
        "scratch": bench.totals, "first_net": 0, "few": 0,
    }  # fmt: skip
