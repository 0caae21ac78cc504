"""Times, printed and not asserted: run with `pytest -m benchmark -s`."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.random import SFC64, Generator

from sim.estimate.estimates import paired_difference
from sim.luck.numbers import OWN, independent_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.patients import make_patients
from sim.quantities import BY_NAME
from sim.study.draws import run_draws
from sim.study.prepare import prepare
from sim.study.run import run_patients, run_study
from tests.conftest import GIVEN_PARAMETERS

pytestmark = pytest.mark.benchmark
PATIENTS = 50 * BLOCK_SIZE
ALONE = 25
"""Blocks of patients drawn alone, from which the variance of plain sampling is estimated."""
WANTED = 0.01


def once(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def seconds(action, repeats=7):
    action()
    return float(np.median([once(action) for _ in range(repeats)]))


def numbers_of(needs):
    """Return how many uniform, normal and exponential numbers a patient takes, in the kind one would ask NumPy for."""
    uniforms = 5 + needs.visits * 2  # profile, muscular share, plateau, satisfaction; soreness and bruising by visit
    return uniforms, OWN - 2 + len(needs.modalities) - 4, 4  # the limits of four relapses are exponential


def test_time_per_course(scenario):
    """The numbers alone and the run in turn, so that whatever else the machine does falls on both."""
    study = prepare(scenario("acute.yaml", f"cohort.size={PATIENTS}"))
    uniforms, normals, exponentials = numbers_of(study.setting.needs)
    generator, space = Generator(SFC64(1)), np.empty(BLOCK_SIZE * max(uniforms, normals))

    def numbers_alone():
        for _ in range(PATIENTS // BLOCK_SIZE):
            generator.random(out=space[: BLOCK_SIZE * uniforms])
            generator.standard_normal(out=space[: BLOCK_SIZE * normals])
            generator.standard_exponential(out=space[: BLOCK_SIZE * exponentials])

    arms = len(study.setting.arms)
    actions = {
        "the same random numbers, NumPy alone": numbers_alone,
        "the whole run, one worker": lambda: run_study(study, 1),
        "the whole run, two workers": lambda: run_study(study, 2),
    }
    for action in actions.values():
        action()
    taken = np.array([[once(action) for action in actions.values()] for _ in range(5)]) / PATIENTS / arms * 1e9
    print(f"\n{PATIENTS:,} patients, {arms} arms, {study.rules.horizon} days; "
          f"{uniforms} uniforms, {normals} normals and {exponentials} exponentials each")  # fmt: skip
    for name, column in zip(actions, taken.T, strict=True):
        print(f"{name:40} {np.median(column):6.0f} ns a course, at best {column.min():.0f}")
    alone, one, two = taken.T
    for what, top, bottom in (("ratio to the random numbers alone", one, alone), ("one worker, times two", one, two)):
        print(f"{what:40} {np.median(top / bottom):6.2f}, of the best {top.min() / bottom.min():.2f}")


def test_time_to_an_error(scenario):
    """What it is worth that arms share their patients, and that patients are spread evenly, at this program's speed."""
    study = prepare(scenario("reference.yaml", f"cohort.size={PATIENTS}"))
    moments = run_study(study, 2).tally.moments
    per_patient = seconds(lambda: run_study(study, 1), 3) / PATIENTS
    setting = study.setting
    alone = np.concatenate([
        run_patients(study, 0, make_patients(luck, study.law, study.response)).rows
        for luck in (independent_luck(1, 0, block, setting.needs) for block in range(ALONE))
    ], axis=2)  # fmt: skip
    pair = "dry_needling", "acupuncture"
    a, b = (list(setting.arms).index(name) for name in pair)
    print(
        f"\nms to a standard error of {WANTED} in {' - '.join(pair)}, one worker, {per_patient * 1e9:.0f} ns a patient"
    )
    print(f"{'outcome':24} {'each arm its own':>18} {'same patients':>18} {'in nets':>18} {'gain':>8}")
    for name in ("pain_reduction_day42", "pain_reduction_day133", "relief_day42", "soreness", "lasting_relief", "qaly"):
        first, second = alone[a, BY_NAME[name].row], alone[b, BY_NAME[name].row]
        error = paired_difference(moments, name, pair).mc_error
        variances = first.var() + second.var(), (first - second).var(), error**2 * PATIENTS
        taken = [variance / WANTED**2 * per_patient * 1000 for variance in variances]
        print(f"{name:24} " + " ".join(f"{t:18.3f}" for t in taken) + f" {taken[0] / taken[2]:8.0f}")


def test_comparison_of_three_scenarios(tmp_path):
    """3 scenarios x 4 arms x 20,000 patients with the HTML report, the whole command from a warm shell."""
    program = "from sim.cli.start import program; program()"
    words = ["compare", "acute.yaml", "chronic.yaml", "stress.yaml", "--quiet", "--out", str(tmp_path / "out")]
    taken = seconds(lambda: subprocess.run([sys.executable, "-c", program, *words], check=True), 5)
    print(f"\ncomparison of 3 scenarios x 4 arms x 20,000 patients with its report {taken:.1f} s")


def test_calibration(scenario):
    loaded = scenario("reference.yaml")
    print(f"\ncalibration {seconds(lambda: prepare(loaded)) * 1000:.0f} ms")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "acute.yaml"], ["--config", "acute.yaml", "--out", "{out}", "--quiet"]]
)
def test_whole_command(arguments, tmp_path):
    program = [sys.executable, "-c", "from sim.cli.main import main; main()"]
    command = [*program, *(part.format(out=tmp_path / "run") for part in arguments)]
    taken = seconds(lambda: subprocess.run(command, check=True, capture_output=True, env=os.environ), 5)
    print(f"\nsimulate {' '.join(arguments)}: {taken:.2f} s")


def test_draws_with_and_without_calibration(scenario):
    """1,000 draws of 1,000 patients and four arms; without calibration the response parameters are given."""
    base = scenario("acute.yaml", "draws.number=1000", "draws.patients=1000")
    given = scenario("acute.yaml", *GIVEN_PARAMETERS, "draws.number=1000", "draws.patients=1000")
    for what, asked in (("with calibration", base), ("response parameters given", given)):
        study = prepare(asked)
        for workers in (1, 2):
            start = time.perf_counter()
            run_draws(study, workers)
            print(
                f"1,000 draws x 1,000 patients x 4 arms, {what}, {workers} workers: {time.perf_counter() - start:.1f} s"
            )
