"""What is meant by a command or a name that there is not: said wherever one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import cli
from sim.errors import EXIT_USAGE, ScenarioError, UsageError, did_you_mean
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario


def refused(*words: str) -> str:
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)
    assert caught.value.exit_code == EXIT_USAGE
    return str(caught.value)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("optimize acute.yaml", "Did you mean 'simulate optimise'?"),
        ("Compare acute.yaml", "Did you mean 'simulate compare'?"),
        ("chek acute.yaml", "Did you mean 'simulate check'?"),
        ("sensitivty", "Did you mean 'simulate sensitivity'?"),
        ("run acute.yaml", "to run a scenario, type: simulate --config acute.yaml"),
        ("run", "to run a scenario, type: simulate --config acute.yaml"),
        ("run --config chronic.yaml --draws 100", "type: simulate --config chronic.yaml --draws 100"),
        ("run --patients 100 chronic", "type: simulate --config chronic.yaml --patients 100"),
        ("acute.yaml", "'acute.yaml' is a scenario; to run it, type: simulate --config acute.yaml"),
        ("acute.yaml --patients 200", "type: simulate --config acute.yaml --patients 200"),
        ("not_there.yml", "type: simulate --config not_there.yml"),
        ("acute", "'acute' is a scenario; to run it, type: simulate --config acute.yaml"),
        ("psa.csv --at 20000", "type: simulate value --table psa.csv --at 20000"),
        ("xyzzy", "there is no command 'xyzzy'; allowed: budget, calibrate, check, checklist, clinic, "),
        ("xyzzy", "; see simulate --help"),
    ],
)
def test_what_to_type_instead_of_a_command_that_there_is_not(here: Path, words: str, said: str) -> None:
    assert said in refused(*words.split())


def test_a_file_beside_one_is_known_without_its_ending(here: Path) -> None:
    Path("my clinic.yaml").write_text("extends: acute.yaml\n")
    assert refused("my clinic").endswith("type: simulate --config 'my clinic.yaml'")


@pytest.mark.parametrize("word", ["x" * 5000, "a\0b", "../" * 300, "*"])
def test_no_word_is_too_odd_to_be_refused(here: Path, word: str) -> None:
    assert len(refused(word)) < 1000


def faults_of(*overrides: str, text: str = "extends: article.yaml\n") -> list[str]:
    Path("a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario("a.yaml", overrides, outcomes=OUTCOME_NAMES)
    return caught.value.faults


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("profiles.acute_strian.baseline_pain.mean=4", "acute_strain"),
        ("protocols.combned.visits=4", "combined"),
        ("modalities.dry_needlng.cost=4", "dry_needling"),
        ("claims.dry_needlng.pain_reduction=4", "dry_needling"),
        ("parameters.acupunture.ceiling=0.2", "acupuncture"),
        ("modalities.dry_needling.target=musculr", "muscular"),
        ("primary.outcome=QALY", "qaly"),
        ("primary.outcome=lasting relief", "lasting_relief"),
        ("primary.arms=[combined, dry-needling]", "dry_needling"),
        ("arms=[Usual Care, dry_needling]", "usual_care"),
        ("cohort.profiles={stres_linked: 1}", "stress_linked"),
        ("calibration.profiles={Chronic: 1}", "chronic"),
        ("protocols.combined.each_visit=[acupunture]", "acupuncture"),
        ("policies.step_up.give=dry_neeling", "dry_needling"),
        ("relapse.form=episode", "episodes"),
    ],
)
def test_a_near_miss_of_a_name_is_said_wherever_one_is_given(here: Path, override: str, meant: str) -> None:
    faults = faults_of(override)
    assert sum(f"Did you mean '{meant}'?" in fault for fault in faults) == 1, faults
    assert all(fault.startswith("--set ") for fault in faults), faults


def test_a_near_miss_in_a_file_is_said_with_its_line(here: Path) -> None:
    (fault,) = faults_of(text="extends: article.yaml\nprotocols:\n  combned: {visits: 4}\n")
    assert fault.startswith("a.yaml:3:")
    assert fault.endswith("Did you mean 'combined'?")


def test_an_entry_that_is_complete_is_not_taken_for_another(here: Path) -> None:
    faults = faults_of("protocols.acupuncture.visits=1000")
    assert faults
    assert not any("Did you mean" in fault for fault in faults), faults


def test_what_is_meant_is_said_however_long_the_list_of_what_is_allowed(here: Path) -> None:
    (fault,) = faults_of("primary.outcome=lasting_relif")
    assert fault.endswith("Did you mean 'lasting_relief'?")
    assert len(fault) <= 600


@pytest.mark.parametrize(
    ("given", "allowed", "meant"),
    [
        ("QALY", ["cost", "qaly"], "qaly"),
        ("Dry Needling", ["dry_needling", "Dry_needling"], "dry_needling"),
        ("dry-needling", ["acupuncture", "dry_needling"], "dry_needling"),
        ("zzz", ["cost", "qaly"], None),
        ("", ["cost"], None),
        ("x" * 100_000, ["cost"], None),
    ],
)
def test_case_spaces_and_hyphens_make_no_difference(given: str, allowed: list[str], meant: str | None) -> None:
    assert did_you_mean(given, allowed) == ("" if meant is None else f" Did you mean '{meant}'?")
