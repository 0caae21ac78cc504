"""A room imports only from rooms above it, and nobody but streams draws random numbers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sim.quantities import OUTCOMES

ROOT = Path(__file__).resolve().parents[2] / "sim"
ROOMS = (
    "errors", "roots", "stamp", "compiling", "compiled", "plain_text", "units", "quantities", "output", "tables",
    "scenario", "luck", "patient", "calibration", "estimate", "study", "decision", "capacity", "learn", "report",
    "api", "page", "cli",
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


LONGEST = 350


def test_no_file_is_too_long_for_one_subject():
    lines = {str(f.relative_to(ROOT)): len(f.read_text(encoding="utf-8").splitlines()) for f in FILES}
    assert not {name: count for name, count in lines.items() if count > LONGEST}


WORDS = frozenset({"visits", "cost", "relief", "soreness", "bruising", "satisfied", "relapses"})
"""Names of outcomes that are words of the field, and so name other things too."""
NAMES = frozenset(outcome.name for outcome in OUTCOMES)
LITERALS = {
    "the list of outcomes itself": (NAMES, ("quantities.py",)),
    "each number is written down under its name": (NAMES, ("patient/record.py",)),
    "keys of a scenario, of which some claims are called as the outcome that they are of": (
        NAMES, ("scenario/", "calibration/", "study/inputs.py", "learn/evidence_fragment.py", "learn/prior.py"),
    ),
    "keys of a scenario that are words": (
        WORDS, ("patient/arms.py", "estimate/histograms.py", "study/prepare.py", "decision/candidates.py",
                "report/search/files.py", "report/words/inputs.py", "page/inputs.py", "page/results.py"),
    ),
    "a clinic has its own list of measures": (
        NAMES, ("capacity/catalogue.py", "capacity/measures.py", "capacity/recorded_week.py", "capacity/shares.py",
                "report/clinic/people.py", "report/clinic/replay.py", "report/clinic/tables.py",
                "report/clinic/year.py"),
    ),
    "columns and headings of costs and effects": (
        WORDS, ("decision/value/shape.py", "decision/value/new_study.py", "report/value/",
                "report/document/workbook_words.py"),
    ),
    "columns, files and topics of a clinic's records": (WORDS, ("learn/", "report/description/", "api/records.py")),
    "what people search for": (frozenset({"bruising", "cost", "relapse", "soreness"}), ("page/search.py",)),
    "what a user types who means QALYs": (frozenset({"qaly"}), ("decision/value/table.py",)),
    "streams of chance are named after what they decide": (WORDS, ("luck/numbers.py",)),
    "units and ranges of values": (WORDS, ("units.py", "estimate/estimates.py", "page/figures.py")),
    "curves, marks and sections of a report": (
        WORDS, ("study/curves.py", "report/run/time_figures.py", "report/run/patient_figures.py",
                "report/run/document.py", "report/run/workbook.py"),
    ),
}  # fmt: skip
"""Where names of outcomes may stand as text, by reason: which names, in which files and folders."""


def literals(source):
    """Return the texts in a program that are exactly the name of an outcome."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and value in NAMES}


def allowed_in(place):
    return frozenset().union(*(names for names, places in LITERALS.values() if place.startswith(places)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_outcomes_are_asked_for_by_place_or_by_a_name_of_quantities(file):
    place = file.relative_to(ROOT).as_posix()
    assert not literals(file.read_text(encoding="utf-8")) - allowed_in(place)


def test_no_exception_outlives_its_reason():
    used = {f.relative_to(ROOT).as_posix(): literals(f.read_text(encoding="utf-8")) for f in FILES}
    for names, places in LITERALS.values():
        for place in places:
            assert any(found & names for name, found in used.items() if name.startswith(place)), place


def test_a_name_of_an_outcome_as_a_literal_would_be_seen():
    assert literals("found = panel.get(arm, 'lasting_relief')") - allowed_in("report/run/summary.py")
    assert literals("rows['qaly']") - allowed_in("report/value/tables.py")
    assert not literals("said = f'lasting_relief of {arm}'")


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
