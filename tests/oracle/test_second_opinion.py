"""A nested sampler as second opinion: a closed form, the estimator's posterior, and what is said where they differ."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from sim.learn.counts import count
from sim.learn.evidence import Evidence
from sim.learn.observed import observe
from sim.learn.posterior import Asked, Estimator
from sim.learn.second_opinion import BANK, NEAR, second_opinion
from tests.learning import FEW, HALF_LIFE, posterior_of, records_from, small, unknowns_of

MEASURED, ERROR = math.log(3.0), 0.1
FEW_POINTS = 50
"""Points that are alive at once where little is unknown."""


class Measured:
    """The half-life measured by itself with a normal error of its logarithm."""

    def by_piece(self, study):
        now = math.log(float(study.scenario.parameters["dry_needling"].half_life))
        return np.array([-0.5 * ((now - MEASURED) / ERROR) ** 2])

    def over(self, bank):
        return self

    def near(self, bank, studies, seed, pool):
        return self


@pytest.fixture(scope="module")
def study():
    return small(*FEW)


@pytest.fixture(scope="module")
def measured(study):
    """The posterior of a measured half-life, and the distribution that was believed before."""
    unknowns = unknowns_of(study)
    prior = next(one for one in unknowns.inputs if one.path == HALF_LIFE).distribution.parameters
    return Estimator(unknowns, Measured(), Asked(wanted=1000, draws=4096)).run(), prior


@pytest.fixture(scope="module")
def opinion(measured):
    return second_opinion(measured[0], Measured(), 1, live=FEW_POINTS)


def test_a_conjugate_case_is_its_closed_form_and_so_is_its_evidence(measured, opinion):
    _, (mean, sd) = measured
    found = opinion
    (one,) = found.inputs
    precision = 1 / sd**2 + 1 / ERROR**2
    expected, spread = (mean / sd**2 + MEASURED / ERROR**2) / precision, precision**-0.5
    # Moments of a lognormal distribution.
    at = math.exp(expected + spread**2 / 2)
    assert one.path == HALF_LIFE
    assert one.second_mean == pytest.approx(at, abs=4 * at * spread / math.sqrt(found.effective))
    assert one.second_sd == pytest.approx(at * math.sqrt(math.expm1(spread**2)), rel=4 / math.sqrt(2 * found.effective))
    total = sd**2 + ERROR**2
    evidence = math.log(ERROR / math.sqrt(total)) - 0.5 * (MEASURED - mean) ** 2 / total
    assert found.log_evidence == pytest.approx(evidence, abs=4 * found.log_evidence_error)
    assert found.log_evidence_error < 0.3
    assert found.agrees


def test_the_same_data_give_the_same_numbers_whatever_the_number_of_workers(measured, opinion):
    posterior, _ = measured
    assert second_opinion(posterior, Measured(), 1, 2, live=FEW_POINTS) == opinion
    assert second_opinion(posterior, Measured(), 2, live=FEW_POINTS) != opinion


@pytest.mark.parametrize(("moved", "wider"), [(1.0, 1.0), (0.0, 1.6)])
def test_an_estimate_that_is_off_is_told(measured, moved, wider):
    posterior, _ = measured
    z = posterior.z.copy()
    (at,) = posterior.active
    middle, sd = z[:, at].mean(), z[:, at].std()
    z[:, at] = middle + moved * sd + wider * (z[:, at] - middle)
    found = second_opinion(replace(posterior, z=z), Measured(), 1, live=FEW_POINTS)
    assert not found.agrees
    assert found.inputs[0].apart == pytest.approx(-moved, abs=0.3)


def test_without_anything_learnt_there_is_nothing_to_compare(measured):
    posterior, _ = measured
    assert second_opinion(replace(posterior, active=()), Measured(), 1) is None


@pytest.mark.parametrize(("patients", "live"), [(12, FEW_POINTS), pytest.param(100, 150, marks=pytest.mark.long)])
def test_both_say_the_same_of_records(study, patients, live):
    records = records_from(study, patients, 3)
    posterior = posterior_of(study, records)
    counts = count(records, tuple(study.scenario.modalities))
    evidence = Evidence(study, observe(records, study.scenario), counts)
    near = [posterior.unknowns.study_at(posterior.values[k], posterior.forms[k]) for k in range(NEAR)]
    with ThreadPoolExecutor(2) as pool:
        data, anew = evidence.fixed(BANK, near, 1, pool)
    somewhere = near[0]
    assert np.array_equal(data.by_piece(somewhere), data.by_piece(somewhere))
    found = second_opinion(posterior, data, 1, 2, live=live, anew=anew)
    print(found)
    assert len(found.inputs) == len(posterior.active) >= 3
    assert found.agrees, found
    for one in found.inputs:
        assert one.second_mean == pytest.approx(one.mean, abs=0.3 * one.sd)
