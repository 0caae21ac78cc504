"""A room imports only from rooms above it, and nobody but streams draws random numbers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "sim"
ROOMS = (
    "errors", "compiled", "plain_text", "units", "quantities", "output", "scenario", "luck", "patient", "calibration",
    "estimate", "study", "decision", "clinic", "report", "page", "cli",
)  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""


def room_of(file):
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def upward(file):
    here = room_of(file)
    for module in imported(file):
        if module.startswith("sim.") and here in ROOMS:
            there = module.split(".")[1]
            if there != here and ROOMS.index(there) > ROOMS.index(here):
                yield f"{file.relative_to(ROOT.parent)} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_up_the_list_only(file):
    assert not list(upward(file))


def test_an_import_the_wrong_way_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.unit.test_architecture.ROOT", tmp_path / "sim")
    file = tmp_path / "sim" / "patient" / "wrong.py"
    file.parent.mkdir(parents=True)
    file.write_text("from sim.report.document.html import render_html\n")
    assert list(upward(file))


def test_there_is_no_cycle_between_modules():
    names = {str(f.relative_to(ROOT.parent).with_suffix("")).replace("/", "."): f for f in FILES}
    graph = {name: {m for m in imported(file) if m in names and m != name} for name, file in names.items()}
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        path.append(name)
        for other in graph[name]:
            visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_only_streams_use_numpy_random():
    users = [f for f in FILES if "numpy.random" in f.read_text() or "np.random" in f.read_text()]
    assert [f.name for f in users] == ["streams.py"]


def test_no_file_holds_two_rooms():
    long = {f.name: len(f.read_text().splitlines()) for f in FILES if len(f.read_text().splitlines()) > 350}
    assert not long


def named_by_hand(source):
    """Yield the lines in which a unit is compared with text, instead of asked or compared with one of `sim.units`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            both = (node.left, *node.comparators)
            texts = [part for side in both for part in ast.walk(side) if isinstance(part, ast.Constant)]
            if any(is_unit(side) for side in both) and any(isinstance(part.value, str) for part in texts):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in ("startswith", "endswith") and is_unit(node.value):
            yield node.lineno


def is_unit(node):
    return (isinstance(node, ast.Name) and node.id == "unit") or (
        isinstance(node, ast.Attribute) and node.attr == "unit"
    )


def test_no_unit_is_compared_with_text():
    found = {f"{f.relative_to(ROOT)}:{line}" for f in FILES for line in named_by_hand(f.read_text(encoding="utf-8"))}
    assert not found


@pytest.mark.parametrize("source", [
    "unit == 'share'", "found.unit != 'days'", "one.unit in ('days', 'hours')", "one.unit.startswith('share')",
])  # fmt: skip
def test_a_unit_compared_with_text_would_be_seen(source):
    assert list(named_by_hand(source))
    assert not list(named_by_hand("found.unit == DAYS or name == 'share' or unit.is_share"))
