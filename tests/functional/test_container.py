"""The recipe of a container: it cannot be built everywhere, but what it says must be so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from sim.cli.main import cli
from sim.cli.tune import command as tune

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "docs" / "container" / "Containerfile").read_text(encoding="utf-8")
STEPS = [line.split(maxsplit=1) for line in RECIPE.splitlines() if line and not line.startswith("#")]
GUIDE = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")


def of(step):
    return [words for name, words in STEPS if name == step]


def taken(words):
    """Return what the program takes these words for; raises click's exceptions."""
    name, *rest = words
    assert name == "simulate"
    if rest[0] == "tune":
        return tune.make_context("tune", rest[1:]).params
    return cli.make_context("simulate", rest).params


def test_what_is_copied_is_there():
    for words in of("COPY"):
        *files, _ = words.replace("--chown=coursesim ", "").split()
        assert files
        assert all((ROOT / file).exists() for file in files)


def test_what_the_package_is_built_from_is_copied():
    copied = " ".join(of("COPY"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'readme = "README.md"' in project
    assert 'license-files = ["LICENSE"]' in project
    assert '"configs" = "sim/configs"' in project
    for name in ("pyproject.toml", "README.md", "LICENSE", "sim ", "configs "):
        assert name in copied
    assert "[ui]" in RECIPE
    assert re.search(r"^ui = ", project, re.MULTILINE)


def test_its_commands_are_commands_of_the_program():
    (start,), (usual,) = of("ENTRYPOINT"), of("CMD")
    given = taken([*json.loads(start), *json.loads(usual)])
    assert given["file"] == "acute.yaml"
    assert (given["share"], given["no_browser"], given["port"]) == (True, True, 8501)
    assert of("EXPOSE") == ["8501"]
    (first,) = [words for words in of("RUN") if words.startswith("simulate")]
    assert taken(shlex.split(first.partition(" && ")[0]))


@pytest.mark.parametrize("line", re.findall(r"^(?:simulate tune|podman run) .*$", GUIDE, re.MULTILINE))
def test_the_lines_of_the_guide_are_commands_of_the_program(line):
    (start,) = of("ENTRYPOINT")
    if line.startswith("podman"):
        rest = shlex.split(line.partition(" coursesim")[2]) or ["acute.yaml"]
        assert taken([*json.loads(start), *rest])["share"]
    else:
        assert taken(shlex.split(line))["share"]


def test_every_option_that_the_guide_names_exists():
    own = {word for option in tune.params for word in option.opts}
    others = {"--rm", "--chown"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE))
    assert named - own - others == set()


def test_nothing_runs_as_root():
    names = [name for name, _ in STEPS]
    assert of("USER") == ["coursesim"]
    assert names.index("USER") < names.index("COPY")
