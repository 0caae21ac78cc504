"""What is learnt against closed forms, against the truth of an independent program, and against itself."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from sim.learn.checks import checks
from sim.learn.chosen import Chosen, drawn_near
from sim.learn.importance import resampled, truncated
from sim.learn.likelihood import SLIP, WRONG, Bank, Likelihood, interval, likely_in_bank
from sim.learn.likely import people_near, where_likely
from sim.learn.observed import observe, one_of
from sim.learn.paths import Schedule, along
from sim.learn.posterior import LARGEST_BANK, Asked, Estimator
from sim.learn.reading import read_records
from sim.learn.records import FollowUp, Patient, Records, Visit
from sim.learn.told import told
from tests.learning import (
    BASELINE,
    CEILING,
    CONTEXT,
    FEW,
    HALF_LIFE,
    NOISE,
    WEEKLY,
    posterior_of,
    records_from,
    small,
    unknowns_of,
)
from tests.made_records import Treatment, Truth, made_records

WIDER_DOUBTS = (
    "profiles.acute_strain.natural_course.plateau.mean={value: 0.371, uncertainty: {beta: {sd: 0.04}}}",
    "profiles.acute_strain.natural_course.time_constant.mean={value: 18.2, uncertainty: {lognormal: {sd: 6}}}",
)
COURSE = (
    "profiles.acute_strain.natural_course.plateau.mean",
    "profiles.acute_strain.natural_course.time_constant.mean",
)


@pytest.fixture(scope="module")
def study():
    return small(*FEW)


def column(posterior, path):
    return posterior.values[:, posterior.place(path)]


@pytest.mark.parametrize("step", [0.5, 1.0])
def test_the_chance_of_a_reading_is_that_of_its_interval(step):
    luck = np.random.default_rng(1)
    for _ in range(2000):
        pain, noise = luck.uniform(0, 10), luck.uniform(0.2, 3)
        reading = step * luck.integers(0, int(10 / step) + 1)
        low = -np.inf if reading == 0 else (reading - step / 2 - pain) / noise
        high = np.inf if reading == 10 else (reading + step / 2 - pain) / noise
        assert interval(reading, step, pain, noise) == pytest.approx(norm.cdf(high) - norm.cdf(low), abs=2e-7)


def test_the_likelihood_of_a_patient_is_the_mean_over_the_bank_worked_out_by_hand(study):
    records = records_from(study, 3, 1)
    likelihood = Likelihood(observe(records, study.scenario), Bank.of(study, 256))
    bank, seen, weights = likelihood.weights(study, likelihood.observed.groups[0])
    by_hand = []
    for patient in records.patients:
        product = np.ones(256)
        for look, visit in enumerate(patient.visits):
            low = np.where(visit.pain == 0, -np.inf, (visit.pain - 0.5 - seen.pain[look]) / bank.cohort.noise)
            high = np.where(visit.pain == 10, np.inf, (visit.pain + 0.5 - seen.pain[look]) / bank.cohort.noise)
            product *= (1 - SLIP) * (norm.cdf(high) - norm.cdf(low)) + SLIP / 11
        by_hand.append(product)
    assert likelihood.by_patient(study) == pytest.approx(np.log(np.mean(by_hand, axis=1)), abs=1e-5)
    assert weights == pytest.approx(by_hand[-1] / by_hand[-1].sum(), abs=1e-7)


def near_points(study, number, spread):
    """Return studies at points about the middle of the prior."""
    unknowns = unknowns_of(study)
    points = unknowns.prior(unknowns.stated).mean + np.random.default_rng(4).normal(0, spread, (number, 4))
    return [unknowns.study_at(one, unknowns.stated) for one in unknowns.prior(unknowns.stated).values(points)]


def test_those_who_stand_for_a_patient_stand_for_everybody(study):
    """Whoever they are, and near points that were not looked at, their likelihood scatters about that of a bank many
    times larger and leans to neither side."""
    observed = observe(records_from(study, 40, 2), study.scenario)
    studies = near_points(study, 14, 0.3)
    whole = Likelihood(observed, Bank.of(study, 1 << 17, seed=9))
    with ThreadPoolExecutor(2) as pool:
        chosen = Chosen.of(observed, 4096, studies[:8], 1, pool)
    for at in (studies[0], *studies[8:]):
        expected = whole.by_patient(at)
        ratio = np.exp([chosen.by_patient_and_number(at, one) - expected for one in range(8)])
        assert ratio.std(axis=0).max() < 0.25
        assert ratio.mean() == pytest.approx(1.0, abs=4 * ratio.mean(axis=0).std() / math.sqrt(40))
        assert ratio.sum(axis=1).std() < 0.05 * 40
    assert np.array_equal(chosen.by_patient(studies[0]), chosen.by_patient(studies[0]))
    assert not np.array_equal(chosen.by_patient(studies[0]), chosen.by_patient_and_number(studies[0], 0))


def test_what_chance_does_differs_from_point_to_point_and_from_patient_to_patient(study):
    """So it moves no mean: the error of whom the patients are averaged over is made anew at every point."""
    observed = observe(records_from(study, 40, 2), study.scenario)
    with ThreadPoolExecutor(2) as pool:
        chosen = Chosen.of(observed, 512, near_points(study, 4, 0.2), 1, pool)
    nearly = near_points(study, 32, 1e-10)
    off = np.array([chosen.by_patient(one) for one in nearly])
    off -= off.mean(axis=0)
    spread = off.std(axis=0)
    assert (spread > 0.002).all()
    assert off.sum(axis=1).std() == pytest.approx(math.sqrt((spread**2).sum()), rel=0.5)  # by themselves, not together
    assert np.std(off[:16].mean(axis=0) / spread) < 2.0 / math.sqrt(32)
    fixed = replace(chosen, is_fixed=True)
    assert np.array_equal(fixed.by_patient(nearly[0]), fixed.by_patient(nearly[0]))
    assert np.allclose(fixed.by_patient(nearly[0]), fixed.by_patient(nearly[1]), rtol=0, atol=1e-9)


def test_people_near_a_patient_weigh_as_everybody_and_match_more_often(study):
    """Means by weight are those of the prior, and the likelihood by weight is that of a whole bank, with less error."""
    observed = observe(records_from(study, 12, 2), study.scenario)
    studies = near_points(study, 4, 0.3)
    (group,) = observed.groups
    whole = Likelihood(observed, Bank.of(study, 1 << 17, seed=9)).by_patient(studies[0])
    errors, gains = [], []
    for row in range(12):
        where = where_likely((group, row), 1024, studies, 1, 1.0)
        assert 2 <= len(where.rows) <= 9
        near, weights = people_near((group, row), where, 0, 1 << 14, studies[0], 1)
        error = weights.std() / 128
        assert weights.mean() == pytest.approx(1.0, abs=5 * error)
        low = near.luck.at[where.rows] < 1024  # below the median
        assert (weights * low).mean(axis=1) == pytest.approx(np.full(len(low), 0.5), abs=5 * error)
        likely = np.exp(likely_in_bank(near, one_of(group, row), studies[0], 1.0) - whole[row])
        errors.append((weights * likely).mean() - 1)
        usual = np.exp(likely_in_bank(Bank.of(study, 1 << 14, seed=7), one_of(group, row), studies[0], 1.0))
        gains.append((usual.std() / usual.mean() / (weights * likely).std()) ** 2)
    assert np.std(errors) < 0.05
    assert abs(np.mean(errors)) < 0.03
    assert np.median(gains) > 3


def test_more_people_stand_for_patients_who_are_hard_to_match(study):
    """The likelihood of readings that few people give errs more, so more people are drawn near such a patient."""
    usual = Patient("a", tuple(Visit(day, ("dry_needling",), 4.0) for day in (0, 7)), profile="acute_strain")
    up_and_down = zip(WEEKLY, (9.0, 1.0, 8.0, 0.0, 9.0, 2.0), strict=True)
    rare = Patient("b", tuple(Visit(day, ("dry_needling",), one) for day, one in up_and_down), profile="acute_strain")
    observed = observe(Records((usual, rare), "before", 1.0, (), ""), study.scenario)
    studies = near_points(study, 8, 1.0)
    easy, hard = (where_likely((group, 0), 1024, studies, 1, 1.0) for group in observed.groups)
    assert easy.varies < hard.varies
    assert easy.variance < hard.variance
    few, many = drawn_near(np.array([easy.variance, hard.variance]), 1024)
    assert few < many
    assert few + many <= 2 * 5 * 1024


def test_what_makes_a_patient_go_on_or_leave_is_worked_out_by_hand():
    study = small(given=["attendance.drop_out=0.05", "attendance.drop_out_if_not_relieved=0.2"])
    visits = tuple(Visit(day, ("dry_needling",), None) for day in (0, 7))
    left, stayed = (Patient(name, visits, ended=name, profile="acute_strain") for name in ("dropped_out", "completed"))
    likelihood = Likelihood(
        observe(Records((left, stayed), "before", 1.0, (), ""), study.scenario), Bank.of(study, 512)
    )
    found = np.exp(likelihood.by_patient(study))
    group = likelihood.observed.groups[0]
    _, seen, _ = likelihood.weights(study, group)
    relieved = dict(zip(group.schedule.looks, seen.relieved, strict=True))
    rate = {day: 0.05 + 0.2 * (1 - relieved[day]) for day in (1, 8) if day in relieved}
    assert found[0] == pytest.approx(((1 - rate[1]) * rate[8]).mean(), rel=1e-9)
    assert found[1] == pytest.approx((1 - rate[1]).mean(), rel=1e-9)


DAYS_ASKED = (60, 120, 365)
ANSWERS = ((True,), (False, True), (False, False, True), (False, False, False))
"""All that somebody can say who is asked on three days until the complaint has come back."""


def asked_later(answers):
    """Return records of patients who gave no reading and were asked later whether the complaint had come back."""
    visits = tuple(Visit(day, ("dry_needling",), None) for day in WEEKLY)
    return Records(
        tuple(
            Patient(f"p{k}", visits, profile="acute_strain", followup=tuple(
                FollowUp(day, None, one) for day, one in zip(DAYS_ASKED, said, strict=False)
            ))
            for k, said in enumerate(answers)
        ),
        "before", 1.0, (), "",
    )  # fmt: skip


def test_a_complaint_that_came_back_did_so_between_the_last_no_and_the_first_yes(study):
    """By hand over a bank; and whatever is answered, the chances of all possible answers add up to 1."""
    likelihood = Likelihood(observe(asked_later(ANSWERS), study.scenario), Bank.of(study, 2048))
    found = np.exp(likelihood.by_patient(study))
    assert found.sum() == pytest.approx(1.0, abs=1e-9)
    bank = likelihood.bank.patients(study, "acute_strain")
    visits = tuple((day, (list(study.scenario.modalities).index("dry_needling"),)) for day in WEEKLY)
    lost = along(Schedule(visits, DAYS_ASKED), bank, study.rules).lost
    assert 0.2 < (lost <= 365).mean() < 0.9
    for said, chance in zip(ANSWERS, found, strict=True):
        right = [(lost <= day) == one for day, one in zip(DAYS_ASKED, said, strict=False)]
        assert chance == pytest.approx(np.where(right, 1 - WRONG, WRONG).prod(axis=0).mean(), rel=1e-9)
    sure = [((lost > low) & (lost <= high)).mean() for low, high in ((0, 60), (60, 120), (120, 365), (365, np.inf))]
    assert found == pytest.approx(sure, abs=2 * WRONG)


def test_what_is_answered_after_a_yes_says_nothing_more_and_the_order_of_answers_does_not_matter(study):
    first, more = asked_later([(False, True), (False, True, False)]).patients
    turned = replace(more, followup=more.followup[::-1])
    groups = observe(Records((first, more, turned), "before", 1.0, (), ""), study.scenario).groups
    assert len(groups) == 1
    assert np.array_equal(groups[0].returned, groups[0].returned[:1].repeat(3, axis=0))


def test_those_who_stand_for_patients_answer_as_everybody_does(study):
    observed = observe(asked_later(ANSWERS * 3), study.scenario)
    with ThreadPoolExecutor(2) as pool:
        chosen = Chosen.of(observed, 4096, near_points(study, 4, 0.2), 1, pool)
    whole = Likelihood(observed, Bank.of(study, 1 << 16, seed=9)).by_patient(study)
    found = np.mean([np.exp(chosen.by_patient_and_number(study, one) - whole) for one in range(16)], axis=0)
    assert found == pytest.approx(np.ones(len(whole)), abs=0.05)


def test_a_conjugate_case_is_its_closed_form():
    """Readings before anything is done are normal about a mean whose prior is normal."""
    sd, noise = 0.5, 0.6
    spread = [f"profiles.acute_strain.baseline_pain.sd={sd}", "profiles.acute_strain.reading_noise.cv=0",
              f"profiles.acute_strain.reading_noise.mean={noise}"]  # fmt: skip
    study = small(BASELINE, given=spread)
    luck = np.random.default_rng(3)
    n = 40
    readings = np.round(2 * luck.normal(5.9, math.hypot(sd, noise), n)) / 2
    patients = tuple(
        Patient(f"p{i:02}", (Visit(0, ("dry_needling",), float(one)),), profile="acute_strain")
        for i, one in enumerate(readings)
    )
    posterior = posterior_of(study, Records(patients, "before", 0.5, (), ""), draws=4096, wanted=1000)
    variance = sd**2 + noise**2 + 0.5**2 / 12  # of a reading that is rounded (Sheppard)
    precision = 1 / 0.2**2 + n / variance
    mean = (5.6 / 0.2**2 + readings.sum() / variance) / precision
    found = column(posterior, BASELINE)
    assert found.mean() == pytest.approx(mean, abs=5 * precision**-0.5 / math.sqrt(400) + 0.004)
    assert found.std() == pytest.approx(precision**-0.5, rel=0.12)


class Known:
    """A source of data that need no bank."""

    def __init__(self, data):
        self.data = data

    def over(self, bank):
        return self.data

    def near(self, bank, studies, seed, pool):
        return self.data


class Measured:
    """Inputs measured by themselves with normal errors: the posterior is known whatever the prior's correlation."""

    def __init__(self, places, values, errors):
        self.places, self.values, self.errors = places, np.array(values), np.array(errors)

    def by_piece(self, study):
        now = []
        for section, name, what in self.places:
            now.append(math.log(float(getattr(getattr(study.scenario, section)[name], what))))
        return -0.5 * ((np.array(now) - self.values) / self.errors) ** 2


def test_the_estimator_finds_a_normal_posterior(study):
    """The logarithm of a lognormal input is normal; measured with a normal error it stays so."""
    unknowns = unknowns_of(study)
    data = Measured([("parameters", "dry_needling", "half_life")], [math.log(3.0)], [0.1])
    posterior = Estimator(unknowns, Known(data), Asked(wanted=1000, draws=4096)).run()
    prior = next(one for one in unknowns.inputs if one.path == HALF_LIFE).distribution
    mean, sd = prior.parameters
    precision = 1 / sd**2 + 1 / 0.1**2
    found = np.log(column(posterior, HALF_LIFE))
    assert found.mean() == pytest.approx((mean / sd**2 + math.log(3.0) / 0.1**2) / precision, abs=0.015)
    assert found.std() == pytest.approx(precision**-0.5, rel=0.08)
    assert len(posterior.active) == 1
    rest = column(posterior, NOISE)
    assert rest.mean() == pytest.approx(1.0, abs=0.02)  # drawn from its prior
    assert rest.std() == pytest.approx(0.15, rel=0.08)


class Banks:
    """Data that differ from bank to bank: by chance from point to point, and by a shift of what was measured."""

    def __init__(self, noise, shift):
        self.noise, self.shift = noise, shift

    def over(self, bank):
        return Measured([("parameters", "dry_needling", "half_life")], [math.log(3.0)], [0.1])

    def near(self, bank, studies, seed, pool):
        measured = self.over(bank)
        if bank >= LARGEST_BANK:
            measured.values = measured.values + self.shift
        luck = np.random.default_rng(seed)
        by_piece = measured.by_piece
        measured.by_piece = lambda study: by_piece(study) + luck.normal(0, self.noise)
        return measured


@pytest.mark.parametrize(("noise", "shift", "least", "most"), [(0.8, 0.0, 0.0, 0.1), (0.0, 0.05, 0.35, 0.65)])
def test_how_far_a_larger_bank_moves_means_is_told_beyond_what_chance_explains(study, noise, shift, least, most):
    asked = Asked(wanted=500, workers=1)
    found = [
        Estimator(unknowns_of(study), Banks(noise, shift), replace(asked, seed=seed)).run().moved for seed in range(5)
    ]
    assert least <= np.median(found) <= most


def test_draws_over_two_banks_are_weighed_by_the_mean_of_both_likelihoods(study):
    """They are worth more than over the second bank alone, and are of the same posterior."""
    asked = Asked(wanted=500, workers=1, draws=2048)
    found = [Estimator(unknowns_of(study), Banks(0.6, 0.0), replace(asked, seed=seed)).run() for seed in range(4)]
    assert min(one.effective for one in found) > 480  # 390 to 440 over the second alone
    mean, sd = next(one for one in unknowns_of(study).inputs if one.path == HALF_LIFE).distribution.parameters
    precision = 1 / sd**2 + 1 / 0.1**2
    means = [np.log(column(one, HALF_LIFE)).mean() for one in found]
    error = precision**-0.5 / math.sqrt(sum(one.effective for one in found))
    assert np.mean(means) == pytest.approx((mean / sd**2 + math.log(3.0) / 0.1**2) / precision, abs=3 * error)


def test_where_importance_sampling_does_not_suffice_chains_go_on_to_the_same_posterior(study):
    said = []
    posterior = Estimator(
        unknowns_of(study), Banks(1.7, 0.0), Asked(wanted=800, workers=1, draws=4096),
        progress=lambda part, done, total: said.append(part),
    ).run()  # fmt: skip
    assert "chains of draws" in said
    assert "over other people" not in said
    mean, sd = next(one for one in unknowns_of(study).inputs if one.path == HALF_LIFE).distribution.parameters
    precision = 1 / sd**2 + 1 / 0.1**2
    found = np.log(column(posterior, HALF_LIFE))
    expected = (mean / sd**2 + math.log(3.0) / 0.1**2) / precision
    assert posterior.effective > 150
    assert found.mean() == pytest.approx(expected, abs=3.5 * precision**-0.5 / math.sqrt(posterior.effective))
    assert found.std() == pytest.approx(precision**-0.5, rel=3.5 / math.sqrt(2 * posterior.effective))
    assert posterior.moved < 0.3
    assert posterior.bank == LARGEST_BANK


def test_the_mean_of_a_natural_course_that_is_stated_is_that_of_the_study():
    """So a fit to a scenario that an earlier fit has left learns of it, and does not only believe it."""
    study = small(*COURSE, given=WIDER_DOUBTS)
    unknowns = unknowns_of(study)
    values = unknowns.prior(unknowns.stated).values(unknowns.prior(unknowns.stated).mean[None])[0]
    at = [unknowns.prior(unknowns.stated).paths.index(path) for path in COURSE]
    for plateau, days in ((0.2, 9.0), (0.6, 40.0)):
        values[at] = plateau, days
        found = unknowns.study_at(values, unknowns.stated)
        assert found.calibration.natural["acute_strain"] == (plateau, days)
        pain = along(Schedule((), (3650,)), Bank.of(found, 256).patients(found, "acute_strain"), found.rules).pain
        baseline = along(Schedule((), (0,)), Bank.of(found, 256).patients(found, "acute_strain"), found.rules).pain
        assert (pain / baseline).mean() == pytest.approx(plateau, abs=0.05)


def test_without_data_the_posterior_is_the_prior(study):
    nothing = SimpleNamespace(by_piece=lambda study: np.zeros(1))
    posterior = Estimator(unknowns_of(study), Known(nothing), Asked(draws=4096)).run()
    assert posterior.z.mean(axis=0) == pytest.approx(np.zeros(posterior.z.shape[1]), abs=0.01)
    assert posterior.z.std(axis=0) == pytest.approx(np.ones(posterior.z.shape[1]), rel=0.02)
    assert column(posterior, CEILING).mean() == pytest.approx(0.6, abs=0.005)


@pytest.mark.long
def test_twice_the_patients_tell_the_noise_with_an_error_smaller_by_the_root_of_two(study):
    sds = [np.log(column(posterior_of(study, records_from(study, n, 5)), NOISE)).std() for n in (100, 200, 400)]
    assert sds[0] / sds[2] == pytest.approx(2.0, rel=0.25)
    assert sds[0] > sds[1] > sds[2]


@pytest.mark.long
def test_a_larger_bank_gives_the_same_means(study):
    records = records_from(study, 100, 7)
    few, many = (posterior_of(study, records, bank=bank, largest_bank=bank, wanted=500) for bank in (4096, 16384))
    for path in (CEILING, HALF_LIFE, NOISE):
        apart = column(few, path).mean() - column(many, path).mean()
        error = column(many, path).std() * math.sqrt(2 / 500)
        assert abs(apart) < 0.1 * column(many, path).std() + 3 * error


WHO = (
    BASELINE, "profiles.acute_strain.muscular_share.mean", "response.individual_sd", "response.correlation",
    "response.context.half_life",
)  # fmt: skip


@pytest.fixture(scope="module")
def independent(tmp_path_factory):
    """300 patients of an independent program, and what is learnt from them."""
    study = small(*FEW, *COURSE, given=WIDER_DOUBTS)
    truth = Truth({"dry_needling": Treatment(0.45, 2.5, 60.0, relapse_scale=400.0)}, relapses=True)
    made = made_records(truth, [tuple((day, ("dry_needling",)) for day in (*WEEKLY, 42))], patients=300, seed=11)
    folder = tmp_path_factory.mktemp("made")
    made.write(folder)
    records = read_records(folder, known_modalities=tuple(study.scenario.modalities))
    return study, records, posterior_of(study, records)


@pytest.mark.long
def test_what_an_independent_program_made_is_found_again(independent):
    _, _, posterior = independent
    for path, true in ((CEILING, 0.45), (HALF_LIFE, 2.5), (NOISE, 1.0)):
        low, high = np.quantile(column(posterior, path), [0.025, 0.975])
        assert low < true < high, path


@pytest.mark.long
def test_people_of_two_banks_give_the_same_means_for_300_patients(independent):
    """Six unknowns; nobody of one bank is in the other, and each alone is half of what a fit ends with."""
    study, records, _ = independent
    one, other = (posterior_of(study, records, bank=4096, largest_bank=4096, wanted=500, seed=seed) for seed in (1, 2))
    assert one.is_enough
    assert other.is_enough
    chance = math.sqrt(1 / one.effective + 1 / other.effective)
    at = list(one.active)
    apart = (one.z.mean(axis=0) - other.z.mean(axis=0))[at] / other.z.std(axis=0)[at]
    assert (np.abs(apart) < 0.1 + 2 * chance).all(), apart
    assert (apart**2).mean() - chance**2 < 0.1**2, apart


@pytest.mark.long
def test_records_of_treated_patients_tell_nothing_of_the_context_and_it_is_said(independent):
    """With the doubts that there are about who comes and how they respond; were these known, a little would be told."""
    _, records, _ = independent
    study = small(*FEW, *COURSE, *WHO, given=WIDER_DOUBTS)
    posterior = posterior_of(study, records)
    said = {one.path: one for one in told(posterior, len(records.patients))}
    assert not said[CONTEXT].says_something
    assert said[CEILING].says_something
    assert said[NOISE].says_something
    assert column(posterior, CONTEXT).std() > 0.75 * 0.03


@pytest.mark.long
def test_the_fitted_model_makes_such_records_and_a_mixture_that_it_lacks_is_flagged(independent):
    study, records, posterior = independent
    found = checks(observe(records, study.scenario), posterior, 1)
    assert sum(one.is_missed for one in found) <= 1
    other = small(
        *FEW, given=["parameters.dry_needling.ceiling=0.001", "profiles.acute_strain.natural_course.plateau.mean=0.95"]
    )
    best = small(*FEW, given=["parameters.dry_needling.ceiling=0.98", "parameters.dry_needling.half_life=0.3"])
    mixed = records_from(best, 200, 13, other=other)
    learnt = posterior_of(study, mixed)
    assert sum(one.is_missed for one in checks(observe(mixed, study.scenario), learnt, 1)) >= 3


def test_weights_that_stand_for_all_are_cut_and_draws_come_as_often_as_they_weigh():
    weights = truncated(np.array([1.0, *np.full(99, 1e-6)]))
    assert weights[0] == pytest.approx(0.10001 / (0.10001 + 99e-6))
    assert weights.sum() == pytest.approx(1.0)
    places = resampled(np.array([0.2, 0.3, 0.5]), 10)
    assert np.bincount(places).tolist() == [2, 3, 5]
