"""Fuzzing of the configuration loader: whatever stands in the file, it is a scenario or a message, and soon.

Found cases are kept in `tests/property/found` and are tried first. `pytest -m long` tries 100,000 inputs.
"""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

import sim.scenario.load as loader
from sim.errors import UsageError
from sim.patient.outcomes import OUTCOME_NAMES

ROOT = Path(__file__).resolve().parents[2]
SEEDS = [
    (ROOT / "configs" / name).read_text() for name in ("acute.yaml", "policies.yaml", "clinic.yaml", "chronic.yaml")
]
PARTS = [
    "{", "}", "[", "]", ":", ": ", ",", "- ", "\n", "\n  ", "|\n", ">\n", "'", '"', "#", "? ", "~", "=", "{}", "[]",
    "&a ", "*a", "<<: ", "!!python/object:os.system ", "!x ", "%YAML 1.1\n", "---\n", "...\n",
    "null", "true", "no", ".inf", "-.nan", "1e400", "1e-400", "0x1F", "1_0", "-1", "0", "0.5", "2026-11-24", "9" * 400,
    "[" * 900, "{a: " * 300, "a" * 5000, "\t", "\x00", "\x85", "\u2028", "\ufeff", "\ud83d\ude00", "é",
    "extends: acute.yaml", "extends: ../../etc/passwd", "extends: [a]", "draws: {number: 100}", "value:",
    "cohort:", "profiles:", "arms:", "protocols:", "policies:", "claims:", "clinic:", "range: [2, 1]",
    "uncertainty: {beta: {alpha: 0, beta: 1}}",
]  # fmt: skip
CUT, COPY, PUT, SWAP = range(4)
MUTATION = st.tuples(st.integers(0, 3), st.floats(0, 1), st.integers(1, 60), st.sampled_from(PARTS))
MUTATED = st.builds(
    lambda seed, mutations: functools.reduce(lambda text, one: mutated(text, *one), mutations, seed),
    st.sampled_from(SEEDS),
    st.lists(MUTATION, min_size=1, max_size=8),
)
TEXT = st.one_of(MUTATED, MUTATED, MUTATED, st.text(max_size=200))
ANY = TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
INPUTS = st.one_of(ANY, ANY, ANY, st.binary(max_size=200))


def mutated(text, kind, place, length, part):
    at = int(place * len(text))
    if kind == CUT:
        return text[:at] + text[at + length :]
    if kind == COPY:
        return text[:at] + text[at : at + length] * 2 + text[at + length :]
    return text[:at] + part + text[at + (length if kind == SWAP else 0) :]


@pytest.fixture(scope="module")
def load_bytes(tmp_path_factory):
    """Return a loader of one file's content; the shipped files that it extends are read once."""
    folder = tmp_path_factory.mktemp("fuzz")
    file, read = folder / "input.yaml", loader.read_tree
    shipped = functools.cache(lambda path: read(path, path.name))

    def read_once(path, shown):
        if path.parent != ROOT / "configs":
            return read(path, shown)
        known = shipped(path)
        return loader.Document(loader_copy(known.tree), dict(known.places))

    def load(content):
        file.write_bytes(content)
        return loader.load_scenario(str(file), (), outcomes=OUTCOME_NAMES)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "read_tree", read_once)
        yield load


def loader_copy(tree):
    if isinstance(tree, dict):
        return {key: loader_copy(value) for key, value in tree.items()}
    return [loader_copy(value) for value in tree] if isinstance(tree, list) else tree


def holds(load, content):
    start = time.process_time()
    try:
        load(content)
    except UsageError as error:
        message = str(error)
        assert message.strip()
        assert len(message) < 20_000, "a message nobody can read"
    taken = time.process_time() - start
    if taken > 1.0:  # once more: something may have been loaded
        start = time.process_time()
        with suppress(UsageError):
            load(content)
        assert time.process_time() - start < 1.0, "a hang"


def settings_for(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        database=DirectoryBasedExampleDatabase(ROOT / "tests" / "property" / "found"),
        suppress_health_check=list(HealthCheck),
    )


@settings_for(400)
@given(INPUTS)
@example(b"extends: acute.yaml\n" + b"a: " * 2000)
@example(b"\xff\xfe")
@example(b"a: &a [*a]")
def test_any_file_is_a_scenario_or_a_message(load_bytes, content):
    holds(load_bytes, content)


@pytest.mark.long
@settings_for(100_000)
@given(INPUTS)
def test_a_hundred_thousand_files_are_scenarios_or_messages(load_bytes, content):
    holds(load_bytes, content)
