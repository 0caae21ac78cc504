"""Simulation-based calibration: fitted to data of inputs that were drawn from the prior, the posterior holds these as
often as it says (Talts and others 2018, arXiv:1804.06788)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from sim.learn.likelihood import Bank
from sim.learn.paths import Schedule, along
from sim.learn.records import Patient, Records, Visit
from sim.luck.nets import NET_SIZE
from tests.learning import FEW, WEEKLY, posterior_of, small, unknowns_of

PATIENTS = 20
VISITS = WEEKLY[:4]
DAYS = (*VISITS, 28)


def records_of(study, seed):
    """Return records of patients who are independent of each other: one of each of many nets."""
    luck = np.random.default_rng(seed)
    number = list(study.scenario.modalities).index("dry_needling")
    bank = Bank.of(study, PATIENTS * NET_SIZE, seed=seed + 5000).patients(study, "acute_strain")
    seen = along(Schedule(tuple((day, (number,)) for day in VISITS), DAYS), bank, study.rules)
    rows = []
    for i, column in enumerate(np.arange(PATIENTS) * NET_SIZE + luck.integers(NET_SIZE, size=PATIENTS)):
        said = np.round(seen.pain[:, column] + bank.cohort.noise[column] * luck.standard_normal(len(DAYS)))
        rows.append(
            Patient(
                f"p{i:03}",
                tuple(
                    Visit(day, ("dry_needling",) if day in VISITS else (), float(np.clip(reading, 0, 10)))
                    for day, reading in zip(DAYS, said, strict=True)
                ),
                profile="acute_strain",
            )
        )
    return Records(tuple(rows), "before", 1.0, (), "")


def ranks_of_the_truth(fits):
    """Return where the inputs that made the data lie among the draws, from 0 to 1, (fits, inputs)."""
    study = small(*FEW)
    unknowns = unknowns_of(study)
    prior = unknowns.prior(unknowns.stated)
    luck = np.random.default_rng(2026)
    ranks = []
    for number in range(fits):
        z = prior.mean + prior.factor @ luck.standard_normal(len(prior.mean))
        made = unknowns.study_at(prior.values(z[None])[0], unknowns.stated)
        posterior = posterior_of(study, records_of(made, number), draws=512, wanted=128, bank=1024, largest_bank=1024)
        assert posterior.is_enough
        ranks.append((posterior.z < z).mean(axis=0))
    return np.array(ranks)


def test_twenty_fits_hold_the_truth_about_as_often_as_they_say():
    ranks = ranks_of_the_truth(20)
    inside = ((ranks > 0.05) & (ranks < 0.95)).sum(axis=0)
    assert (inside >= 14).all(), inside  # of 20 with a chance of 0.9 each, fewer are seen once in 400 times
    assert 64 <= inside.sum() <= 79, inside
    assert abs(ranks.mean() - 0.5) < 4 * np.sqrt(1 / 12 / ranks.size)


@pytest.mark.long
def test_a_hundred_fits_hold_the_truth_as_often_as_they_say():
    ranks = ranks_of_the_truth(100)
    inside = ((ranks > 0.05) & (ranks < 0.95)).sum(axis=0)
    assert ((inside >= 80) & (inside <= 97)).all(), inside
    for k in range(ranks.shape[1]):
        assert kstest(ranks[:, k], "uniform").pvalue > 0.001, k
