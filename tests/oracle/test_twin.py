"""The compiled engine against its own lines run by plain Python: the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENTS = 40

PROGRAM = """
import math, sys
import numpy as np
from sim.calibration.targets import Calibration
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.study.prepare import prepare
from sim.study.run import run_block
from tests.conftest import load
from tests.oracle.test_twin import PATIENTS, SCENARIOS
scenario = load("reference.yaml", SCENARIOS[sys.argv[1]]).scenario
none = ResponseParameters(0.0, 1.0, math.nan, math.nan)
found = {
    "dry_needling": ResponseParameters(0.7, 0.8, 1.5, 400.0), "acupuncture": ResponseParameters(0.4, 4.0, 1.6, 250.0),
}
natural = dict.fromkeys(scenario.profiles, NaturalMeans(0.5, 30.0))
study = prepare(scenario, Calibration(dict.fromkeys(scenario.modalities, none) | found, natural, ()))
block = run_block(study, 3, PATIENTS)
cohort, luck = block.patients.cohort, block.patients.luck
np.savez(sys.argv[2], rows=block.rows, baseline=cohort.baseline, number=luck.number)
"""

SCENARIOS = {
    "plain": (),
    "everything": (
        "arms=[usual_care, dry_needling, acupuncture, combined, alternating, acupuncture_first]",
        "attendance={no_show: 0.15, drop_out: 0.03, drop_out_if_relieved: 0.05, drop_out_if_not_relieved: 0.02, "
        "drop_out_after_adverse_event: 0.1}",
        "protocols.dry_needling.stop={relief_held_for: 2}",
        "protocols.dry_needling.judged_by=reported_pain",
        "protocols.acupuncture.switch={no_relief_by_visit: 3, to: [dry_needling]}",
        "protocols.combined.discharge={no_relief_by_visit: 4}",
        "relapse.several_modalities=visit_weighted",
        "relief={percent: 30}",
        "cohort.include={reported_pain_at_least: 5}",
        "relapse.scale_without_needling=3",
        "modalities.dry_needling.adverse_events.soreness={per_visit: 0.4}",
    ),
    "policies": (
        "arms=[guided_choice, stepped_care, stepped_care_acupuncture, stop_on_relief]",
        "attendance={no_show: 0.15, drop_out: 0.03, drop_out_if_relieved: 0.05, drop_out_if_not_relieved: 0.02, "
        "drop_out_after_adverse_event: 0}",
    ),
}


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_kernel_equals_its_uncompiled_twin(name, tmp_path):
    found = {}
    for disabled in ("0", "1"):
        file = tmp_path / f"{disabled}.npz"
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", PROGRAM, name, str(file)], check=True, env=environment, cwd=ROOT)
        found[disabled] = np.load(file)
    for key in ("rows", "baseline", "number"):
        np.testing.assert_array_equal(found["0"][key], found["1"][key])
    assert found["0"]["rows"].shape[2] == PATIENTS
