"""Several scenarios on the same luck: exact relations."""

from __future__ import annotations

import numpy as np
import pytest

from sim.estimate.clusters import error_of_mean, unit_starts
from sim.estimate.estimates import covariance_of_means, paired_difference
from sim.estimate.ranks import RANKED, Wins, rank_probabilities
from sim.luck.nets import NET_SIZE
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import BY_NAME, OUTCOMES
from sim.study.joint import run_joint, same_patients
from sim.study.prepare import prepare, prepare_all
from sim.study.run import chunk_blocks, run_block, run_study
from tests.conftest import GIVEN_PARAMETERS

SIZE = f"cohort.size={BLOCK_SIZE + 700}"
MEANS = [outcome.name for outcome in OUTCOMES if outcome.kind != "time"]
LEAVING = "attendance={no_show: 0.15, drop_out: 0.03, drop_out_if_relieved: 0.05, drop_out_if_not_relieved: 0.02}"


@pytest.fixture(scope="module")
def three(scenario):
    return [
        prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, SIZE)),
        prepare(scenario("chronic.yaml", *GIVEN_PARAMETERS, SIZE)),
        prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, SIZE, LEAVING, "protocols.combined.visits=9")),
    ]


def test_each_scenario_runs_as_if_it_were_alone(three):
    joint = run_joint(three)
    for study, result in zip(three, joint.results, strict=True):
        alone = run_study(study).tally.kept(0)
        for name, array in result.tally.kept(0).items():
            np.testing.assert_array_equal(array, alone[name], err_msg=name)


def test_workers_change_no_byte(scenario):
    size = f"cohort.size={BLOCK_SIZE * chunk_blocks(0) * 2 + 17}"
    studies = [prepare(scenario(name, *GIVEN_PARAMETERS, size)) for name in ("acute.yaml", "chronic.yaml")]
    one, three = run_joint(studies, workers=1), run_joint(studies, workers=3)
    for arm in one.across:
        assert one.across[arm].nets.cross.tobytes() == three.across[arm].nets.cross.tobytes()
    assert one.wins[0].won.tobytes() == three.wins[0].won.tobytes()


def test_a_scenario_differs_from_itself_by_exactly_nothing(scenario):
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, SIZE))
    for moments in run_joint([study, study]).across.values():
        for outcome in MEANS:
            found = paired_difference(moments, outcome, ("1", "0"))
            assert (found.estimate, found.mc_error, found.lower, found.upper) == (0, 0, 0, 0), outcome


def test_two_scenarios_the_other_way_round_give_mirrored_differences(three):
    there, back = run_joint(three[:2]), run_joint(three[1::-1])
    for arm, moments in there.across.items():
        for outcome in MEANS:
            one = paired_difference(moments, outcome, ("1", "0"))
            other = paired_difference(back.across[arm], outcome, ("0", "1"))
            assert one.estimate == other.estimate
            assert one.mc_error == other.mc_error or np.isnan(one.mc_error)
            mirrored = paired_difference(back.across[arm], outcome, ("1", "0"))
            assert (mirrored.estimate, mirrored.mc_error) == (-one.estimate, one.mc_error)


def test_differences_between_scenarios_are_those_of_the_same_patients(three):
    """The estimate and its error against the textbook formula for clusters on the patients themselves."""
    moments = run_joint(three).across["combined"]
    sizes = [BLOCK_SIZE, 700]
    for other in (1, 2):
        for outcome in ("pain_reduction_day42", "lasting_relief", "cost", "qaly"):
            apart = []
            for study in (three[other], three[0]):
                blocks = [run_block(study, b, n) for b, n in enumerate(sizes)]
                at = list(study.setting.arms).index("combined")
                apart.append(np.concatenate([b.rows[at, BY_NAME[outcome].row] for b in blocks]))
            difference = apart[0] - apart[1]
            found = paired_difference(moments, outcome, (str(other), "0"))
            np.testing.assert_allclose(found.estimate, difference.mean(), rtol=1e-9, atol=1e-12)
            totals = np.bincount(np.arange(len(difference)) // NET_SIZE, difference - difference.mean())
            error = np.sqrt((totals**2).sum() * len(totals) / (len(totals) - 1)) / len(difference)
            np.testing.assert_allclose(found.mc_error, error, rtol=1e-6, atol=1e-12)


def test_patients_are_the_same_wherever_scenarios_share_a_profile(three):
    mixed, chronic = (run_block(study, 0, BLOCK_SIZE).patients.cohort for study in three[:2])
    shared = mixed.profile == 1
    assert 0.2 < shared.mean() < 0.4
    for name in ("baseline", "muscular", "plateau", "decay", "noise", "baseline_reading", "limits"):
        of_both = (getattr(one, name)[..., shared] for one in (mixed, chronic))
        np.testing.assert_array_equal(*of_both, err_msg=name)
    assert same_patients(three[0].law, three[2].law)
    assert not same_patients(three[0].law, three[1].law)


def test_scenarios_that_calibrate_alike_are_calibrated_once(scenario):
    names = ("acute.yaml", "chronic.yaml", "policies.yaml")
    studies = prepare_all({name: scenario(name) for name in names})
    assert studies[0].calibration is studies[1].calibration is studies[2].calibration
    assert studies[0].calibration == prepare(scenario("stress.yaml")).calibration
    changed = scenario("acute.yaml", "claims.dry_needling.pain_reduction=3.5")
    other = prepare_all({"one": scenario("acute.yaml"), "other": changed})
    assert other[0].calibration.parameters != other[1].calibration.parameters


ELSEWHERE = (
    "cohort.include.reported_pain_at_least=5", "attendance.no_show=0.4", "arms=[acupuncture, sham]",
    "protocols.dry_needling.visits=3", "costs.visit=90", "soreness.mean=10", "followup.horizon=200",
    "pain_free_below=1", "seed=9",
)  # fmt: skip
"""What calibration does not look at."""


@pytest.mark.parametrize("change", [ELSEWHERE, ("cohort.profiles={chronic: 1}",)], ids=["all else", "the cohort"])
def test_a_study_prepared_among_others_is_the_one_prepared_alone(scenario, change):
    """To the last bit of every patient, whichever of the two is prepared first."""
    of = {"plain": scenario("reference.yaml"), "changed": scenario("reference.yaml", *change)}
    alone = {name: prepare(one) for name, one in of.items()}
    for names in (["plain", "changed"], ["changed", "plain"]):
        for name, study in zip(names, prepare_all({name: of[name] for name in names}), strict=True):
            assert study.calibration.parameters == alone[name].calibration.parameters
            assert study.calibration.natural == alone[name].calibration.natural
            assert study.calibration.claims == alone[name].calibration.claims
            np.testing.assert_array_equal(run_block(study, 0, 200).rows, run_block(alone[name], 0, 200).rows)


@pytest.mark.parametrize(
    "change",
    ["claims.acupuncture.satisfied=0.5", "parameters.sham.half_life=2", "calibration.profiles={chronic: 1}",
     "profiles.chronic.reading_noise.mean=2", "modalities.dry_needling.fade=30", "response.rho=0.1",
     "relief.points=1.5", "satisfaction.width=2", "relapse.rebound=0.5"],
)  # fmt: skip
def test_what_calibration_looks_at_is_not_shared(scenario, change):
    of = (scenario("acute.yaml", *GIVEN_PARAMETERS, *more) for more in ((), (change,)))
    one, other = prepare_all(dict(zip(("one", "other"), of, strict=True)))
    assert one.calibration is not other.calibration


def test_wins_are_shared_by_arms_that_tie(three):
    block = run_block(three[0], 0, 2000)
    wins = Wins.empty(tuple(three[0].setting.arms))
    wins.add_block(block.rows, unit_starts(2000, 2000))
    found = {(r.outcome, r.arm): r for r in rank_probabilities(wins, run_study(three[0]).tally.moments)}
    for outcome in RANKED:
        values = block.rows[:, outcome.row] * (1 if outcome.better == "higher" else -1)
        is_best = values == values.max(axis=0)
        share = is_best / is_best.sum(axis=0)
        for a, arm in enumerate(wins.arms):
            np.testing.assert_allclose(found[outcome.name, arm].patient.estimate, share[a].mean(), rtol=1e-12)
            error = error_of_mean(share[a])
            np.testing.assert_allclose(found[outcome.name, arm].patient.mc_error, error, rtol=1e-9, atol=1e-12)
        total = sum(found[outcome.name, arm].patient.estimate for arm in wins.arms)
        np.testing.assert_allclose(total, 1, rtol=1e-12)
        assert found[outcome.name, wins.arms[0]].tied == (is_best.sum(axis=0) > 1).mean()


def test_the_chance_that_a_mean_is_best_follows_its_error(three):
    """Two arms: the chance in closed form, Phi(d / se); the same arm twice: one half each."""
    from scipy.special import ndtr

    study = three[0]
    joint = run_joint([study, study])
    wins = Wins.empty(("0", "1"))
    wins.n = 2
    alike = {r.arm: r for r in rank_probabilities(wins, joint.across["combined"]) if r.outcome == "cost"}
    assert alike["0"].cohort == alike["1"].cohort == 0.5
    moments = run_joint([three[0], three[2]]).across["dry_needling"]
    for outcome in ("pain_reduction_day42", "satisfied"):
        means, covariance = covariance_of_means(moments, outcome)
        error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        expected = ndtr((means[0] - means[1]) / error)
        found = {r.arm: r for r in rank_probabilities(wins, moments) if r.outcome == outcome}
        assert abs(found["0"].cohort - expected) < 5 * np.sqrt(max(expected * (1 - expected), 1e-4) / 20_000)
