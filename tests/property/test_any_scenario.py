"""Any scenario, valid or broken, runs within its bounds or fails as promised: exit code 2 and the place named."""

from __future__ import annotations

import copy
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim.scenario.load as loader
from sim.errors import UsageError
from sim.estimate.estimates import QUANTILES
from sim.quantities import BY_NAME
from sim.study.prepare import prepare
from sim.study.results import build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

PROTOCOLS = (
    "usual_care",
    "advice",
    "sham",
    "dry_needling",
    "acupuncture",
    "combined",
    "alternating",
    "acupuncture_first",
)


def share(low=0.0, high=1.0):
    return st.floats(low, high, allow_nan=False).map(lambda x: round(x, 4))


def entry(path, values):
    return values.map(lambda value: (path, f"{path}={value}"))


def _phases():
    modalities = st.sampled_from(["[]", "dry_needling", "acupuncture", "[dry_needling, acupuncture]"])
    phase = st.tuples(st.integers(1, 6), st.sampled_from(["7", "3.5", "[3, 4]", "1", "2.5"]), modalities)
    return st.lists(phase, min_size=1, max_size=3).map(
        lambda phases: (
            "{phases: [" + ", ".join(f"{{visits: {v}, every_days: {e}, each_visit: {m}}}" for v, e, m in phases) + "]}"
        )
    )


def _profiles(weights):
    total = sum(weights)
    names = ("acute_strain", "chronic", "stress_linked")
    shares = [w / total for w in weights]
    return "{" + ", ".join(f"{name}: {share!r}" for name, share in zip(names, shares, strict=True)) + "}"


VALID = st.one_of(
    entry("cohort.size", st.integers(1, 60)),
    entry("cohort.profiles", st.lists(st.integers(1, 9), min_size=3, max_size=3).map(_profiles)),
    entry("arms", st.lists(st.sampled_from(PROTOCOLS), min_size=1, max_size=6, unique=True).map(
        lambda arms: f"[{', '.join(arms)}]")),
    entry("seed", st.integers(0, 2**63 - 1)),
    entry("attendance.no_show", share(0, 1)),
    entry("attendance.drop_out", share(0, 0.5)),
    entry("attendance.drop_out_if_relieved", share(0, 0.5)),
    entry("attendance.drop_out_if_not_relieved", share(0, 0.5)),
    entry("response.rho", share(-1, 2)),
    entry("response.match", share(0.001, 1)),
    entry("response.individual_sd", share(0, 3)),
    entry("response.correlation", share(0, 1)),
    entry("response.context.ceiling", share(0, 0.9)),
    entry("profiles.acute_strain.reading_noise", share(0, 4).map(lambda mean: f"{{mean: {mean}, cv: 0.4}}")),
    entry("relief", st.sampled_from(["{points: 0.5}", "{points: 9}", "{percent: 30}", "{percent: 100}"])),
    entry("relapse.shape", st.one_of(share(0.2, 5), st.just("'3'"))),
    entry("relapse.hazard_ratio", share(0.5, 3)),
    entry("relapse.several_modalities", st.sampled_from(["best", "visit_weighted"])),
    entry("relapse.rebound", share(0, 1)),
    entry("relapse.form", st.sampled_from(["episodes", "none"])),
    entry("followup.horizon", st.integers(133, 400)),
    entry("modalities.dry_needling.fade", st.one_of(share(0.5, 500), st.just("null"))),
    entry("modalities.acupuncture.needling", st.sampled_from(["true", "false"])),
    entry("modalities.acupuncture.serious_events", share(0, 1000)),
    entry("cohort.include", st.integers(0, 4).map(lambda points: f"{{reported_pain_at_least: {points}}}")),
    entry("satisfaction.width", share(0.01, 5)),
    entry("soreness.points", share(0, 10)),
    entry("pain_free_below", share(0, 10)),
    entry("costs.visit", share(0, 900)),
    entry("profiles.acute_strain.baseline_pain.sd", share(0, 5)),
    entry("profiles.chronic.natural_course.time_constant.mean", share(1, 500)),
    entry("protocols.combined", _phases()),
    entry("protocols.combined.stop", st.integers(1, 8).map(lambda k: f"{{relief_held_for: {k}}}")),
    entry("protocols.acupuncture.discharge", st.integers(1, 12).map(lambda k: f"{{no_relief_by_visit: {k}}}")),
    entry("protocols.dry_needling.switch", st.integers(1, 8).map(
        lambda k: f"{{no_relief_by_visit: {k}, to: [acupuncture]}}")),
    entry("protocols.dry_needling.judged_by", st.sampled_from(["pain", "reported_pain"])),
    entry("modalities.dry_needling.adverse_events.soreness", st.sampled_from(
        ["{per_visit: 1}", "{per_visit: 0}", "{per_course: 0.99}"])),
)  # fmt: skip

CLAIMS = st.one_of(
    entry("claims.dry_needling.pain_reduction", share(-2, 10)),
    entry("claims.dry_needling.visits_to_relief", share(0.1, 6)),
    entry("claims.acupuncture.satisfied", share(0.01, 0.99)),
    entry("claims.acupuncture.relapse_3mo", share(0.01, 0.99)),
    entry("claims.acupuncture.over_sham", share(-2, 5)),
)

NOT_NUMBERS = st.sampled_from([".nan", ".inf", "-.inf", "true", "'3 and'", "[1]", "{a: 1}", "three"])
BROKEN = st.one_of(
    entry("cohort.size", st.sampled_from(["0", "-5", "1.5", "1e15", ".nan", "many", "true", "[]"])),
    entry("cohort.profiles", st.sampled_from(["{}", "{acute_strain: 0.4}", "{nobody: 1.0}", "[1]", "{chronic: -1}"])),
    entry("arms", st.sampled_from(["[]", "[usual_car]", "[usual_care, usual_care]", "3", "{a: 1}"])),
    entry("seed", st.sampled_from(["-1", "1.5", "1e30", "x"])),
    entry("attendance.no_show", st.one_of(NOT_NUMBERS, st.sampled_from(["1.01", "-0.1"]))),
    entry("response.match", st.one_of(NOT_NUMBERS, st.sampled_from(["0", "1.5"]))),
    entry("response.rho", st.one_of(NOT_NUMBERS, st.sampled_from(["-1.1", "2.1"]))),
    entry("relief", st.sampled_from(["{points: 2, percent: 30}", "{points: -1}", "2"])),
    entry("relapse.shape", st.one_of(NOT_NUMBERS, st.just("0"))),
    entry("relapse.form", st.sampled_from(["ever", "3"])),
    entry("modalities.dry_needling.fade", st.one_of(NOT_NUMBERS, st.sampled_from(["0", "-2"]))),
    entry("modalities.dry_needling.needling", st.sampled_from(["2", "maybe"])),
    entry("cohort.include", st.sampled_from(["{}", "{reported_pain_at_least: 11}", "4"])),
    entry(
        "structure.relapse", st.sampled_from(["{}", "{one: {weight: 0.4}}", "{one: {weight: 1, set: {seed: 2}}}", "2"])
    ),
    entry(
        "profiles.chronic.natural_course.pain_left", st.sampled_from(["{}", "{day_0: 0.5, day_9: 0.5}", "{day_9: 2}"])
    ),
    entry("profiles.chronic.natural_course.plateau.mean", st.sampled_from(["-0.1", "1.1"])),
    entry("followup.horizon", st.sampled_from(["10", "132", "-1", "1e9", "133.5"])),
    entry("protocols.combined.visits", st.sampled_from(["0", "-1", "61", "2.5", "no"])),
    entry("protocols.combined.each_visit", st.sampled_from(["massage", "[dry_needling, dry_needling]", "7"])),
    entry("protocols.combined.stop", st.sampled_from(["{relief_held_for: 0}", "2"])),
    entry("protocols.combined.every_days", st.sampled_from(["0", "0.5", "-7", "[]", "[7, x]"])),
    entry("profiles.chronic.muscular_share.mean", st.sampled_from(["1.2", "-0.1", "1", ".nan"])),
    entry("utility.loss", st.sampled_from(["[1, 2]", "[0,0,0,0,0,0,0,0,0,-1]", "[9,8,7,6,5,4,3,2,1,0]", "x"])),
    entry("primary.outcome", st.sampled_from(["pain", "visits_to_relief", "3"])),
    entry("claims.dry_needling.satisfied", st.sampled_from(["0", "1", "{value: 2}", "[0.5]"])),
    entry("costs.currency", st.sampled_from(["''", "3", "[USD]"])),
)
ONE_BROKEN_PLACE_MAY_BE_NAMED = {"profiles.chronic.natural_course.pain_left": "profiles.chronic.natural_course"}


@pytest.fixture(scope="module", autouse=True)
def read_each_file_once():
    """Keep the trees of the shipped files: parsing them is not what is tested here."""
    kept = {}
    original = loader.read_tree

    def read(file, shown):
        if file not in kept:
            kept[file] = original(file, shown)
        return copy.deepcopy(kept[file])

    loader.read_tree = read
    yield
    loader.read_tree = original


GIVEN_COURSES = tuple(
    f"profiles.{profile}.natural_course={{plateau: {{mean: {plateau}, concentration: 8}}, "
    f"time_constant: {{mean: {days}, cv: 0.4}}}}"
    for profile, plateau, days in (("acute_strain", 0.2, 20), ("chronic", 0.6, 60), ("stress_linked", 0.4, 40))
)
"""Natural courses given directly, so that they are not calibrated either."""


def check(name, chosen, claims, broken, courses=()):
    overrides = [*GIVEN_PARAMETERS, *courses, "cohort.size=20"] if not claims else ["cohort.size=20"]
    overrides += [text for path, text in chosen if broken is None or path != broken[0]]
    overrides += [text for _, text in claims]
    if broken is not None:
        overrides.append(broken[1])
        with pytest.raises(UsageError) as caught:
            prepare(load(name, overrides).scenario)
        assert caught.value.exit_code == 2
        also = ONE_BROKEN_PLACE_MAY_BE_NAMED.get(broken[0], broken[0])
        assert broken[0] in str(caught.value) or also in str(caught.value), str(caught.value)
        return
    study = prepare(load(name, overrides).scenario)
    result = run_study(study)
    panel = build_panel(result)
    for claim in study.calibration.claims:
        assert claim.doubt > 0
        if not math.isfinite(claim.reached):  # nobody has relief who could lose it; half of the patients never have it
            assert claim.name == "relapse_3mo" or (claim.name, claim.reached) == ("visits_to_relief", math.inf)
    for one in study.parameters.values():
        assert 0 <= one.ceiling < 1
        assert one.half_life > 0
    assert result.patients == study.scenario.cohort.size
    for estimate in panel.estimates:
        outcome = BY_NAME[estimate.outcome]
        assert math.isnan(estimate.mc_error) or estimate.mc_error >= 0
        value = estimate.estimate
        if math.isnan(value) or math.isinf(value):
            assert outcome.kind in ("ratio", "time") or estimate.statistic == "sd"
            continue
        if outcome.kind == "share":
            assert 0 <= value <= 1
            assert 0 <= estimate.lower <= value + 1e-12
            assert value - 1e-12 <= estimate.upper <= 1
        elif outcome.name.startswith("pain_reduction") and estimate.statistic != "sd":
            assert -10 <= value <= 10
        elif outcome.name == "pain_free_days" and estimate.statistic != "sd":
            assert -1e-9 <= value <= study.rules.horizon * (1 + 1e-10)  # quantiles are of bins, which round
        elif outcome.name == "qaly" and estimate.statistic != "sd":
            assert value <= study.rules.horizon / 365.25 + 1e-12
        elif outcome.kind == "number":
            assert value >= -1e-9
    for point in panel.points:
        assert math.isfinite(point.estimate)
        assert point.n > 0
        if math.isnan(point.upper):  # too few patients
            assert point.n == 1 or point.statistic in QUANTILES
        else:
            assert point.lower - 1e-12 <= point.estimate <= point.upper + 1e-12
        assert point.outcome != "pain" or 0 <= point.estimate <= 10


NAMES = st.sampled_from(["reference.yaml", "acute.yaml", "stress.yaml", "literature.yaml"])
CHOSEN = st.lists(VALID, max_size=6)
COURSES = st.sampled_from([GIVEN_COURSES, GIVEN_COURSES, GIVEN_COURSES, ()])
"""Given in three scenarios of four: finding them takes most of the time of a small run."""
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
@given(NAMES, CHOSEN, COURSES)
def test_valid_scenarios_run(name, chosen, courses):
    check(name, chosen, [], None, courses)


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(NAMES, CHOSEN, BROKEN)
def test_broken_scenarios_name_the_place(name, chosen, broken):
    check(name, chosen, [], broken)


@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(NAMES, st.lists(VALID, max_size=3), st.lists(CLAIMS, min_size=1, max_size=2))
def test_any_claims_are_met_as_nearly_as_can_be(name, chosen, claims):
    check(name, chosen, claims, None)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None, suppress_health_check=QUIET)
@given(NAMES, CHOSEN, st.lists(CLAIMS, max_size=1), st.one_of(st.none(), BROKEN))
def test_ten_thousand_scenarios(name, chosen, claims, broken):
    check(name, chosen, claims, broken)
