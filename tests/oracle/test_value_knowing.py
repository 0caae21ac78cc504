"""What knowing inputs is worth: bounds as printed, groups, relations that a regression misses, and inputs of noise."""

from __future__ import annotations

import math
import re
from itertools import product

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import qmc

from sim.decision.value.acceptability import curves
from sim.decision.value.assess import assess
from sim.decision.value.efficiency import efficiency
from sim.decision.value.information import partial_values
from sim.decision.value.question import ask
from sim.decision.value.subjects import ALL_INPUTS, Kind, subjects_of
from sim.errors import UsageError
from sim.report.value.knowing import DO_ROWS_FIT, check_first, evppi_rows, worth_table
from sim.units import MINUS
from tests.oracle.test_value import AHEAD, WEIGHTS, draws_of, gaussian, psa_of, unit_loss

ONE = np.array([1.0])


def answer(psa, wtp="0:2", at=1.0, **more):
    strategies = efficiency(psa)
    return assess(psa, strategies, ask(psa, strategies, wtp, at, **more))


def two(difference, inputs):
    """Return two strategies that differ by so much in effect, and inputs (draws, inputs) as x0, x1 and so on."""
    effect = np.stack([np.zeros(len(difference)), difference], axis=1)
    return psa_of(np.zeros_like(effect), effect, {f"x{k}": inputs[:, k] for k in range(inputs.shape[1])})


def test_a_group_is_worth_the_closed_form():
    expected = unit_loss(AHEAD, math.hypot(WEIGHTS[0], WEIGHTS[1]))
    subjects = subjects_of(["x0", "x1", "x2", "x3"], (), "x0", ["both=x0,x1"])
    scores = []
    for seed in range(30):
        psa = gaussian(1500, seed)
        single, both, everything = partial_values(psa, curves(psa, ONE), 0, subjects)
        assert [single.name, both.name, everything.name] == ["x0", "both", ALL_INPUTS]
        assert single.value[0] <= both.value[0] <= everything.value[0]
        scores.append((both.value[0] - expected) / both.error[0])
    assert abs(np.mean(scores)) < 5 / math.sqrt(30)
    assert 0.6 < np.std(scores) < 1.4  # four of its standard errors


def printed(text):
    """Return the number that a cell begins with."""
    return float(re.match(rf"{MINUS}?[\d,.e-]+", text)[0].replace(",", "").replace(MINUS, "-"))


def random_table(seed):
    """Return draws of any size, relation and scale: nothing but the bounds is known of them."""
    luck = draws_of(seed, "tables")
    n, count, strategies = int(luck.integers(100, 400)), int(luck.integers(3, 8)), int(luck.integers(2, 5))
    x = luck.standard_normal((n, count))
    x[:, 0] = np.round(x[:, 0])
    scale = 10.0 ** luck.uniform(-4, 6)
    effect = luck.standard_normal((n, strategies)) * luck.choice([0.0, 0.3, 2.0])
    for d in range(strategies):
        weights = luck.standard_normal(count) * luck.choice([0.0, 1.0], count)
        bent = luck.choice([0.0, 0.0, 1.0]) * x[:, 1] * x[:, 2] * (x[:, -1] if luck.random() < 0.5 else 1.0)
        effect[:, d] += x @ weights + bent + luck.choice([0.0, 0.2, 1.0]) * d
    psa = psa_of(scale * luck.standard_normal((n, strategies)), scale * effect)
    return psa.__class__(psa.strategies, psa.labels, psa.cost, psa.effect, {f"x{k}": x[:, k] for k in range(count)})


@pytest.mark.parametrize("part", range(4))
def test_a_part_is_worth_no_more_than_the_whole_as_printed(part):
    groups = ("pair=x0,x1", "three=x0,x1,x2", "other=x1,x2")
    members = {"pair": {"x0", "x1"}, "three": {"x0", "x1", "x2"}, "other": {"x1", "x2"}}
    told = 0
    for seed in range(50 * part, 50 * part + 50):
        psa = random_table(seed)
        found = answer(psa, "0,1,3", 1.0, groups=groups)
        everything = set(psa.parameters)
        sets = {**{name: {name} for name in everything}, **members, ALL_INPUTS: everything}
        rows = {row.head: row.cells for row in worth_table(found).rows}
        rows[ALL_INPUTS] = rows.pop("All inputs together")
        top = rows.pop("Everything (EVPI)")
        for column in (0, 3, 4):
            shown = {name: cells[column].text for name, cells in rows.items()}
            shown = {name: printed(text) for name, text in shown.items() if text != "–"}
            told += len(shown)
            for one, other in product(shown, shown):
                if sets[one] < sets[other]:
                    assert shown[one] <= shown[other], (seed, column, one, other)
            assert max(shown.values(), default=0) <= printed(top[column].text), (seed, column)
        written = {(row["wtp"], row["input"]): row["evppi"] for row in evppi_rows(found)}
        evpi = dict(zip(found.thin.wtp.tolist(), found.thin.evpi.tolist(), strict=True))
        for (price, one), value in written.items():
            assert not value > float(f"{evpi[price]:.10g}"), (seed, one)
            for other in sets:
                if sets[one] < sets[other]:
                    assert not value > written[price, other], (seed, one, other)
    assert told > 50 * 3 * 6  # few are withheld


@pytest.mark.parametrize(
    ("n", "more", "of_signs"), [(1000, 0, True), (1000, 0, False), (2000, 5, True), (1000, 20, True), (2000, 5, False)]
)
def test_a_relation_of_three_inputs_is_the_truth_or_withheld(n, more, of_signs):
    luck = draws_of(40 + more, "parity")
    inputs = luck.standard_normal((n, 3 + more))
    together = inputs[:, :3].prod(axis=1)
    together = 967 * np.sign(together) if of_signs else 967 * together
    # E max(0, 967 s) of a fair sign is 967 / 2; of a product of three normal numbers 967 (2 / pi)^1.5 / 2.
    truth = 967 / 2 if of_signs else 967 / 2 * (2 / math.pi) ** 1.5
    psa = two(together + luck.normal(0, 50, n), inputs)
    found = answer(psa)
    value, error = found.together.estimate, found.together.mc_error
    assert math.isnan(value) or abs(value - truth) < 4 * error
    assert math.isnan(value) or error < 0.2 * truth  # an error that says nothing would be no answer
    assert not any(one.is_beyond_noise and one.estimate > 0.3 * truth for one in found.inputs)


def test_what_only_neighbours_see_is_withheld_with_the_reason():
    luck = draws_of(45, "parity")
    inputs = luck.uniform(-1, 1, (2000, 4))
    found = answer(two(np.sign(inputs.prod(axis=1)) + luck.normal(0, 0.1, 2000), inputs))
    assert found.together.is_withheld
    said = " ".join(check_first(found))
    assert "No value is given for All inputs together: the regression misses what draws with alike inputs show" in said
    row = next(row for row in worth_table(found).rows if row.head == "All inputs together")
    assert row.cells[0].text == "–"
    assert "Withheld" in row.detail
    wave = np.sin(40 * inputs[:, 0])
    single = answer(two(wave + luck.normal(0, 0.1, 2000), inputs)).inputs
    by_name = {one.name: one for one in single}
    assert by_name["x0"].is_withheld or abs(by_name["x0"].estimate - 1 / math.pi) < 4 * by_name["x0"].mc_error


def test_many_inputs_of_noise_explain_nothing_of_few_draws():
    shares, flagged, odd = [], [], []
    for seed in range(12):
        luck = draws_of(seed, "noise")
        psa = psa_of(np.zeros((200, 2)), luck.standard_normal((200, 2)),
                     {f"x{k}": luck.standard_normal(200) for k in range(38)})  # fmt: skip
        found = answer(psa)
        shares.append(found.together.estimate / found.perfect.estimate)
        flagged += [one.is_beyond_noise for one in found.inputs]
        odd.append(found.odd)
    assert np.mean(shares) < 0.05  # it was 30 %
    assert np.mean(flagged) <= 0.05
    assert np.mean(odd) > 0.8


@pytest.mark.parametrize("strategies", [2, 4])
def test_a_tie_does_not_make_noise_worth_checking(strategies):
    flagged, others = [], []
    for seed in range(25):
        luck = draws_of(seed, "tie")
        effect = luck.standard_normal((400, strategies))
        inputs = luck.standard_normal((400, 12))
        effect[:, 0] += inputs[:, 0]
        psa = psa_of(np.zeros_like(effect), effect, {f"x{k}": inputs[:, k] for k in range(12)})
        single = answer(psa).inputs
        flagged += [one.is_beyond_noise for one in single if one.name != "x0"]
        others.append(next(one.is_beyond_noise for one in single if one.name == "x0"))
    assert np.mean(flagged) <= 0.05
    assert all(others)


def test_a_file_of_inputs_that_is_shifted_is_noticed():
    psa = gaussian(1000, 7)
    shifted = {name: np.roll(values, 137) for name, values in psa.parameters.items()}
    assert not answer(psa).odd
    found = answer(psa_of(psa.cost, psa.effect, shifted))
    assert found.odd
    (said,) = check_first(found)
    assert said.endswith(DO_ROWS_FIT)


def test_an_input_may_be_called_as_all_of_them():
    psa = gaussian(800, 3)
    named = {ALL_INPUTS: psa.parameters["x0"], "everything": psa.parameters["x1"]}
    found = answer(psa_of(psa.cost, psa.effect, named), groups=(f"{ALL_INPUTS}={ALL_INPUTS}",))
    assert [one.subject.kind for one in found.partials] == [Kind.INPUT, Kind.INPUT, Kind.GROUP, Kind.ALL]
    assert found.inputs[0].name == found.groups[0].name == found.together.name == ALL_INPUTS
    assert found.inputs[0].estimate == pytest.approx(found.groups[0].estimate)
    assert found.partial(found.inputs[0]).switches
    assert {(row["input"], row["kind"]) for row in evppi_rows(found)} == {
        (ALL_INPUTS, "input"), ("everything", "input"), (ALL_INPUTS, "group"), (ALL_INPUTS, "all"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "groups", "message"),
    [
        ("x0,y", (), "--inputs: 'y' is no input; allowed: 'x0', 'x1'"), (" , ", (), "--inputs: names no input"),
        (None, ("a",), "--group 'a': allowed: NAME=input,input"), (None, ("=x0",), "allowed: NAME=input,input"),
        (None, ("a=",), "--group 'a': names no input"), (None, ("a=x0,x9",), "--group 'a': 'x9' is no input"),
        (None, ("a=x0", "a=x1"), "--group 'a': is there twice"), (None, ("a\x07b=x0",), "allowed: NAME"),
    ],
)  # fmt: skip
def test_a_group_that_cannot_be_is_one_message(inputs, groups, message):
    with pytest.raises(UsageError) as error:
        subjects_of(["x0", "x1"], (), inputs, groups)
    assert message in str(error.value)
    assert str(error.value).isprintable()


def test_draws_that_are_spread_evenly_withhold_no_value():
    """Points of a Sobol sequence that are alike in one input are alike in others too, which is no misfit of the one."""
    ranks = np.clip(qmc.Sobol(40, seed=7).random(1024), 1e-9, 1 - 1e-9)
    z = ndtri(ranks)
    effect = z[:, :12] @ np.linspace(1.0, 0.2, 12) + 0.3 * z[:, 0] * z[:, 1]
    net = np.stack([np.zeros(1024), effect, 0.5 * effect + 0.3 * z[:, 3]], axis=1)
    psa = psa_of(np.zeros_like(net), net, {f"x{k}": z[:, k] for k in range(40)})
    found = partial_values(psa, curves(psa, np.array([1.0])), 0)
    assert not any(np.isnan(one.value).any() for one in found)
    strongest = max(found[:-1], key=lambda one: one.value[0])
    assert strongest.name == "x0"
    assert max(one.value[0] for one in found[12:40]) < 0.05 * found[-1].value[0]


def test_the_example_of_the_package_voi_has_its_closed_form():
    # vignettes/voi.Rmd: a treatment gains p1 and costs p2, with p1 normal (1, 1) and p2 normal (0, 2), at a price of 1.
    luck = draws_of(46)
    first, second = luck.normal(1, 1, 10_000), luck.normal(0, 2, 10_000)
    nothing = np.zeros(10_000)
    psa = psa_of(np.stack([nothing, second], 1), np.stack([nothing, first], 1), {"p1": first, "p2": second})
    found = answer(psa)
    expected = {"p1": unit_loss(1, 1), "p2": unit_loss(1, 2)}  # 0.083 and 0.396
    for one in found.inputs:
        assert abs(one.estimate - expected[one.name]) < 4 * one.mc_error
        assert one.mc_error < 0.1 * expected[one.name]
    everything = unit_loss(1, math.sqrt(5))  # 0.480: nothing is uncertain but the two
    for whole in (found.together, found.perfect):
        assert abs(whole.estimate - everything) < 4 * whole.mc_error
    assert found.together.explained > 0.999
