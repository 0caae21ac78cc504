"""Later results of a trial are predicted from a fit to its earlier ones: GERAC's 26 weeks from its 6 and 13 weeks."""

from __future__ import annotations

import math
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import ScenarioError
from sim.learn.evidence import Evidence, TrialsData
from sim.learn.posterior import Asked, Estimator
from sim.learn.prior import Unknowns
from sim.learn.trials import load_trials
from sim.learn.with_data import expected_results
from sim.scenario.places import with_values
from sim.scenario.source import Scenario
from sim.study.inputs import uncertain_inputs
from sim.study.prepare import prepare
from tests.known import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```yaml\n# (\w+\.yaml)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SHOWN = re.search(
    r"^```text\n\$ (simulate fit --trials gerac\.yaml [^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)
IN_DOUBT = {
    "response.context.ceiling": "{value: 0.17, uncertainty: {beta: {sd: 0.04}}}",
    "parameters.acupuncture.ceiling": "{value: 0.105, uncertainty: {beta: {sd: 0.05}}}",
    "parameters.acupuncture.half_life": "{value: 1.4, uncertainty: {lognormal: {sd: 0.9}}}",
    "parameters.acupuncture.relapse_scale": "{value: 355, uncertainty: {lognormal: {sd: 150}}}",
}
"""What calibration finds in the literature without GERAC, stated with its doubt, so that it need not be calibrated."""
AS_STATED = (
    "response.context.half_life", "response.context.fade", "modalities.acupuncture.fade", "response.individual_sd",
    "relapse.shape", "relapse.rebound", "relapse.hazard_ratio",
)  # fmt: skip
"""What else matters to the three arms: in doubt as the evidence set has it."""
KNOWN = {
    "parameters.acupuncture.satisfaction_threshold": "1.5",
    **{f"parameters.dry_needling.{name}": value for name, value in
       (("ceiling", "0.15"), ("half_life", "1.4"), ("relapse_scale", "355"), ("satisfaction_threshold", "1.5"))},
    **{f"profiles.{name}.natural_course.{what}.mean": value for name in ("acute_strain", "stress_linked")
       for what, value in (("plateau", "0.7"), ("time_constant", "73"))},
}  # fmt: skip


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    file = tmp_path_factory.mktemp("trials") / "gerac.yaml"
    file.write_text(FILES["gerac.yaml"], encoding="utf-8")
    return load_trials(file)


ASKED = Asked(wanted=128, bank=2048, draws=256, workers=2)
SLACK = 0.1
"""Points by which an interval is widened in the short form: fewer inputs are in doubt than are."""


def is_in_doubt(path):
    return path in (*IN_DOUBT, *AS_STATED) or path.startswith("profiles.chronic.natural_course.pain_left")


@pytest.fixture(scope="module")
def study():
    given = [f"{path}={value}" for path, value in (IN_DOUBT | KNOWN).items()]
    model = Scenario.read("chronic.yaml", given).model
    model = model.model_copy(update={"structure": {"fading": model.structure["fading"]}})
    rest = {one.place: one.quantity.value for one in uncertain_inputs(model) if not is_in_doubt(one.path)}
    return prepare(with_values(model, rest))


def rewritten(trials, folder, old, new):
    text = trials.document.text
    assert old in text
    (folder / "changed.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return load_trials(folder / "changed.yaml")


def test_the_last_results_of_a_trial_are_predicted_from_those_before(study, trials):
    unknowns = Unknowns(study, ("acupuncture", "sham"), ("chronic",))
    posterior = Estimator(unknowns, Evidence(study, trials=trials), ASKED).run()
    found = expected_results(trials, posterior, 2)
    held = [one for one in found if one.is_held_out]
    assert [(one.asked.arm, one.versus, one.asked.published.day) for one in held] == [
        ("acupuncture", "", 182), ("sham", "", 182), ("conventional", "", 182),
        ("acupuncture", "sham", 182), ("sham", "conventional", 182),
    ]  # fmt: skip
    for one in held:
        assert one.lower - SLACK < one.published < one.upper + SLACK, one
        assert 0.4 < one.width < 1.2
    # An interval that is wide enough to hold anything would be no success: the data make it narrower.
    before = unknowns.prior(unknowns.stated)
    luck = np.random.default_rng(1).standard_normal((100, len(before.mean)))
    prior = [unknowns.study_at(one, unknowns.stated) for one in before.values(before.mean + luck @ before.factor.T)]
    data = TrialsData.of(study.scenario, trials, 1280)
    spread = np.std([data.arms.predict(one).mean for one in prior], axis=0)
    for k, one in enumerate(found[:9]):
        assert one.doubt < 0.85 * spread[k] or one.asked.arm == "conventional"


def test_what_is_held_out_is_not_read(study, trials, tmp_path):
    other = rewritten(trials, tmp_path, "value: 4.02", "value: 9.02")
    known = rewritten(trials, tmp_path, "n: 377, held_out: true", "n: 377")
    pieces = [TrialsData.of(study.scenario, one, 1280).by_piece(study)[0] for one in (trials, other, known)]
    assert pieces[0] == pieces[1]
    assert not math.isclose(pieces[0], pieces[2], abs_tol=0.01)


def test_a_file_of_which_everything_is_held_out_is_refused(study, trials, tmp_path):
    text = re.sub(r"(n: \d+)}", r"\1, held_out: true}", trials.document.text)
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"all\.yaml: no result that is not held out has an error"):
        TrialsData.of(study.scenario, load_trials(tmp_path / "all.yaml"), 1280)


def test_a_validation_counts_what_is_held_out_by_itself(trials):
    result = sim.validate(trials=trials.file, draws=10, patients=1280)
    held = result.tables["validation"].where(evidence="literature", held_out=True, is_difference=False)
    assert set(held["arm"]) == {"acupuncture", "sham", "conventional"}
    assert set(held["day"]) == {182}
    assert "Of the 3 results that the file marks as held out" in result.summary_json()


@pytest.mark.long
def test_the_page_shows_what_the_command_says(tmp_path, monkeypatch):
    """The whole of it: every doubt of the evidence set, every form of the model; and a validation with its draws."""
    assert SHOWN is not None
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [*PROGRAM, *SHOWN[1].split()[1:]]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    said = [line.rstrip() for line in done.stdout.rstrip().splitlines()]
    assert said == [line.rstrip() for line in SHOWN[2].rstrip().splitlines()]
    assert "Of 3 published results that were held out, 3 lie within" in " ".join(said)
    for name in ("fitted.yaml", "posterior.csv"):
        (tmp_path / name).write_bytes((tmp_path / "outputs" / "fit-without_gerac" / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    held = sim.validate("fitted.yaml", trials="gerac.yaml").tables["validation"].where(
        evidence="fitted", held_out=True
    )  # fmt: skip
    assert len(held) == 5
    for row in held:
        assert row["within95"]
        assert row["upper"] - row["lower"] < 1.2
