"""What was interrupted goes on with `--resume`, with the bytes of an unbroken run; what does not belong is refused."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UsageError
from sim.study import checkpoint as checkpoints
from sim.study.checkpoint import NOTHING_SAVED, Checkpoint, Saved
from sim.study.draws import run_draws
from sim.study.prepare import prepare
from sim.study.run import run_study
from tests import known
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.test_executors import same_tally
from tests.learning import FEW, posterior_of, records_from, small

MANY = ("--patients", "1400017", "--workers", "1", "--quiet")
"""Ten seconds or more; what is finished is kept from the second one on."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class StopError(Exception):
    pass


class StopsAfter(Saved):
    """Keeps what another one keeps, and stops the run after so many times."""

    def __init__(self, saved, times):
        self._saved, self._left = saved, times

    def load(self, part):
        return self._saved.load(part)

    def save(self, part, state):
        self._saved.save(part, state)
        self._left -= 1
        if not self._left:
            raise StopError


def checkpoint(folder, **options):
    folder.mkdir(exist_ok=True)
    return Checkpoint(folder / ".run.checkpoint", {"a": 1, "b": {"c": [1, 2]}}, every=0, **options)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("first draws", marks=pytest.mark.long),
        "draws",
        pytest.param("over other people", marks=pytest.mark.long),
    ],
)
def test_a_fit_resumed_is_that_of_an_unbroken_one(tmp_path, part):
    study = small(*FEW)
    parts = []

    def fitted(kept, stops=None):
        def progress(said, done, total):
            parts.append(said)
            if said == stops:
                raise StopError

        return posterior_of(study, records_from(study, 12, 3), kept=kept, progress=progress)

    with pytest.raises(StopError):
        fitted(checkpoint(tmp_path), stops=part)
    parts.clear()
    resumed = fitted(checkpoint(tmp_path, resume=True))
    assert "the most likely values" not in parts, "it began anew"
    # The first round is kept, and here it is enough to know where to draw.
    looks = {"first draws": 2, "draws": 2, "over other people": 1}
    assert parts.count("looking for people like the patients") == looks[part], "what was finished was done again"
    whole = fitted(NOTHING_SAVED)
    assert np.array_equal(resumed.z, whole.z)
    assert resumed.weights == whole.weights


@pytest.mark.parametrize("times", [1, 3])
def test_patients_resumed_are_those_of_an_unbroken_run(scenario, tmp_path, times):
    study = prepare(scenario("reference.yaml", "cohort.size=140017"))
    with pytest.raises(StopError):
        run_study(study, saved=StopsAfter(checkpoint(tmp_path), times))
    seen = []
    resumed = run_study(study, 2, progress=lambda done, _: seen.append(done), saved=checkpoint(tmp_path, resume=True))
    assert seen[0] > times * 8 * 4096, "it began anew"
    same_tally(run_study(study).tally, resumed.tally)


def test_a_wanted_precision_resumed_takes_the_patients_of_an_unbroken_run(scenario, tmp_path):
    study = prepare(scenario("reference.yaml", "cohort.size=20000"))
    whole = run_study(study, precision=0.001)
    with pytest.raises(StopError):
        run_study(study, precision=0.001, saved=StopsAfter(checkpoint(tmp_path), 4))
    resumed = run_study(study, 2, precision=0.001, saved=checkpoint(tmp_path, resume=True))
    assert resumed.patients == whole.patients > 4 * 8 * 4096
    same_tally(whole.tally, resumed.tally)


def test_draws_resumed_are_those_of_an_unbroken_run(scenario, tmp_path):
    wide = "claims.acupuncture.pain_reduction={value: 2.9, uncertainty: {normal: {sd: 0.2}}}"
    study = prepare(scenario("reference.yaml", "draws.number=60", "draws.patients=50", wide, GIVEN_PARAMETERS[0]))
    whole = run_draws(study)
    assert len(set(whole.forms)) > 4
    for times in (1, 8, 15):
        with pytest.raises(StopError):
            run_draws(study, saved=StopsAfter(checkpoint(tmp_path / str(times)), times))
        resumed = run_draws(study, 2, saved=checkpoint(tmp_path / str(times), resume=True))
        assert resumed.forms == whole.forms
        for name in ("values", "estimates", "noise"):
            assert getattr(resumed, name).tobytes() == getattr(whole, name).tobytes()


def files_of(directory):
    files = {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    manifest = json.loads(files.pop(Path("manifest.json")))
    assert manifest["files"]
    return files


def until_kept(process, folder):
    end = time.monotonic() + 120
    while not list(folder.glob(".reference.checkpoint/*.checkpoint")):
        assert process.poll() is None, "the run ended before it kept anything"
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the files of a run that nothing interrupts."""
    place = tmp_path_factory.mktemp("unbroken")
    command = [*known.PROGRAM, "--config", "reference.yaml", *MANY, "--out", "whole"]
    subprocess.run(command, cwd=place, env=ENVIRONMENT, check=True, timeout=600)
    return files_of(place / "whole")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_goes_on_with_the_same_bytes(tmp_path, unbroken, sent):
    place = tmp_path / "outputs"
    command = [*known.PROGRAM, "--config", "reference.yaml", *MANY]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    until_kept(process, place)
    process.send_signal(sent)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130}[sent]
    assert not (place / "reference").exists()
    if sent != signal.SIGKILL:
        assert "with --resume goes on from there" in said
        assert [path.name for path in place.iterdir()] == [".reference.checkpoint"]
    subprocess.run([*command, "--resume"], cwd=tmp_path, env=ENVIRONMENT, check=True, timeout=600)
    assert not (place / ".reference.checkpoint").exists()
    assert files_of(place / "reference") == unbroken


def kept(folder):
    """Keep something, and return the file."""
    checkpoint(folder).save("part", lambda: {"x": np.arange(5.0)})
    return folder / ".run.checkpoint" / "part.checkpoint"


def test_a_checkpoint_comes_back_only_where_it_is_asked_for(tmp_path):
    kept(tmp_path)
    assert checkpoint(tmp_path).load("part") is None
    assert checkpoint(tmp_path, resume=True).load("other") is None
    assert checkpoint(tmp_path, resume=True).load("part")["x"].tolist() == [0, 1, 2, 3, 4]


def test_a_checkpoint_of_another_configuration_is_refused_by_name(tmp_path):
    kept(tmp_path)
    other = Checkpoint(tmp_path / ".run.checkpoint", {"a": 1, "b": {"c": [1, 3]}}, resume=True)
    with pytest.raises(UsageError, match=r"is of another configuration, which differs in b\.c\.1;"):
        other.load("part")


def test_a_checkpoint_of_another_version_is_refused_by_name(tmp_path, monkeypatch):
    kept(tmp_path)
    monkeypatch.setattr(checkpoints, "engine", lambda: (("coursesim", "9.9"), ("numpy", np.__version__)))
    with pytest.raises(UsageError, match=r"was made by coursesim \S+ \(here 9\.9\)"):
        checkpoint(tmp_path, resume=True).load("part")


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "replaced", "header"])
def test_a_damaged_checkpoint_is_said_and_computed_again(tmp_path, damage):
    file = kept(tmp_path)
    content = bytearray(file.read_bytes())
    match damage:
        case "cut":
            content = content[:-7]
        case "flipped":
            content[-60] ^= 1
        case "emptied":
            content = bytearray()
        case "replaced":
            content = bytearray(os.urandom(300))
        case "header":
            content = bytearray(checkpoints.MAGIC + b'{"payload": 3}\n')
    file.write_bytes(content)
    said = []
    assert checkpoint(tmp_path, resume=True, warn=said.append).load("part") is None
    assert len(said) == 1
    assert "is damaged; that part is computed again" in said[0]


def test_what_is_kept_gives_its_room_to_the_output_and_comes_back_if_that_was_not_enough(tmp_path):
    file = kept(tmp_path)
    before, one = file.read_bytes(), checkpoint(tmp_path)
    with pytest.raises(StopError), one.set_aside():
        raise StopError if not one.exists and not list(tmp_path.iterdir()) else AssertionError
    assert file.read_bytes() == before
    with one.set_aside():
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_cannot_be_begun_leaves_no_directory(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    one = Checkpoint(tmp_path / "outputs" / "here" / ".run.checkpoint", {}, every=0)
    one.save("part", lambda: {"x": np.arange(6.0)})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(tmp_path, monkeypatch):
    said = []
    before = kept(tmp_path).read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    one = checkpoint(tmp_path, warn=said.append)
    for _ in range(2):
        one.save("part", lambda: {"x": np.arange(6.0)})
    assert len(said) == 1
    assert "No space left on device; the run goes on" in said[0]
    assert [file.read_bytes() for file in (tmp_path / ".run.checkpoint").iterdir()] == [before]
