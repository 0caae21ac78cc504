"""Numbers keep their sources, and the shipped evidence sets are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from sim.calibration.reference import expected_reading
from sim.calibration.response import LEAST_POINTS
from sim.calibration.targets import doubt_of
from sim.errors import ScenarioError
from sim.scenario.evidence import Quantity, Source, Uncertainty
from sim.scenario.places import quantities
from sim.study.prepare import prepare
from tests.conftest import GIVEN_PARAMETERS, load

SHIPPED = ("article", "literature", "acute", "chronic", "stress", "reference")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_number_names_a_known_source(name):
    scenario = load(f"{name}.yaml").scenario
    found = list(quantities(scenario))
    assert len(found) > 70
    for place, quantity, _ in found:
        assert quantity.source != "scenario", place
        for source in quantity.source.split(", "):
            assert source in scenario.sources, (place, source)
    for finding in scenario.findings:
        assert all(source in scenario.sources for source in finding.source.split(", "))
    assert all(isinstance(source, Source) for source in scenario.sources.values())


def test_every_number_of_the_article_carries_its_quote():
    for place, quantity, _ in quantities(load("article.yaml").scenario):
        if quantity.source == "article":
            assert quantity.quote, place
            assert quantity.status in ("claim", "assumption"), place


def test_a_changed_number_loses_its_quote_and_source():
    override = "claims.dry_needling.pain_reduction=4.4"
    claim = load("acute.yaml", [override]).scenario.claims["dry_needling"].pain_reduction
    assert (claim.value, claim.source, claim.status, claim.quote) == (4.4, "scenario", "scenario", None)
    renamed = "claims.dry_needling.pain_reduction={source: our clinic}"
    claim = load("acute.yaml", [renamed]).scenario.claims["dry_needling"].pain_reduction
    assert (claim.value, claim.source, claim.status, claim.quote) == (3.8, "our clinic", "unverified", None)


C1 = {"acute_strain": (2.6, 2.2, 2.1), "chronic": (4.8, 4.3, 4.0), "stress_linked": (4.8, 4.3, 4.0)}
"""Mean pain without needling on days 42, 182 and 364, of 5.6 points at first (Wallwork 2024)."""


@pytest.mark.parametrize("name", ["article.yaml", "literature.yaml"])
def test_the_natural_course_is_that_of_its_source(name):
    for profile, points in C1.items():
        left = load(name).scenario.profiles[profile].natural_course.pain_left
        assert list(left) == ["day_42", "day_182", "day_364"]
        assert [float(one) for one in left.values()] == pytest.approx([x / 5.6 for x in points], abs=0.001)
        assert all(one.source == "C1" and one.status == "derived" for one in left.values())


def test_the_two_evidence_sets_share_the_context_effect():
    """Sham against usual care, 11 to 20 %; that against a waiting list must not be added to usual care."""
    context = [load(name).scenario.response.context for name in ("article.yaml", "literature.yaml")]
    assert context[0] == context[1]
    assert float(context[0].ceiling) == 0.15


def test_claims_of_the_literature_are_differences():
    claims = load("literature.yaml").scenario.claims
    assert float(claims["acupuncture"].over_sham) == 0.4
    assert {other: float(one) for other, one in claims["dry_needling"].over.items()} == {"acupuncture": 0.4}
    for one in claims.values():
        assert one.pain_reduction is one.visits_to_relief is one.satisfied is None
        assert float(one.relapse_3mo) == 0.42


@pytest.mark.parametrize("sd", [0.0, 0.3, 1.55, 4.0])
def test_expected_reading_against_simulation(sd):
    noise = np.random.default_rng(1).standard_normal(400_000)
    for pain in (0.0, 0.7, 5.0, 9.8):
        readings = np.clip(pain + sd * noise, 0, 10)
        error = max(readings.std() / np.sqrt(len(readings)), 1e-12)
        expected = float(expected_reading(np.array([pain]), np.array([sd]))[0])
        assert abs(expected - readings.mean()) < 5 * error + 1e-9


@pytest.mark.parametrize("course", ["{visits: 6, each_visit: []}", "{visits: 6, alternate: [dry_needling, []]}"])
def test_the_course_of_a_claim_must_needle_at_every_visit(course):
    with pytest.raises(ScenarioError, match="at every visit"):
        load("reference.yaml", [f"claims.dry_needling.course={course}"])


@pytest.mark.parametrize(
    ("given", "doubt"),
    [
        ({"value": 3.8, "uncertainty": {"normal": {"sd": 0.6}}}, 0.6),
        ({"value": 3.8}, 0.038),
        ({"value": -0.5}, 0.005),
        ({"value": 0.0}, 1e-4),
        ({"range": [4, 6]}, 2 / np.sqrt(12)),
        ({"value": 3.8, "uncertainty": {"fixed": True}}, 0.038),
        ({"range": [4, 6], "uncertainty": {"uniform": {"low": 4.5, "high": 5.5}}}, 1 / np.sqrt(12)),
        ({"value": 0.4, "uncertainty": {"normal": {"low": 0.204, "high": 0.596}}}, 0.1),
        ({"value": 0.2, "uncertainty": {"beta": {"alpha": 2, "beta": 8}}}, np.sqrt(0.2 * 0.8 / 11)),
        ({"value": 3.0, "uncertainty": {"triangular": {"low": 0, "high": 6}}}, 6 / np.sqrt(24)),
        ({"value": 2, "uncertainty": {"triangular": {"low": 1, "high": 6, "mode": 5}}}, stats.triang(0.8, 1, 5).std()),
        ({"value": 3.0, "uncertainty": {"triangular": {"sd": 0.7}}}, 0.7),
        ({"value": 2.0, "uncertainty": {"lognormal": {"low": 1, "high": 4}}},
         stats.lognorm(np.log(4) / 2 / stats.norm.ppf(0.975), scale=2).std()),
        ({"value": 2.0, "uncertainty": {"gamma": {"sd": 0.5}}}, 0.5),
    ],
)  # fmt: skip
def test_the_doubt_of_a_claim(given, doubt):
    assert doubt_of("a.claim", Quantity.model_validate(given)) == pytest.approx(doubt, rel=1e-4)


def test_the_doubt_of_a_difference_is_not_less_than_one_in_points():
    assert doubt_of("a.claim", Quantity(value=0.0), LEAST_POINTS) == 0.01
    assert doubt_of("a.claim", Quantity(value=-3.0), LEAST_POINTS) == 0.03
    stated = Quantity.model_validate({"value": 0.0, "uncertainty": {"normal": {"sd": 0.002}}})
    assert doubt_of("a.claim", stated, LEAST_POINTS) == 0.002


def test_a_doubt_that_cannot_be_is_told_with_its_place():
    wide = Quantity.model_validate({"value": 0.5, "uncertainty": {"beta": {"low": 0.3, "high": 1 - 1e-12}}})
    with pytest.raises(ScenarioError, match=r"^a\.claim\.uncertainty: no beta distribution has 95 % of its values"):
        doubt_of("a.claim", wide)


BAD = [
    ("modalities.dry_needling.fade=0", "modalities.dry_needling.fade: must be above 0 and at most 1e+06; given 0"),
    ("response.context.fade=-1", "response.context.fade: must be above 0 and at most 1e+06; given -1"),
    ("profiles.chronic.natural_course.plateau.mean=-0.1", "plateau.mean: must be at least 0 and at most 1; given -0.1"),
    ("profiles.chronic.natural_course.pain_left.day_42=0", "pain_left.day_42: must be above 0 and below 1; given 0"),
    ("profiles.chronic.natural_course.pain_left={}", "`time_constant`, or `pain_left` on at least 2 days to"),
    ("profiles.chronic.natural_course.pain_left={day_0: 0.5, day_9: 0.4}", "pain_left.day_0: is not named as it must"),
    ("claims.dry_needling.pain_reduction={value: 3, uncertainty: {normal: {sd: 0}}}", "sd: must be above 0; given 0"),
    ("claims.dry_needling.pain_reduction={uncertainty: {normal: {sd: 0}}}", "normal.sd: must be above 0; given 0"),
    ("claims.dry_needling.pain_reduction={uncertainty: {normal: {}}}", "give `sd`, or `low` and `high`, or"),
    ("claims.dry_needling.pain_reduction=null", "add `pain_reduction`, `over_sham` or `over` to `claims.dry_needling`"),
    ("claims.dry_needling.visits_to_relief=null", "add `claims.dry_needling.visits_to_relief` or `parameters.dry_"),
    ("claims.dry_needling.over={massage: 0.4}", "over.massage: unknown modality; allowed: dry_needling, acupuncture"),
    ("claims.dry_needling.over={dry_needling: 1}", "go round in a circle: dry_needling -> dry_needling; given"),
    ("claims.dry_needling.over={sham: 1, acupuncture: 1}", "claims.dry_needling.over: must have at most 1 entry"),
    ("cohort.include.reported_pain_at_least=11", "reported_pain_at_least: must be at most 10; given 11"),
    ("cohort.include={}", "cohort.include.reported_pain_at_least: missing"),
    ("protocols.dry_needling.every_days=0.5", "protocols.dry_needling.every_days: must be at least 1; given 0.5"),
    ("followup.horizon=132", "followup.horizon: must be at least 133 and at most 3650; given 132"),
    ("followup.horizon=133.5", "followup.horizon: must be a whole number of days; given 133.5"),
    ("followup.horizon={range: [133, 200]}", "horizon.range: must be a whole number of days; given [133, 200]"),
    ("followup.horizon={value: 150, uncertainty: {normal: {sd: 9}}}", "is a day that is chosen; it cannot have an"),
    ("protocols.dry_needling.every_days=3.3", "every_days: must be a whole number of days or a half, as 3.5 for 3 and"),
    ("protocols.combined.every_days=[3.5, 4.25]", "every_days.1: must be a whole number of days or a half, as 3.5"),
    ("claims.dry_needling.visits_to_relief=30", "claims.dry_needling.visits_to_relief: must be at most 6, the visits "
     "of the course that it describes (claims.dry_needling.course); given 30"),
    ("claims.dry_needling.visits_to_relief={range: [5, 8]}", "must be at most 6, the visits of the course"),
    ("claims.dry_needling.visits_to_relief.value=6.2", "must be at most 6, the visits of the course that it describes"),
    ("structure.relapse.no_relapse.set={claims.acupuncture.visits_to_relief: 11}", "must be at most 10, the visits of"),
    ("response.rho=-1.01", "response.rho: must be at least -1 and at most 2; given -1.01"),
    ("relapse.form=ever", "relapse.form: must be 'episodes' or 'none'; given 'ever'"),
    ("relapse.rebound=1.1", "relapse.rebound: must be at least 0 and at most 1; given 1.1"),
    ("satisfaction.width=0", "satisfaction.width: must be above 0 and at most 10; given 0"),
    ("modalities.advice.needling=2", "modalities.advice.needling: must be true or false; given 2"),
    ("profiles.chronic.reading_noise.mean=-1", "reading_noise.mean: must be at least 0 and at most 10; given -1"),
    ("modalities.sham.serious_events=-1", "serious_events: must be at least 0 and at most 1e+06; given -1"),
]  # fmt: skip


@pytest.mark.parametrize(("override", "words"), BAD)
def test_what_cannot_be_is_told_once_with_place_value_and_what_is_allowed(override, words):
    with pytest.raises(ScenarioError) as caught:
        load("reference.yaml", [override])
    (line,) = caught.value.faults
    assert words in line
    assert line.startswith("--set ")


def test_relief_at_the_last_visit_of_its_course_can_be_claimed():
    load("reference.yaml", ["claims.dry_needling.visits_to_relief=6", "protocols.dry_needling.every_days=3.5"])
    load("reference.yaml", ["claims.dry_needling.visits_to_relief={range: [5, 7]}", "followup.horizon=364.0"])


def test_differences_in_a_circle_are_told_once():
    circle = ["claims.dry_needling.over={acupuncture: 0.4}", "claims.acupuncture.over={dry_needling: 0.4}"]
    with pytest.raises(ScenarioError) as caught:
        load("reference.yaml", circle)
    (line,) = caught.value.faults
    assert (
        "claims.dry_needling.over: these differences go round in a circle: dry_needling -> acupuncture -> dry_n" in line
    )
    load("reference.yaml", [*circle, "parameters.acupuncture.ceiling=0.3"])  # where it begins is known


def test_own_pain_left_replaces_the_published_one_and_one_day_of_it_can_be_set():
    place = "profiles.chronic.natural_course.pain_left"
    own = load("reference.yaml", [f"{place}={{day_28: 0.8, day_90: 0.7}}"]).scenario
    assert list(own.profiles["chronic"].natural_course.pain_left) == ["day_28", "day_90"]
    one = load("reference.yaml", [f"{place}.day_42=0.8"]).scenario.profiles["chronic"].natural_course.pain_left
    assert (list(one), float(one["day_42"])) == (["day_42", "day_182", "day_364"], 0.8)


def test_an_entry_rule_that_nobody_passes_is_told():
    """It is looked at where patients are, since it hangs on baseline pain and noise."""
    mild = "profiles.chronic.baseline_pain={mean: 3, sd: 0.5, low: 2, high: 4}"
    scenario = load("chronic.yaml", [*GIVEN_PARAMETERS, mild, "cohort.include.reported_pain_at_least=9"]).scenario
    with pytest.raises(ScenarioError) as caught:
        prepare(scenario)
    (line,) = caught.value.faults
    assert line == (
        "cohort.include.reported_pain_at_least: of Chronic fewer than 1 % report as much as 9 points; allowed: less"
    )
    prepare(load("chronic.yaml", [*GIVEN_PARAMETERS, mild, "cohort.include.reported_pain_at_least=3"]).scenario)


@pytest.mark.parametrize(
    "wrong", [{}, {"normal": {"sd": -1}}, {"normal": {"sd": 1}, "beta": {"sd": 1}}, {"uniform": {"low": 2, "high": 1}},
              {"uniform": {"low": 1}}, {"gauss": {"sd": 1}}, {"normal": {}}, {"normal": {"sd": 1, "low": 0, "high": 2}}]
)  # fmt: skip
def test_impossible_uncertainties_are_refused(wrong):
    with pytest.raises(ValidationError):
        Uncertainty.model_validate(wrong)
