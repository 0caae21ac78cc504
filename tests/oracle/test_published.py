"""Published numbers of the value of information: voi's examples by quadrature, by other estimators, on R's draws."""

from __future__ import annotations

import math
import shutil
import subprocess

import numpy as np
import pytest
from scipy.stats import norm, qmc

import sim
from sim.decision.value.acceptability import curves
from tests.oracle.test_value import draws_of, psa_of, unit_loss
from tests.published.__main__ import IN_EACH_ARM, compared, main, make_tables, written
from tests.published.chemotherapy import DRUG, LAWS, WEEKS, costs_and_effects, drawn
from tests.published.exact import Exact, binomial
from tests.published.examples import EXAMPLES, PAIR, SHARE, TRIAL

PRICE = 20_000.0
PACKAGES = ("dampack", "vaccine", "smoking", "voi")
BY_NAME = {example.name: example for example in EXAMPLES}


@pytest.fixture(scope="module")
def exact():
    return Exact(PRICE)


def uniform(seed, n, purpose="value"):
    return draws_of(seed, purpose).random((n, len(LAWS)))


def printed(example, what):
    (found,) = (figure.published for figure in BY_NAME[example].figures if figure.what == what)
    return found


def test_the_model_is_the_markov_chain_that_is_described():
    x = drawn(uniform(1, 20))
    cost, effect = costs_and_effects(x)
    for k in range(20):
        one = {name: float(values[k]) for name, values in x.items()}
        a, b = 1 - (1 - one["p_hospitalised_total"]) ** (1 / 52), 1 - (1 - one["p_died"]) ** (1 / 52)
        c, home, hospital = 1 - math.exp(-one["rate_longterm"] / 52), one["lambda_home"], one["lambda_hosp"]
        chain = np.array(
            [
                [(1 - home) * (1 - a), a, home * (1 - a), 0],
                [0, (1 - hospital) * (1 - b), hospital * (1 - b), b],
                [0, 0, 1 - c, c],
                [0, 0, 0, 1],
            ]
        )
        assert chain.sum(axis=1) == pytest.approx(1)
        weekly = np.array([[one["c_home_care"], one["c_hospital"], 0, 0],
                           [one["u_home_care"], one["u_hospital"], one["u_recovery"], 0]])  # fmt: skip
        lives = np.linspace(2, 40, 20_001)
        later = np.trapezoid(np.exp(-one["rate_longterm"] * lives), lives) * one["u_home_care"]
        dies = 1 - math.exp(-38 * one["rate_longterm"])
        for arm, share in enumerate((one["p_side_effects_t1"], one["p_side_effects_t2"])):
            trace = np.array([np.array([share, 0, 0, 0]) @ np.linalg.matrix_power(chain, week) for week in range(53)])
            dead = trace[-1, 3]
            spent = (trace @ weekly[0]).sum() / 52 + dead * one["c_death"] / 52 + (1 - dead) * dies * one["c_death"]
            lived = (trace @ weekly[1]).sum() / 52 + (1 - share) * one["u_recovery"] * (WEEKS + 1) / 52
            assert cost[k, arm] == pytest.approx(DRUG[arm] + spent, rel=1e-12)
            assert effect[k, arm] == pytest.approx(lived + (1 - dead) * later, rel=1e-8)


def test_quadrature_agrees_with_averages_over_draws_that_take_no_regression(exact):
    """Of 100,000 draws: every result of a study weighs the draws by its likelihood, and all results are counted."""
    n = 100_000
    x = drawn(uniform(2, n))
    cost, effect = costs_and_effects(x)
    ahead = np.diff(PRICE * effect - cost, axis=1)[:, 0]
    error = ahead.std() / math.sqrt(n)
    assert exact.ahead() == pytest.approx(ahead.mean(), abs=4 * error)
    assert exact.evpi() == pytest.approx(np.maximum(ahead, 0).mean() - max(ahead.mean(), 0), abs=4 * error)
    usual, novel = (binomial(IN_EACH_ARM, x[f"p_side_effects_t{arm}"]) for arm in (1, 2))
    by_result = (usual * ahead) @ novel.T / n
    assert exact.of_trial(IN_EACH_ARM) == pytest.approx(
        np.maximum(by_result, 0).sum() - max(ahead.mean(), 0), abs=4 * error
    )
    by_events = novel @ ahead / n
    assert exact.of_novel_sample(IN_EACH_ARM) == pytest.approx(
        np.maximum(by_events, 0).sum() - max(ahead.mean(), 0), abs=4 * error
    )
    nearly_known = exact.of_trial(3000)
    assert exact.of_trial(IN_EACH_ARM) < nearly_known < exact.of_pair() < exact.evpi()
    assert exact.of_novel_sample(3000) == pytest.approx(exact.of_novel_share(), rel=0.02)


def answer(directory, seed, sd, n=10_000):
    """Return ours on draws of our own: estimates and errors of what is exact."""
    written(directory, "chemotherapy", drawn(uniform(seed, n)))
    study = f"n=100/1000,input={SHARE},sd={sd}"
    asked = {**BY_NAME["chemotherapy"].asked, "wtp": f"{PRICE:.0f},30000", "study": study, "effect": "QALY"}
    result = sim.value(table=directory / "chemotherapy.csv", parameters=directory / "chemotherapy-inputs.csv", **asked)
    rows, whole = result.tables["evppi"].where(wtp=PRICE), result.tables["curves"].where(wtp=PRICE)
    found = [(whole["evpi"][0], whole["evpi_error"][0])]
    for name in (SHARE, PAIR, TRIAL):
        one = rows.where(input=name)
        found.append((one["evppi"][0], one["evppi_error"][0]))
    sampled = result.tables["evsi"]
    return np.array([*found, *zip(sampled["evsi"], sampled["evsi_error"], strict=True)])


@pytest.fixture(scope="module")
def known(exact):
    """What is exact of what `answer` returns, and how far one patient's side effects scatter."""
    _, novel, weight = exact.shares
    values = [exact.evpi(), exact.of_novel_share(), exact.of_pair(), exact.of_trial(IN_EACH_ARM)]
    values += [exact.of_novel_sample(size) for size in (100, 1000)]
    return np.array(values), math.sqrt((weight * novel * (1 - novel)).sum())


def test_our_answers_are_the_exact_ones_within_their_errors(tmp_path, known):
    values, sd = known
    found = answer(tmp_path, 3, sd)
    assert (np.abs(found[:, 0] - values) < 3 * found[:, 1]).all(), (found, values)
    assert (found[:, 1] < 0.03 * values).all()


@pytest.mark.long
def test_stated_errors_of_our_answers_are_those_of_repetition(tmp_path, known):
    values, sd = known
    found = np.array([answer(tmp_path, seed, sd) for seed in range(100, 140)])
    scores = (found[:, :, 0] - values) / found[:, :, 1]
    # The mean of 40 scores has a standard error of 0.16, their standard deviation one of 0.11.
    assert (np.abs(scores.mean(axis=0)) < 0.6).all(), scores.mean(axis=0)
    assert ((scores.std(axis=0) > 0.67) & (scores.std(axis=0) < 1.33)).all(), scores.std(axis=0)
    # Errors of the mean of the 40 estimates are about a third of a per cent.
    assert found[:, :, 0].mean(axis=0) == pytest.approx(values, rel=0.012)


def test_published_numbers_of_the_example_are_the_exact_ones_within_the_error_of_10_000_draws(exact, tmp_path, known):
    _, sd = known
    errors = answer(tmp_path, 4, sd)[:, 1]
    published = [
        printed("chemotherapy", what)
        for what in ("EVPI at 20,000", f"EVPPI of {SHARE} at 20,000", f"EVPPI of {PAIR} at 20,000",
                     f"EVSI of a {TRIAL}")
    ]  # fmt: skip
    assert (np.abs(known[0][:4] - published) < 2 * errors[:4]).all()
    # Of other estimators in the package: importance sampling with 1,000 draws, of the trial and of one arm of it.
    assert known[0][3] == pytest.approx(239.1277, abs=2 * math.sqrt(10) * errors[3])
    assert known[0][4] == pytest.approx(219.236, abs=2 * math.sqrt(10) * errors[4])


def test_the_simple_example_has_its_closed_forms():
    """Net benefit k p1 - p2 against 0, with p1 normal (1, 1) and p2 normal (0, 2); 0.4798107 is published as exact."""
    p1, p2 = norm.ppf(qmc.Sobol(2, seed=5).random(2**14)).T * [[1], [2]] + [[1], [0]]
    nothing = np.zeros_like(p1)
    psa = psa_of(np.stack([nothing, p2], axis=1), np.stack([nothing, p1], axis=1))
    prices = np.array([1.0, 2.0, 3.0])
    exact = [unit_loss(k, math.hypot(k, 2)) for k in prices]
    assert exact[0] == pytest.approx(0.4798107, abs=5e-8)
    found = curves(psa, prices)
    assert found.evpi == pytest.approx(exact, rel=0.002)
    sample = math.sqrt(2**14 / 10_000) * found.evpi_error
    for k, price in enumerate(prices):
        assert printed("simple", f"EVPI at {price:,.0f}") == pytest.approx(exact[k], abs=2.5 * sample[k])
        assert printed("simple", f"EVPPI of p1 at {price:,.0f}") == pytest.approx(
            unit_loss(price, price), abs=2.5 * sample[k]
        )
    for size, rest in ((10, 0.0744025), (100, 0.08106261), (1000, 0.08189925)):
        assert rest == printed("simple", f"EVSI of {size} patients")
        assert rest == pytest.approx(unit_loss(1, 1 / math.sqrt(1 + 1 / size)), abs=2.5 * sample[0])


@pytest.fixture(scope="module")
def rscript():
    found = shutil.which("Rscript")
    if found is None:
        pytest.skip("no R here: install it (apt-get install r-base-core)")
    return found


@pytest.fixture(scope="module")
def made(rscript, tmp_path_factory):
    """The tables that take no package's data."""
    place = tmp_path_factory.mktemp("published") / "made"
    place.mkdir()
    make_tables(place, place.parent)
    return place


@pytest.mark.parametrize("name", ["simple", "chemotherapy"])
def test_on_the_draws_of_r_ours_are_the_published_numbers(made, name):
    told = list(compared(BY_NAME[name], made))
    assert all(agrees for agrees, _ in told), told
    if name == "chemotherapy":
        assert any("368.605096   368.605096" in line for _, line in told)


STAND_INS = """
folder <- commandArgs(trailingOnly = TRUE)
drawn <- function(name) read.csv(file.path(folder, "made", paste0(name, ".csv")), check.names = FALSE)
kept <- function(package, name, ...) {
  place <- file.path(folder, package, "data")
  dir.create(place, recursive = TRUE, showWarnings = FALSE)
  save(..., file = file.path(place, name), envir = parent.frame())
}
made <- drawn("chemotherapy")
columns <- function(kind) as.matrix(made[startsWith(names(made), kind)])
chemo_cea <- list(e = columns("effect_"), c = columns("cost_"), k = 10000 * 1:5)
colnames(chemo_cea$e) <- colnames(chemo_cea$c) <- c("SoC", "Novel")
chemo_pars <- drawn("chemotherapy-inputs")[-1]
kept("voi", "chemo_cea.rda", chemo_cea)
kept("voi", "chemo_pars.rda", chemo_pars)
set.seed(2)
matrix_of <- function(mean) matrix(rnorm(300 * length(mean), mean, 1), 300, byrow = TRUE)
as_frame <- function(values) as.data.frame(values)
example_psa <- list(strategies = c("Chemo", "Radio", "Surgery"), wtp = c(1000, 11000),
                    cost = as_frame(matrix_of(c(10, 20, 30))), effectiveness = as_frame(matrix_of(c(1, 2, 3))),
                    parameters = data.frame(pFailChemo = runif(300), pFailSurg = runif(300)))
kept("dampack", "example_psa.rda", example_psa)
eff <- matrix_of(c(1, 2)); cost <- matrix_of(c(10, 20)); treats <- c("Status Quo", "Vaccination")
kept("BCEA", "Vaccine.RData", eff, cost, treats)
smoking <- data.frame(e.A = eff[, 1], c.A = cost[, 1], e.B = eff[, 2], c.B = cost[, 2],
                      e.C = eff[, 1], c.C = cost[, 2], e.D = eff[, 2], c.D = cost[, 1])
write.csv(smoking, file.path(folder, "BCEA", "data", "smoking_results.csv"), row.names = FALSE)
write.csv(cbind(eff, cost), file.path(folder, "vaccine.csv"), row.names = FALSE)
"""


def test_data_of_the_packages_are_read_as_they_keep_them(rscript, made, monkeypatch, capsys):
    """Stand-ins with the structure of the packages' own, but for voi's, which are its own numbers."""
    place, out = made.parent, made.parent / "out"
    (place / "stand_ins.R").write_text(STAND_INS, encoding="utf-8")
    subprocess.run([rscript, "--vanilla", str(place / "stand_ins.R"), str(place)], check=True)
    monkeypatch.setattr("tests.published.__main__.EXAMPLES", [BY_NAME[name] for name in PACKAGES])
    assert main([str(place), "--out", str(out)]) == 1
    of = dict(zip(PACKAGES, capsys.readouterr().out.strip().split("\n\n"), strict=True))
    assert "not at hand" not in "".join(of.values())
    assert all("!!" in of[name] for name in PACKAGES if name != "voi")
    assert "!!" not in of["voi"]
    given = np.loadtxt(place / "vaccine.csv", delimiter=",", skiprows=1)
    read = np.loadtxt(out / "vaccine.csv", delimiter=",", skiprows=1)
    assert read[:, 1:] == pytest.approx(given[:, [2, 3, 0, 1]], rel=1e-14)
    heading = (out / "vaccine.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert heading == '"draw","cost_Status quo","cost_Vaccination","effect_Status quo","effect_Vaccination"'
    smoking = np.loadtxt(out / "smoking.csv", delimiter=",", skiprows=1)
    assert smoking[:, [1, 2, 5, 6]] == pytest.approx(given[:, [2, 3, 0, 1]], rel=1e-14)
    assert (out / "dampack-inputs.csv").exists()


def test_data_that_are_not_at_hand_are_said_to_be_unseen(rscript, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tests.published.__main__.EXAMPLES", [BY_NAME[name] for name in PACKAGES])
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("not at hand") == len(PACKAGES)


def test_without_r_it_is_said_what_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main([]) == 2
    assert "r-base-core" in capsys.readouterr().out


def test_what_r_draws_has_the_laws_of_ours(made):
    file = made / "chemotherapy-inputs.csv"
    names = file.read_text(encoding="utf-8").partition("\n")[0].split(",")
    assert names[1 : 1 + len(LAWS)] == list(LAWS)
    values = np.loadtxt(file, delimiter=",", skiprows=1)[:, 1:]
    levels = (np.arange(len(values)) + 0.5) / len(values)
    for (name, law), drawn_by_r in zip(LAWS.items(), values.T, strict=False):
        place = np.interp(np.sort(drawn_by_r), law.quantile(levels), levels)
        # Kolmogorov's statistic of 10,000 draws is beyond 1.95 with a chance of 1 in 1,000.
        assert np.abs(place - levels).max() * math.sqrt(len(levels)) < 1.95, name
