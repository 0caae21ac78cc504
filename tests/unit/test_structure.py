"""The form of the model as an input: its faults are told at their place, and forms come as often as they weigh."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.structure import Structure
from tests.conftest import load

SETTING = "structure.relapse.no_relapse.set"


def refused(*overrides: str) -> str:
    """Return the one message with which a scenario is refused."""
    with pytest.raises(ScenarioError) as caught:
        load("reference.yaml", overrides)
    (line,) = caught.value.faults
    return line


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("structure.relapse.episodes.weight=0.5", ": structure.relapse: the weights must sum to 1, they sum to 0.7"),
        ("structure.relapse.episodes.weight=0", "structure.relapse.episodes.weight: must be above 0; given 0"),
        ("structure.relapse.episodes.weight=1.5", "structure.relapse.episodes.weight: must be at most 1; given 1.5"),
        ("structure.relapse={}", "structure.relapse: must have at least 1 entry; given {}"),
        ("structure.relapse={one: {set: {}}}", "structure.relapse.one.weight: missing"),
        ("structure.relapse={one: {weight: 1, sett: {}}}", "structure.relapse.one.sett: unknown key; allowed: note,"),
        ("structure.relapse={one: {weight: 0.5, set: {relapse.form: none}}, other: {weight: 0.5}}",
         "structure.relapse.one.set: must be empty: the first alternative is what the scenario states, as an "
         "ordinary run takes it"),
        ("structure.relapse.episodes.set={response.match: 1}", "structure.relapse.episodes.set: must be empty: the"),
        (f"{SETTING}={{relapse.frm: none}}", f"{SETTING}.relapse.frm: this scenario has no `relapse.frm`; allowed in"),
        (f"{SETTING}={{relapse.frm: none}}", "Did you mean 'form'?"),
        (f"{SETTING}={{modalities.needles.fade: 3}}", "allowed in modalities: dry_needling, acupuncture, sham, advice"),
        (f"{SETTING}={{relapse.form.x: 1}}", "nothing stands below relapse.form"),
        (f"{SETTING}={{relapse.form: never}}", "relapse.form: must be 'episodes' or 'none'; given 'never'"),
        (f"{SETTING}={{response.rho: -1.5}}", "response.rho: must be at least -1 and at most 2; given -1.5"),
        (f"{SETTING}={{modalities.dry_needling.fade: 0}}", "fade: must be above 0 and at most 1e+06; given 0"),
        (f"{SETTING}={{profiles.chronic.baseline_pain.low: 9}}", "`mean` must lie between `low` and `high`"),
        (f"{SETTING}={{claims.acupuncture.pain_reduction: null, claims.acupuncture.over: {{massage: 1}}}}",
         "massage: unknown modality; allowed: dry_needling,"),
        (f"{SETTING}={{claims.acupuncture.over_sham: 1}}", "give only one of `pain_reduction`, `over_sham` and `over`"),
        (f"{SETTING}={{seed: 2}}", f"{SETTING}.seed: cannot be set here; allowed: what stands in claims, parameters,"),
        (f"{SETTING}={{protocols.combined.visits: 2}}", "cannot be set here"),
        (f"{SETTING}={{modalities.sham.needling: false}}", "is the same in every form of the model"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once_at_its_place(override: str, words: str) -> None:
    line = refused(override)
    assert words in line
    assert line.startswith("--set structure.")
    assert "\n" not in line


def test_each_wrong_setting_is_told() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("reference.yaml", [f"{SETTING}={{relapse.form: x, response.rho: 9, response.roh: 1}}"])
    assert len(caught.value.faults) == 2 + 1


def test_alternatives_replace_those_of_the_evidence_set_and_one_weight_can_be_set() -> None:
    literature = load("literature.yaml").scenario
    assert list(literature.structure["matching"]) == ["no_matching"]
    assert list(literature.structure["relapse"]) == ["episodes", "no_relapse"]
    shifted = ["structure.relapse.episodes.weight=0.9", "structure.relapse.no_relapse.weight=0.1"]
    weights = {name: one.weight for name, one in load("reference.yaml", shifted).scenario.structure["relapse"].items()}
    assert weights == {"episodes": 0.9, "no_relapse": 0.1}
    alone = load("reference.yaml", [f"{SETTING}={{response.match: 1}}"]).scenario.structure["relapse"]["no_relapse"]
    assert alone.set == {"response.match": 1}


@pytest.fixture(scope="module")
def structure() -> Structure:
    return Structure(load("reference.yaml").scenario)


def test_forms_are_all_combinations_and_weigh_one(structure: Structure) -> None:
    sizes = [len(alternatives) for alternatives in structure.scenario.structure.values()]
    assert len(structure.forms) == len(set(structure.forms)) == np.prod(sizes) == 24
    assert sum(form.weight for form in structure.forms) == pytest.approx(1, abs=1e-12)
    assert structure.forms[0].weight == pytest.approx(0.8 * 0.5 * 0.5 * 0.5)
    assert structure.forms[0].name == (
        "relapse: episodes, fading: as_stated, matching: as_claimed, several_modalities: best"
    )


def test_forms_are_chosen_as_often_as_they_weigh(structure: Structure) -> None:
    """Over even ranks every form comes as often as it weighs, and each alternative, whatever the others are."""
    per_kind = 40
    middles = (np.arange(per_kind) + 0.5) / per_kind
    ranks = np.stack(np.meshgrid(*[middles] * len(structure.kinds), indexing="ij"), axis=-1).reshape(-1, 4)
    ranks = np.random.default_rng(1).permutation(ranks)[:40_000]
    found = [structure.chosen(one) for one in ranks]
    for form in structure.forms:
        share = np.mean([one == form for one in found])
        assert abs(share - form.weight) < 5 * np.sqrt(form.weight * (1 - form.weight) / len(ranks)), form.name


@pytest.mark.parametrize(
    ("rank", "name"), [(0.0, "as_stated"), (0.499, "as_stated"), (0.5, "no_fading"), (0.749, "no_fading"),
                       (0.75, "gone_in_weeks"), (1.0, "gone_in_weeks")]
)  # fmt: skip
def test_a_rank_takes_the_alternative_that_it_falls_on(structure: Structure, rank: float, name: str) -> None:
    assert dict(structure.chosen([0.0, rank, 0.0, 0.0]).chosen)["fading"] == name


def form_of(structure: Structure, **names: str):
    return next(form for form in structure.forms if names.items() <= dict(form.chosen).items())


def test_a_variant_has_the_settings_of_its_form_and_nothing_else(structure: Structure) -> None:
    form = form_of(structure, relapse="no_relapse", fading="no_fading", matching="no_matching")
    variant = structure.variant(form)
    assert variant.relapse.form == "none"
    assert [one.fade for one in variant.modalities.values()] == [None] * 4
    assert float(variant.response.match) == 1
    back = variant.model_copy(
        update={part: getattr(structure.scenario, part) for part in ("relapse", "modalities", "response")}
    )
    assert back == structure.scenario
    assert structure.variant(form) is variant
    stated = structure.variant(structure.forms[0])
    assert stated is structure.scenario


def test_a_number_that_a_form_sets_is_not_drawn(structure: Structure) -> None:
    form = form_of(structure, relapse="episodes", fading="gone_in_weeks", matching="as_claimed")
    assert structure.sets(form, ("modalities", "dry_needling", "fade"))
    assert not structure.sets(form, ("modalities", "acupuncture", "fade"))
    assert not structure.sets(form, ("response", "match"))
    of_value = Structure(load("reference.yaml", [f"{SETTING}={{response.match.value: 1}}"]).scenario)
    assert of_value.sets(form_of(of_value, relapse="no_relapse"), ("response", "match"))


def test_settings_that_cannot_stand_together_are_told() -> None:
    """Each alone is fine; the mean of one lies below the least of the other."""
    place = "profiles.chronic.baseline_pain"
    scenario = load(
        "reference.yaml",
        [
            f"structure.one={{a: {{weight: 0.5}}, b: {{weight: 0.5, set: {{{place}.mean: 4}}}}}}",
            f"structure.two={{a: {{weight: 0.5}}, b: {{weight: 0.5, set: {{{place}.low: 5}}}}}}",
        ],
    ).scenario
    structure = Structure(scenario)
    with pytest.raises(ScenarioError, match=r"^structure: profiles\.chronic\.baseline_pain: `mean` must lie between"):
        structure.variant(form_of(structure, one="b", two="b"))


def test_a_scenario_without_alternatives_has_one_form() -> None:
    structure = Structure(load("reference.yaml").scenario.model_copy(update={"structure": {}}))
    assert [form.chosen for form in structure.forms] == [()]
    assert structure.chosen([]).weight == 1
    assert structure.variant(structure.forms[0]) is structure.scenario


def test_alternatives_are_frozen(structure: Structure) -> None:
    with pytest.raises(ValidationError):
        structure.scenario.structure["relapse"]["episodes"].weight = 1
