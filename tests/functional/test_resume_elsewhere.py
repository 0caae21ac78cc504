"""`--resume` of every command with what another input has left: refused by name, in one line, and left as it is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.api.keeping import kept_in
from sim.errors import CheckpointError
from sim.study import checkpoint as checkpoints
from tests.functional.commands import ended, is_one_message
from tests.functional.test_random_moments import AT_ONCE, CASES, begun, words_of

OTHER = {
    "compare": (("--set", "costs.visit=9"), "acute.scenario.costs.visit"),
    "optimise": (("--budget", "cost<=400"), "budget"),
    "value": (("--seed", "9"), "scenario.seed"),
    "sensitivity": (("--outcome", "lasting_relief"), "outcome"),
    "clinic": (("--replications", "7"), "replications"),
    "validate": (("--draws", "31"), "draws"),
}


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Return what a command has left that was killed as soon as it had kept something; each is killed once."""
    known = {}

    def by(name):
        if name not in known:
            place = tmp_path_factory.mktemp(name)
            process = begun(words_of(name), place, AT_ONCE)
            while not any(place.glob(".there.checkpoint/*.checkpoint")):
                assert process.poll() is None, process.communicate()
            process.kill()
            process.communicate()
            known[name] = place
        return known[name]

    return by


@pytest.mark.parametrize("name", OTHER)
def test_what_another_input_has_left_is_refused_by_name_and_stays(left, name):
    place = left(name)
    files = {file: file.read_bytes() for file in place.rglob("*.checkpoint") if file.is_file()}
    more, named = OTHER[name]
    code, out, err = ended((*words_of(name), *more, "--resume"), place)
    assert (code, out) == (2, "")
    assert "is of another configuration, which differs in " in err
    assert named in err
    assert is_one_message(err)
    assert {file: file.read_bytes() for file in place.rglob("*.checkpoint") if file.is_file()} == files


@pytest.mark.parametrize("name", [name for name in CASES if name != "draws"])
def test_help_says_the_same_of_resume_everywhere(tmp_path, name):
    words = ("--help",) if name == "run" else (name, "--help")
    code, out, _ = ended(words, tmp_path)
    assert code == 0
    assert "Go on from what the same command had finished when it was interrupted." in " ".join(out.split())


def test_a_file_of_draws_that_has_changed_is_another_input(tmp_path):
    from sim.api.asking import scenario_of
    from sim.api.keeping import inputs_of

    table, scenario = tmp_path / "draws.csv", tmp_path / "mine.yaml"
    path = "claims.acupuncture.pain_reduction"
    table.write_text(f"draw,{path}\n1,2.5\n2,3.0\n")
    scenario.write_text(f"extends: acute.yaml\ndraws: {{number: 20, from: {json.dumps(str(table))}}}\n")

    def kept(resume):
        identity = inputs_of(scenario_of(scenario).changed([]))
        return kept_in(tmp_path / ".run.checkpoint", identity, resume, lambda said: None)

    first = kept(resume=False)
    first.load("draws")
    first._pause = 0.0
    first.save("draws", lambda: {"x": np.arange(3)})
    assert kept(resume=True).load("draws")["x"].tolist() == [0, 1, 2]
    table.write_text(f"draw,{path}\n1,2.5\n2,3.1\n")
    with pytest.raises(CheckpointError, match=r"which differs in draws;"):
        kept(resume=True).load("draws")


def test_parts_that_wait_are_kept_with_the_next_one(tmp_path):
    """A part that was finished between two moments of keeping is not lost with the next one."""
    one = checkpoints.Checkpoint(tmp_path / ".run.checkpoint", {}, every=3600)
    one.load("first")
    one.save("first", lambda: {"x": np.arange(2)})
    assert not one.exists
    one._pause = 0.0
    one.save("second", lambda: {"x": np.arange(3)})
    again = checkpoints.Checkpoint(tmp_path / ".run.checkpoint", {}, resume=True)
    assert (len(again.load("first")["x"]), len(again.load("second")["x"])) == (2, 3)
