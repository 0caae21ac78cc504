"""Fuzzing of the configuration loader: whatever stands in the file, it is a scenario or a message, and soon.

Cases that were found, here or by `python -m tests.fuzz.loader`, are files in `tests/property/found`, always tried; what
Hypothesis notes for itself is in `.hypothesis`, which git ignores. `pytest -m long` tries 100,000 inputs.
"""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.loading import FOUND, OPTION, SEEDS, Loading, shipped_files_read_once

SEED_TEXTS = [file.read_text(encoding="utf-8") for file in SEEDS]
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
    st.sampled_from(SEED_TEXTS),
    st.lists(MUTATION, min_size=1, max_size=8),
)
OPTIONS = st.lists(
    st.builds(
        lambda path, equals, parts: OPTION.decode() + path + equals + "".join(parts),
        st.sampled_from(
            ["arms.0", "cohort.profiles", "claims.acupuncture.satisfied", "protocols.combined.stop", "x", ""]
        ),
        st.sampled_from(["=", "", "==", ".", ".value=", ".0="]),
        st.lists(st.sampled_from(PARTS) | st.text(max_size=9), max_size=6),
    ),
    min_size=1,
    max_size=3,
).map("\n".join)
TEXT = st.one_of(MUTATED, MUTATED, MUTATED, OPTIONS, st.text(max_size=200))
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
def holds(tmp_path_factory):
    """Return what checks one input."""
    with shipped_files_read_once():
        yield Loading(tmp_path_factory.mktemp("fuzz")).holds


@pytest.mark.parametrize("file", sorted(FOUND.glob("*")), ids=lambda file: file.name)
def test_what_was_found_once_holds(holds, file):
    holds(file.read_bytes())


def settings_for(examples):
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@settings_for(400)
@given(INPUTS)
@example(b"extends: acute.yaml\n" + b"a: " * 2000)
@example(b"\xff\xfe")
@example(b"a: &a [*a]")
def test_any_file_is_a_scenario_or_a_message(holds, content):
    holds(content)


@pytest.mark.long
@settings_for(100_000)
@given(INPUTS)
def test_a_hundred_thousand_files_are_scenarios_or_messages(holds, content):
    holds(content)
