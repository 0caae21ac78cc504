"""`--resume` with a checkpoint that somebody has changed, or that belongs elsewhere: refused by name, or done again."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time

import numpy as np
import pytest

from sim.study.checkpoint import MAGIC
from tests.functional.commands import begun, ended, is_complete, is_one_message

RUN = ("--config", "acute.yaml", "--patients", "50000000", "--workers", "1", "--quiet", "--out", "run")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return where a run was killed that had finished a part."""
    place = tmp_path_factory.mktemp("killed")
    process = begun(RUN, place)
    end = time.monotonic() + 120
    while not list(place.glob(".run.checkpoint/*.checkpoint")):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.communicate()
    return place


@pytest.fixture
def place(killed, tmp_path):
    shutil.copytree(killed / ".run.checkpoint", tmp_path / ".run.checkpoint")
    return tmp_path


def rewrite(place, **changes):
    (file,) = place.glob(".run.checkpoint/*.checkpoint")
    line, _, payload = file.read_bytes()[len(MAGIC) :].partition(b"\n")
    header = json.loads(line)
    for key, value in changes.items():
        header[key] = value(header[key])
    file.write_bytes(MAGIC + json.dumps(header).encode() + b"\n" + payload)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--seed", "9"), "is of another configuration, which differs in scenario.seed"),
        (("--set", "response.rho=0.3"), "is of another configuration, which differs in scenario.response.rho"),
        (("--precision", "0.001"), "is of another configuration, which differs in precision"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_kept(place, more, named):
    code, out, err = ended((*RUN, *more, "--resume"), place)
    assert (code, out) == (2, "")
    assert named in err
    assert "goes on from there" not in err, "it does not"
    assert not (place / "run").exists()
    assert list(place.glob(".run.checkpoint/*.checkpoint"))


def test_a_checkpoint_of_another_version_is_refused_and_kept(place):
    rewrite(place, engine=lambda engine: {**engine, "coursesim": "0.0.9", "numpy": "1.0"})
    code, _, err = ended((*RUN, "--resume"), place)
    assert code == 2
    assert "was made by coursesim 0.0.9 (here " in err
    assert list(place.glob(".run.checkpoint/*.checkpoint"))


@pytest.mark.parametrize("content", [b"", b"x" * 1000, MAGIC, MAGIC + b"{}\n", MAGIC + b"[" * 100_000])
def test_a_damaged_checkpoint_is_said_and_done_again(place, content):
    (file,) = place.glob(".run.checkpoint/*.checkpoint")
    file.write_bytes(content)
    # Few patients: what the file once held is no matter any more.
    code, out, err = ended((*RUN[:2], "--patients", "100", *RUN[4:], "--resume"), place)
    assert (code, out) == (0, "")
    assert "is damaged; that part is computed again" in err
    assert err.count("\n") == 1
    assert is_complete(place / "run")
    assert not (place / ".run.checkpoint").exists()


def test_a_checkpoint_with_other_numbers_in_it_is_damaged(place):
    (file,) = place.glob(".run.checkpoint/*.checkpoint")
    content = bytearray(file.read_bytes())
    content[-2000] ^= 1
    file.write_bytes(content)
    _, _, err = ended((*RUN[:2], "--patients", "100", *RUN[4:], "--resume"), place)
    assert "is damaged; that part is computed again" in err


def test_a_checkpoint_that_cannot_be_read_is_refused(place):
    (file,) = place.glob(".run.checkpoint/*.checkpoint")
    file.unlink()
    file.mkdir()
    code, _, err = ended((*RUN, "--resume"), place)
    assert code == 2
    assert "cannot be read: Is a directory" in err
    assert is_one_message("\n".join(line for line in err.splitlines() if line.startswith("error")) + "\n")


def test_a_checkpoint_that_does_not_add_up_is_refused(place):
    """Whoever makes the hashes fit can still not leave patients out unseen."""
    (file,) = place.glob(".run.checkpoint/*.checkpoint")
    line, _, payload = file.read_bytes()[len(MAGIC) :].partition(b"\n")
    arrays = dict(np.load(io.BytesIO(payload)))
    arrays["following"] = arrays["following"] + 1000
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    header = json.loads(line) | {"payload": hashlib.sha256(packed.getvalue()).hexdigest()}
    file.write_bytes(MAGIC + json.dumps(header).encode() + b"\n" + packed.getvalue())
    code, _, err = ended((*RUN, "--resume"), place)
    assert code == 2
    assert "patients are kept, which are not those before block" in err
    assert not (place / "run").exists()
