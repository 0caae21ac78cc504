"""What a study before choosing is worth: closed forms of the conjugate normal case, bounds, bad words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm, qmc

from sim.decision.value.efficiency import efficiency
from sim.decision.value.new_study import Signal, measured, new_study
from sim.decision.value.psa import Psa
from sim.decision.value.question import ask
from sim.decision.value.sampling import sampling
from sim.decision.value.stated import stated
from sim.errors import UsageError
from tests.oracle.test_value import draws_of, psa_of

MEAN, PRIOR_SD, SD, PRICE, EXTRA = 0.02, 0.1, 0.8, 20_000.0, 300.0
DRAWS = 4096
SIZES = "n=10/50/200/1000/10000"


@pytest.fixture(scope="module")
def normal():
    """A new treatment at 300 more, whose gain over the usual one is in doubt; a study measures that gain."""
    gain = MEAN + PRIOR_SD * norm.ppf(qmc.Sobol(1, seed=3).random(DRAWS)[:, 0])
    cost = np.stack([np.zeros(DRAWS), np.full(DRAWS, EXTRA)], axis=1)
    return Psa(("a", "b"), ("a", "b"), cost, np.stack([np.zeros(DRAWS), gain], axis=1), {"gain": gain})


def asked(psa, **more):
    return ask(psa, efficiency(psa), at=PRICE, **more)


def closed_form(size):
    """Return the EVSI of the mean of `size` patients in each of two arms (Raiffa and Schlaifer 1961, chapter 5)."""
    spread = PRICE * PRIOR_SD**2 / math.sqrt(PRIOR_SD**2 + 2 * SD**2 / size)
    mean = PRICE * MEAN - EXTRA
    return spread * norm.pdf(mean / spread) + mean * norm.cdf(mean / spread) - max(mean, 0)


def found(psa, text, **more):
    study = new_study(text)
    gain = psa.parameters["gain"]
    return sampling(psa, asked(psa, **more), math.inf, study, Signal(gain, np.full(psa.draws, 2 * SD**2)))


def test_the_worth_of_a_normal_study_is_the_closed_form(normal):
    one = found(normal, f"{SIZES},arms=a/b,outcome=qaly")
    for each in one.sampled:
        assert each.value.estimate == pytest.approx(closed_form(each.size), abs=5 * each.value.mc_error)
        assert each.value.estimate == pytest.approx(closed_form(each.size), rel=0.02)
    assert one.limit.estimate == pytest.approx(closed_form(math.inf), rel=0.01)


def test_what_sampling_is_worth_to_all_is_that_less_its_cost(normal):
    text = f"{SIZES},arms=a/b,outcome=qaly,cost=100000+500,uptake=0.5,after=1"
    one = found(normal, text, patients_per_year=200, years=4.0, money=stated(0.03))
    # Years 2, 3 and 4, each a year later worth 3 % less.
    later = 200 * 0.5 * (1.03**-1 + 1.03**-2 + 1.03**-3)
    assert one.reached == pytest.approx(later, rel=1e-12)
    for each in one.sampled:
        assert each.patients == 2 * each.size
        assert each.cost == 100_000 + 500 * 2 * each.size
        assert each.population == pytest.approx(each.value.estimate * later, rel=1e-12)
        assert each.net.estimate == pytest.approx(each.population - each.cost, rel=1e-9)
    best = max(one.sampled, key=lambda each: closed_form(each.size) * later - each.cost)
    assert one.best is None or one.best.size == best.size
    known = [closed_form(each.size) * later - each.cost for each in one.sampled]
    assert (one.best is None) == (max(known) < 0)


def test_a_larger_study_is_worth_no_less_and_none_more_than_one_without_end(normal):
    values = [each.value.estimate for each in found(normal, "n=2:100000,arms=a/b,outcome=qaly").sampled]
    limit = found(normal, "n=2,arms=a/b,outcome=qaly").limit.estimate
    assert values == sorted(values)
    assert values[0] < 0.5 * limit
    assert values[-1] <= limit


def test_a_study_of_an_input_is_worth_no_more_than_knowing_it_on_random_tables():
    """Of 60 tables, each with noise of its own: between 0 and the EVPI as printed, rising with the size."""
    for seed in range(60):
        luck = draws_of(seed)
        inputs = {"x": luck.normal(size=300), "y": luck.normal(size=300)}
        effect = np.stack([luck.normal(0, 0.3, 300), inputs["x"] * luck.uniform(0, 1) + 0.2 * inputs["y"]], axis=1)
        psa = psa_of(np.zeros_like(effect), effect, inputs)
        question = ask(psa, efficiency(psa), wtp="0,1", at=1.0)
        perfect = float((effect.max(axis=1)).mean() - effect.mean(axis=0).max())
        one = sampling(
            psa, question, perfect, new_study("n=2/20/200,input=x,sd=2"), Signal(inputs["x"], np.full(300, 4.0))
        )
        values = [each.value.estimate for each in one.sampled]
        assert 0 <= values[0] <= values[1] <= values[2] <= one.limit.estimate <= perfect


def test_a_study_of_what_does_not_matter_is_worth_nothing_beyond_chance(normal):
    idle = draws_of(9).normal(size=DRAWS)
    one = sampling(normal, asked(normal), math.inf, new_study("n=1000,input=gain,sd=1"), Signal(idle, np.ones(DRAWS)))
    assert one.sampled[0].value.estimate <= 3 * one.sampled[0].value.mc_error
    never = sampling(
        normal, asked(normal), math.inf, new_study("n=10,input=gain,sd=0"), Signal(np.ones(DRAWS), np.zeros(DRAWS))
    )
    assert never.sampled[0].value.estimate == never.limit.estimate == 0


def test_measuring_an_input_has_one_group_and_its_own_scatter(normal):
    study = new_study("n=100,input=gain,sd=0.4,cost=10+2")
    signal = measured(normal, study)
    assert (signal.value == normal.parameters["gain"]).all()
    assert np.unique(signal.variance) == pytest.approx([0.16])
    (each,) = sampling(normal, asked(normal), math.inf, study, signal).sampled
    assert (each.patients, each.cost) == (100, 210)
    spread = PRICE * PRIOR_SD**2 / math.sqrt(PRIOR_SD**2 + 0.16 / 100)
    mean = PRICE * MEAN - EXTRA
    known = spread * norm.pdf(mean / spread) + mean * norm.cdf(mean / spread) - max(mean, 0)
    assert each.value.estimate == pytest.approx(known, rel=0.01)


def test_sizes_of_a_range_grow_by_a_factor():
    sizes = new_study("n=50:1000,arms=a/b,outcome=qaly").sizes
    assert (len(sizes), sizes[0], sizes[-1]) == (8, 50, 1000)
    steps = np.diff(np.log(sizes))
    assert steps == pytest.approx(steps.mean(), abs=0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n=50", "arms"),
        ("arms=a/b,outcome=qaly", "n is missing|'n'"),
        ("n=1,arms=a/b,outcome=qaly", "from 2 to"),
        ("n=0:50,arms=a/b,outcome=qaly", "from 2 to"),
        ("n=100:50,arms=a/b,outcome=qaly", "must rise"),
        ("n=many,arms=a/b,outcome=qaly", "must be a number"),
        ("n=50,arms=a,outcome=qaly", "two different arms"),
        ("n=50,arms=a/a,outcome=qaly", "two different arms"),
        ("n=50,arms=a/b", "and outcome are needed"),
        ("n=50,arms=a/b,outcome=qaly,sd=3", "not both"),
        ("n=50,input=gain", "input and sd"),
        ("n=50,input=gain,sd=-1", "from 0 up"),
        ("n=50,arms=a/b,outcome=qaly,uptake=1.2", "from 0 to 1"),
        ("n=50,arms=a/b,outcome=qaly,cost=cheap", "from 0 up"),
        ("n=50,arms=a/b,outcome=qaly,colour=red", "must be one of"),
        ("n=50,n=60,arms=a/b,outcome=qaly", "twice"),
    ],
)
def test_a_study_that_cannot_be_is_refused_by_its_part(text, said):
    with pytest.raises(UsageError, match=said) as refused:
        new_study(text)
    assert str(refused.value).startswith("--study ")
    assert "\n" not in str(refused.value)


def test_an_unknown_input_and_results_after_the_years_are_refused(normal):
    with pytest.raises(UsageError, match="'gane': is no input; allowed: 'gain'"):
        measured(normal, new_study("n=50,input=gane,sd=1"))
    with pytest.raises(UsageError, match="before the end of the 5 years"):
        found(normal, "n=50,arms=a/b,outcome=qaly,after=5")
