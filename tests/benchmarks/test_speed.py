"""Times, printed and not asserted: run with `pytest -m benchmark -s`."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.random import SFC64, Generator

from sim.patient import outcomes as o
from sim.patient.streams import BLOCK_SIZE, draw_luck
from sim.study.draws import run_draws
from sim.study.prepare import prepare
from sim.study.run import run_block, run_study
from sim.study.tally import Tally
from tests.conftest import GIVEN_PARAMETERS

pytestmark = pytest.mark.benchmark
PATIENTS = 50 * BLOCK_SIZE


def seconds(action, repeats=7):
    action()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def same_numbers(luck):
    """Draw as many numbers of each kind as a block uses, with NumPy alone and one generator."""
    uniforms = sum(part.size for part in (luck.profile, luck.soreness, luck.bruising, luck.attendance, luck.drop_out))
    exponentials = luck.relapse.size
    normals = sum(part.size for part in luck) - uniforms - exponentials - luck.booster.size
    generator = Generator(SFC64(1))
    space = np.empty(max(uniforms, normals, exponentials))

    def draw():
        generator.random(out=space[:uniforms])
        generator.standard_normal(out=space[:normals])
        generator.standard_exponential(out=space[:exponentials])

    return draw


def test_nanoseconds_per_patient_visit(scenario):
    study = prepare(scenario("reference.yaml", f"cohort.size={PATIENTS}"))
    luck = draw_luck(1, 0, 0, study.setting.needs)
    tally = Tally.empty(study.setting, 3)
    block = run_block(study, 0, BLOCK_SIZE)
    visits = block.rows[:, o.VISITS].sum() / BLOCK_SIZE
    floor = seconds(same_numbers(luck)) / BLOCK_SIZE
    parts = {
        "drawing luck": lambda: draw_luck(1, 0, 0, study.setting.needs),
        "a block through all arms": lambda: run_block(study, 0, BLOCK_SIZE),
        "tallying the block": lambda: tally.add_block(block.rows, block.cohort.starts),
    }
    print(f"\n{visits:.0f} visits per patient over {len(study.setting.arms)} arms")
    print(f"{'the same random numbers, NumPy alone':40} {floor * 1e9:8.0f} ns per patient")
    for name, action in parts.items():
        print(f"{name:40} {seconds(action) / BLOCK_SIZE * 1e9:8.0f} ns per patient")
    whole = seconds(lambda: run_study(study, workers=1), 3) / PATIENTS
    print(f"{'the whole run, one worker':40} {whole * 1e9:8.0f} ns per patient, {whole / visits * 1e9:.1f} per visit")
    print(f"{'ratio to the random numbers alone':40} {whole / floor:8.2f}")
    two = seconds(lambda: run_study(study, workers=2), 3) / PATIENTS
    print(f"{'the whole run, two workers':40} {two * 1e9:8.0f} ns per patient, {whole / two:.2f} times one worker")


def test_comparison_of_three_scenarios(tmp_path):
    """3 scenarios x 4 arms x 20,000 patients with the HTML report, the whole command from a warm shell."""
    program = "from sim.cli.main import program; program()"
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
