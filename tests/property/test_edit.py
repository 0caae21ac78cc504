"""Whatever is written into a scenario file: it loads as with `--set`, keeps every comment, and changes little else."""

from __future__ import annotations

import difflib
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.quantities import OUTCOME_NAMES
from sim.scenario.edit import rewritten
from sim.scenario.load import checked, config_folders, read_scenario

NUMBERS = {
    "claims.dry_needling.pain_reduction": (1.0, 5.0),
    "claims.dry_needling.visits_to_relief": (1.0, 5.0),
    "claims.acupuncture.satisfied": (0.1, 0.9),
    "claims.acupuncture.relapse_3mo": (0.1, 0.9),
    "profiles.chronic.baseline_pain.mean": (3.0, 9.0),
    "profiles.acute_strain.natural_course.plateau.mean": (0.1, 0.9),
    "profiles.acute_strain.natural_course.pain_left.day_42": (0.1, 0.9),
    "profiles.stress_linked.reading_noise.mean": (0.0, 3.0),
    "cohort.include.reported_pain_at_least": (0.0, 9.0),
    "soreness.mean": (1.0, 90.0),
    "soreness.points": (0.0, 3.0),
    "satisfaction.width": (0.1, 3.0),
    "modalities.acupuncture.cost": (0.0, 90.0),
    "modalities.dry_needling.fade": (1.0, 400.0),
    "response.rho": (-1.0, 1.5),
    "attendance.no_show": (0.0, 0.5),
    "response.context.ceiling": (0.0, 0.5),
}
WHOLES = {
    "protocols.combined.visits": (1, 12),
    "protocols.acupuncture_first.phases.1.visits": (1, 8),
    "cohort.size": (1, 10**6),
    "followup.horizon": (140, 400),
    "seed": (0, 99),
}
numbers = st.sampled_from(sorted(NUMBERS)).flatmap(
    lambda path: st.floats(*NUMBERS[path]).map(lambda value: (path, f"{path}={value!r}"))
)
wholes = st.sampled_from(sorted(WHOLES)).flatmap(
    lambda path: st.integers(*WHOLES[path]).map(lambda value: (path, f"{path}={value}"))
)
CHOICES = {
    "relapse.form": ("episodes", "none"),
    "relapse.several_modalities": ("best", "visit_weighted"),
    "modalities.acupuncture.needling": ("true", "false"),
}
choices = st.sampled_from(sorted(CHOICES)).flatmap(
    lambda path: st.sampled_from(CHOICES[path]).map(lambda word: (path, f"{path}={word}"))
)
shares = st.tuples(st.sampled_from(["cohort", "calibration"]), st.integers(0, 100), st.integers(0, 100)).map(
    lambda drawn: (
        f"{drawn[0]}.profiles",
        f"{drawn[0]}.profiles={{acute_strain: {min(drawn[1:]) / 100}, chronic: {abs(drawn[1] - drawn[2]) / 100}, "
        f"stress_linked: {(100 - max(drawn[1:])) / 100}}}",
    )
)
changes = st.lists(st.one_of(numbers, wholes, choices, shares), max_size=6, unique_by=lambda change: change[0]).map(
    lambda drawn: [override for _, override in drawn]
)
RIVAL = "claims.dry_needling.pain_reduction"
"""A total, where literature.yaml itself states a difference: one cannot be written without removing the other."""
FILES = ("acute.yaml", "stress.yaml", "policies.yaml", "article.yaml", "literature.yaml")
STYLES = {
    "as it is": lambda text: text,
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "no last line end": lambda text: text.rstrip("\n"),
    "comments on lines": lambda text: re.sub(r"(?m)(?<=[}\]])$", "   # why: #1", text),
    "a comment after every section": lambda text: re.sub(r"(?m)^(?=\w)", "# -- next, #2\n", text) + "# the end\n",
}


def comments(text):
    """Return how often each comment stands in a text; quoted texts in the files used here hold no ` #`."""
    return Counter(found.strip() for found in re.findall(r"(?m)(?:^|(?<=\s))#.*$", text))


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("styles")
    found = {}
    for name in FILES:
        source = next(path / name for path in config_folders() if (path / name).exists())
        text = source.read_text(encoding="utf-8")
        for index, (style, styled) in enumerate(STYLES.items()):
            file = folder / f"{index}_{name}"
            file.write_bytes(styled(text).encode())
            found[name, style] = read_scenario(str(file))
    return found


def loaded(text, folder, name):
    file = folder / name
    file.write_bytes(text.encode())
    return checked(read_scenario(str(file)), [], OUTCOME_NAMES).scenario


def is_rival(name, overrides):
    return name == "literature.yaml" and any(override.startswith(RIVAL) for override in overrides)


@given(st.sampled_from(FILES + FILES[:3]), st.sampled_from(sorted(STYLES)), changes)
@settings(max_examples=40, deadline=None)
def test_an_edited_file_loads_as_with_overrides_and_keeps_comments(merged, tmp_path_factory, name, style, overrides):
    before = merged[name, style]
    try:
        asked = checked(before, [("--set", override) for override in overrides], OUTCOME_NAMES).scenario
    except ScenarioError:
        return  # a profile without its place in the mix, say: nothing to write
    if is_rival(name, overrides):
        with pytest.raises(ScenarioError, match="keep it as an option"):
            rewritten(before, overrides)
        return
    after = rewritten(before, overrides)
    assert loaded(after, before.files[0].parent, "edited.yaml") == asked
    assert not comments(before.own.text) - comments(after)
    assert comments(after) == comments(before.own.text)


@given(st.sampled_from(FILES), changes)
@settings(max_examples=20, deadline=None)
def test_only_lines_of_what_was_changed_differ(merged, name, overrides):
    before = merged[name, "as it is"]
    if is_rival(name, overrides):
        return
    after = rewritten(before, overrides)
    steps = {step for override in overrides for step in override.partition("=")[0].split(".")}
    for line in difflib.unified_diff(before.own.text.splitlines(), after.splitlines(), lineterm="", n=0):
        if line[:1] in "+" and not line.startswith("+++"):
            assert any(step in line for step in steps), line
    gone = [line for line in difflib.ndiff(before.own.text.splitlines(), after.splitlines()) if line.startswith("- ")]
    assert len(gone) <= 6 * len(overrides)  # a sourced number may stand on up to six lines


@given(changes)
@settings(max_examples=10, deadline=None)
def test_writing_what_is_there_changes_nothing(merged, overrides):
    before = merged["acute.yaml", "as it is"]
    once = rewritten(before, overrides)
    file = before.files[0].parent / "once.yaml"
    file.write_bytes(once.encode())
    assert rewritten(read_scenario(str(file)), overrides) == once
    assert rewritten(before, []) == before.own.text
