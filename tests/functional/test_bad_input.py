"""Every kind of bad scenario: what is said, and at which line and column."""

# ruff: noqa: E501 (one line a case reads best)

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import EXIT_USAGE, ScenarioError
from sim.scenario.load import load_scenario

OUTCOMES = frozenset({"pain_reduction", "pain_reduction_day42"})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults_of(text: str, *overrides: str) -> list[str]:
    Path("a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario("a.yaml", overrides, outcomes=OUTCOMES)
    assert caught.value.exit_code == EXIT_USAGE
    assert all(fault.isprintable() and len(fault) < 600 for fault in caught.value.faults)
    return caught.value.faults


ALONE = [
    ("titel: x", "a.yaml:2:1: titel: unknown key; allowed: "),
    ("titel: x", "Did you mean 'title'?"),
    ("cohort: {sise: 5}", "a.yaml:2:10: cohort.sise: unknown key; allowed: include, profiles, size. Did you mean 'size'?"),
    ("cohort: {size: 1, size: 2}", "a.yaml:2:19: duplicate key 'size' (first at 2:10)"),
    ("<<: {title: x}", "a.yaml:2:1: <<: unknown key"),
    ("title: 5", "a.yaml:2:8: title: must be text; given 5"),
    ("title:", "a.yaml:2:1: title: must be text; given nothing"),
    ('title: ""', "a.yaml:2:8: title: must not be empty; given ''"),
    ("cohort: 5", "a.yaml:2:9: cohort: must be a mapping; given 5"),
    ("cohort: {size: five}", "a.yaml:2:16: cohort.size: must be a whole number; given 'five'"),
    ("cohort: {size: 1.5}", "a.yaml:2:16: cohort.size: must be a whole number; given 1.5"),
    ("cohort: {size: true}", "a.yaml:2:16: cohort.size: must be a whole number; given true"),
    ("cohort: {size: .nan}", "a.yaml:2:16: cohort.size: must be a whole number; given .nan"),
    ("cohort: {size: .inf}", "a.yaml:2:16: cohort.size: must be a whole number; given .inf"),
    ("cohort: {size: -5}", "a.yaml:2:16: cohort.size: must be at least 1; given -5"),
    ("cohort: {size: 0}", "a.yaml:2:16: cohort.size: must be at least 1; given 0"),
    ("cohort: {size: 1e15}", "a.yaml:2:16: cohort.size: must be at most 10000000000; given 1000000000000000.0"),
    ("cohort: {size: " + "9" * 99 + "}", "cohort.size: must be at most 10000000000; given 999"),
    ("cohort: {profiles: {chronic: 0.5}}", "a.yaml:2:20: cohort.profiles: the shares must sum to 1, they sum to 0.5"),
    ("cohort: {profiles: {chronic: 1.5, acute_strain: -0.5}}", "a.yaml:2:30: cohort.profiles.chronic: must be at most 1"),
    ("cohort: {profiles: {chronc: 1}}", "a.yaml:2:21: cohort.profiles.chronc: unknown profile; allowed: "),
    ("cohort: {profiles: {chronc: 1}}", "Did you mean 'chronic'?"),
    ("cohort: {profiles: {chronic: true}}", "a.yaml:2:30: cohort.profiles.chronic: must be a number; given true"),
    ("cohort: {profiles: {}}", "a.yaml:2:20: cohort.profiles: must have at least 1 entry; given {}"),
    ("arms: [usual_care, drynedling]", "a.yaml:2:20: arms.1: unknown arm (a protocol or a policy); allowed: "),
    ("arms: [usual_care, dry_needlng]", "; given 'dry_needlng'. Did you mean 'dry_needling'?"),
    ("arms: {a: 1}", "a.yaml:2:7: arms"),
    ("arms: []", "a.yaml:2:7: arms: must have at least 1 entry; given []"),
    ("arms: [usual_care, usual_care]", "a.yaml:2:7: arms: the same name appears twice; given "),
    ("primary: {outcome: pane}", "a.yaml:2:20: primary.outcome: unknown outcome; allowed: "),
    ("primary: {arms: [usual_care]}", "a.yaml:2:17: primary.arms.1: missing; the list is too short"),
    ("seed: -1", "a.yaml:2:7: seed: must be at least 0; given -1"),
    ("claims: {massage: {}}", "a.yaml:2:10: claims.massage: unknown modality; allowed: dry_needling, acupuncture, sham, advice"),
    ("claims: {massage: {}}", "a.yaml:2:19: claims.massage.course: missing"),
    ("claims: {dry_needling: {satisfied: 79}}", "satisfied: must be above 0 and below 1; for 79 % write 0.79; given 79"),
    ("claims: {dry_needling: {satisfied: {value: 79, source: x}}}", "a.yaml:2:44: claims.dry_needling.satisfied.value"),
    ("claims: {dry_needling: {satisfied: .nan}}", "a.yaml:2:36: claims.dry_needling.satisfied: must be a finite number; given .nan"),
    ("claims: {dry_needling: {satisfied: {value: .inf}}}", "a.yaml:2:44: claims.dry_needling.satisfied.value: must be a finite"),
    ("claims: {dry_needling: {satisfied: no}}", "a.yaml:2:36: claims.dry_needling.satisfied: must be a number (above 0"),
    ("claims: {dry_needling: {satisfied: true}}", "or a mapping with value and source; given true"),
    ("claims: {dry_needling: {satisfied: {value: true}}}", "a.yaml:2:44: claims.dry_needling.satisfied.value: must be a number; given true"),
    ("claims: {dry_needling: {satisfied: {value: '0.5'}}}", "must be a number; write 0.5; given '0.5'"),
    ("claims: {dry_needling: {visits_to_relief: {range: [2, 1]}}}", "`range` is two numbers, the smaller first"),
    ("claims: {dry_needling: {satisfied: {value: 0.5, uncertainty: {normal: {}}}}}", "give `sd`, or `low` and `high`"),
    ("protocols: {p: {visits: 3}}", "a.yaml:2:16: protocols.p: give either `each_visit`"),
    ("protocols: {p: {visits: 61, each_visit: []}}", "a.yaml:2:25: protocols.p.visits: must be at most 60; given 61"),
    ("protocols: {p: {visits: 3, every_days: 0, each_visit: []}}", "a.yaml:2:40: protocols.p.every_days: must be at least 1; given 0"),
    ("protocols: {p: {visits: 3, each_visit: massage}}", "a.yaml:2:40: protocols.p.each_visit: unknown modality; allowed: "),
    ("protocols: {p: {visits: 3, each_visit: [], stop: 3}}", "a.yaml:2:50: protocols.p.stop: must be a mapping; given 3"),
    ("protocols: {p: {phases: [{visits: 3, each_visit: massage}]}}", "a.yaml:2:50: protocols.p.phases.0.each_visit: unknown"),
    ("modalities: {massage: {target: muscular}}", "a.yaml:2:14: modalities.massage: needs its claims"),
    ("modalities: {dry_needling: {target: nerve}}", "modalities.dry_needling.target: must be 'muscular' or 'central'; given 'nerve'"),
    ("utility: {loss: [1, 2]}", "a.yaml:2:17: utility.loss: must have at least 10 entries; given [1, 2]"),
    ("modalities: {dry_needling: {fade: 0}}", "a.yaml:2:35: modalities.dry_needling.fade: must be above 0"),
    ("profiles: {chronic: {natural_course: {plateau: {mean: -0.1}}}}", "profiles.chronic.natural_course.plateau.mean: must be at least 0"),
    ("profiles: {chronic: {natural_course: {pain_left: null}}}", "profiles.chronic.natural_course.pain_left: must be a mapping"),
    ("claims: {dry_needling: {over_sham: {uncertainty: {normal: {sd: 0.1}}}}}", "claims.dry_needling.over_sham.value: missing"),
    ("claims: {dry_needling: {over: {acupuncture: 1}}, acupuncture: {over: {dry_needling: 1}}}", "these differences go round in a circle"),
    ("claims: {dry_needling: {satisfied: {value: 0.5, uncertainty: {beta: {sd: 0}}}}}", "uncertainty.beta.sd: must be above 0"),
    ("claims: {dry_needling: {over_sham: 1, over: {acupuncture: 1}}}", "give only one of `pain_reduction`, `over_sham` and `over`"),
    ("structure: {relapse: {episodes: {weight: 0.7}}}", "structure.relapse: the weights must sum to 1, they sum to 0.7"),
    ("followup: {horizon: 90}", "followup.horizon: must be at least 133"),
    ("extends: article.yaml", "a.yaml:2:1: duplicate key 'extends'"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "message"), ALONE)
def test_one_fault_is_named_with_its_place(here: Path, line: str, message: str) -> None:
    faults = faults_of(f"extends: article.yaml\n{line}\n")
    assert any(message in fault for fault in faults), faults
    assert all(fault.startswith("a.yaml:2:") for fault in faults)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("cohort.size=-5", "--set cohort.size=-5: cohort.size: must be at least 1; given -5"),
        (
            "cohort.siz=5",
            "--set cohort.siz=5: cohort.siz: unknown key; allowed: include, profiles, size. Did you mean 'size'?",
        ),
        ("arms.0=x", "--set arms.0=x: arms.0: unknown arm (a protocol or a policy); allowed: "),
        ("claims.dry_needling.pain_reduction=true", "claims.dry_needling.pain_reduction: must be a number ("),
        ("claims.dry_needling.pain_reduction.value=77", "must be at least -10 and at most 10; given 77"),
        ("claims.acupuncture={pain_reduction: null, over_sham: -11}", "must be at least -10 and at most 10; given -11"),
        ("claims.dry_needling={pain_reduction: null, over: {acupuncture: 10.5}}", "at most 10; given 10.5"),
        (
            "cohort.profiles.chronic=0.5",
            "--set cohort.profiles.chronic=0.5: cohort.profiles: the shares must sum to 1, they sum to 1.2",
        ),
    ],
)
def test_a_fault_of_an_option_names_the_option(here: Path, override: str, message: str) -> None:
    faults = faults_of("extends: article.yaml\n", override)
    assert any(message in fault for fault in faults), faults


def test_all_faults_are_reported_at_once_in_order_of_place(here: Path) -> None:
    text = """\
extends: article.yaml
cohort:
  size: -5
  profiles: {acute_strain: 1.0}
  colour: red
arms: [usual_care, dry_needlin]
claims:
  dry_needling:
    satisfied: 1.2
relapse:
  shape: {value: .inf}
"""
    assert [fault.split(": ")[:2] for fault in faults_of(text, "seed=no", "pain_free_below=11")] == [
        ["a.yaml:3:9", "cohort.size"],
        ["a.yaml:5:3", "cohort.colour"],
        ["a.yaml:6:20", "arms.1"],
        ["a.yaml:9:16", "claims.dry_needling.satisfied"],
        ["a.yaml:11:18", "relapse.shape.value"],
        ["--set pain_free_below=11", "pain_free_below"],
        ["--set seed=no", "seed"],
    ]


def test_faults_in_the_evidence_set_are_placed_there(here: Path) -> None:
    Path("base.yaml").write_text("extends: article.yaml\n\nseed: -1\n", encoding="utf-8")
    assert faults_of("extends: base.yaml\narms: [x]\n") == [
        "a.yaml:2:8: arms.0: unknown arm (a protocol or a policy); allowed: usual_care, advice, sham, dry_needling, acupuncture, combined,"
        " alternating, acupuncture_first, guided_choice, stepped_care, stepped_care_acupuncture, stop_on_relief; given 'x'",
        "base.yaml:3:7: seed: must be at least 0; given -1",
    ]


def test_a_scenario_without_evidence_is_told_what_to_extend(here: Path) -> None:
    (missing, *others) = faults_of("title: x\ncohort: {size: 5}\n")
    assert missing.startswith("a.yaml:1:1: missing sections: evidence, arms, ")
    assert missing.endswith("add 'extends: article.yaml' to take them from an evidence set")
    assert others == ["a.yaml:2:9: cohort.profiles: missing"]


def test_a_long_list_of_faults_is_cut(here: Path) -> None:
    faults = faults_of("extends: article.yaml\n" + "".join(f"x{number}: 1\n" for number in range(100)))
    assert len(faults) == 31
    assert faults[-1] == "... and 70 more"


def test_a_huge_value_is_shown_short(here: Path) -> None:
    (fault,) = faults_of(f"extends: article.yaml\nseed: {{{', '.join(f'k{n}: {{}}' for n in range(900))}}}\n")
    assert fault == "a.yaml:2:7: seed: must be a whole number; given a mapping"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("budget: {population: 9, prevalence: 0.1, now: {sham: 1}, after: {sham: 0.95, advice: 0.3}}",
         "budget: the shares of `after` sum to 1.25 in year 1; allowed: at most 1"),
        ("extends: {article: yaml}", "extends: must be the name of one file; given a mapping"),
        ("title: [[a, b], {c: d}]", "title: must be text; given a list"),
        ("title: [1, 2]", "title: must be text; given [1, 2]"),
        ("arms: [" + ", ".join(["usual_care"] * 12) + "]", "arms: the same name appears twice"),
    ],
)  # fmt: skip
def test_no_mapping_and_no_long_list_is_written_out(here: Path, entry: str, message: str) -> None:
    text = entry if entry.startswith("extends") else f"extends: article.yaml\n{entry}"
    (fault,) = faults_of(f"{text}\n")
    assert fault.endswith(f": {message}")
