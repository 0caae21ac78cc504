"""The examples in docstrings run, and every public function and class has one."""

from __future__ import annotations

import doctest
import importlib
import inspect

import pytest

import sim

MODULES = (
    "sim", "sim.api.asking", "sim.api.checking", "sim.api.deciding", "sim.api.valuing", "sim.api.planning",
    "sim.api.running", "sim.api.saved", "sim.output.names", "sim.quantities", "sim.report.command", "sim.report.table",
    "sim.report.words.numbers", "sim.scenario.source", "sim.units",
)  # fmt: skip
"""Modules with examples that run."""
SHOWING = ("sim.report.result",)
"""Modules whose examples would all simulate: they are shown, not run."""


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_give_what_they_show(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", SHOWING)
def test_examples_that_are_only_shown_can_be_read(name):
    examples = [one for test in doctest.DocTestFinder().find(importlib.import_module(name)) for one in test.examples]
    assert examples
    for one in examples:
        compile(one.source, name, "single")


@pytest.mark.parametrize("name", [name for name in sim.__all__ if not name.startswith("_")])
def test_what_is_public_has_an_example_that_uses_it(name):
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(sim, name)) or "")
    assert any(f"sim.{name}(" in one.source or name == "Scenario" for one in examples)


def test_a_wrong_example_would_be_seen():
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner().run(test, out=lambda _: None).failed == 1
