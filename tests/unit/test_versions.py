"""The files of versions say what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = {"mypy", "myst-parser", "ruff", "sphinx"}
"""Not needed to run a test."""


def pinned(name):
    lines = (ROOT / "tests" / "versions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return {re.sub(r"[-_.]+", "-", n).lower(): v for n, v in (line.split("==") for line in lines if "#" not in line)}


def bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in sum(project["optional-dependencies"].values(), project["dependencies"]):
        name, bound = wanted.split(">=")
        least, _, below = bound.partition(",<")
        yield re.sub(r"[-_.]+", "-", name).lower(), least, below


def numbers(version):
    return tuple(int(part) for part in re.findall(r"\d+", version))


@pytest.mark.parametrize(("name", "bound", "below"), sorted(set(bounds())))
def test_the_lowest_versions_are_those_of_the_project_and_the_locked_ones_are_allowed(name, bound, below):
    if name not in TOOLS:
        assert numbers(pinned("lowest")[name])[: len(numbers(bound))] == numbers(bound)
        assert not any(numbers(pinned("lowest")[name])[len(numbers(bound)) :])
    assert numbers(pinned("locked")[name]) >= numbers(bound)
    assert not below or numbers(pinned("locked")[name]) < numbers(below)
