"""The chemotherapy example of the R package voi (1.0.3), told anew from its description.

Heath, Kunst and Jackson (eds.) 2024, Value of Information for Healthcare Decision-Making, doi:10.1201/9781003156109. Of
the people who get one of two treatments some have side effects. For a year, week by week, they are cared for at home,
in hospital, recovered or dead; what is left of 40 years is the same for all who are alive. The novel treatment is
dearer and has fewer side effects. Every draw is one row of each array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

WEEKS, YEARS = 52, 40
WEEKS_A_YEAR = 52
PATIENTS, WITH_SIDE_EFFECTS, HOSPITALISED, DIED = 111, 52, 43, 8
LOG_ODDS_RATIO, LOG_ODDS_RATIO_SD = np.log(0.54), 0.3
DRUG = np.array([120.0, 1975.0])
ARMS = ("SoC", "Novel")


@dataclass(frozen=True)
class Law:
    """A distribution of one number by its quantiles."""

    quantile: Callable[[np.ndarray], np.ndarray]


def beta(a: float, b: float) -> Law:
    """Return the beta distribution with the parameters `a` and `b`."""
    return Law(lambda u: betaincinv(a, b, u))


def beta_of(mean: float, variance: float) -> Law:
    """Return the beta distribution with this mean and variance."""
    size = mean * (1 - mean) / variance - 1
    return beta(mean * size, (1 - mean) * size)


def lognormal_of(mean: float, variance: float) -> Law:
    """Return the lognormal distribution with this mean and variance."""
    log_variance = np.log1p(variance / mean**2)
    return Law(lambda u: mean * np.exp(np.sqrt(log_variance) * ndtri(u) - log_variance / 2))


def gamma_of(mean: float, variance: float) -> Law:
    """Return the gamma distribution with this mean and variance."""
    return Law(lambda u: gammaincinv(mean**2 / variance, u) * variance / mean)


LAWS = {
    "p_side_effects_t1": beta(1 + WITH_SIDE_EFFECTS, 1 + PATIENTS - WITH_SIDE_EFFECTS),
    "logor_side_effects": Law(lambda u: LOG_ODDS_RATIO + LOG_ODDS_RATIO_SD * ndtri(u)),
    "p_hospitalised_total": beta(1 + HOSPITALISED, 1 + WITH_SIDE_EFFECTS - HOSPITALISED),
    "p_died": beta(1 + DIED, 1 + HOSPITALISED - DIED),
    "lambda_home": beta_of(0.21, 0.03**2),
    "lambda_hosp": beta_of(0.03, 0.0065**2),
    "c_home_care": lognormal_of(830, 150),
    "c_hospital": lognormal_of(2400, 1880),
    "c_death": lognormal_of(1710, 760),
    "u_recovery": beta_of(0.98, 0.0008),
    "u_home_care": beta_of(0.7, 0.02),
    "u_hospital": beta_of(0.3, 0.03),
    "rate_longterm": gamma_of(0.95 / 20, 0.001),
}
"""What is uncertain, in the order in which the package draws it; all independent."""

Draws = dict[str, np.ndarray]


def drawn(uniform: np.ndarray) -> Draws:
    """Return the inputs at the quantiles `uniform`, (draws, inputs), and the probability under the novel treatment."""
    found = {name: law.quantile(u) for (name, law), u in zip(LAWS.items(), uniform.T, strict=True)}
    return with_novel(found)


def with_novel(found: Draws) -> Draws:
    """Return the inputs with the probability of side effects under the novel treatment."""
    odds = found["p_side_effects_t1"] / (1 - found["p_side_effects_t1"]) * np.exp(found["logor_side_effects"])
    return {**found, "p_side_effects_t2": odds / (1 + odds)}


def of_side_effects(x: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return what a person with side effects costs more, and how many QALYs that person has less, (draws,) each."""
    to_hospital = 1 - (1 - x["p_hospitalised_total"]) ** (1 / WEEKS)
    hospital_death = 1 - (1 - x["p_died"]) ** (1 / WEEKS)
    late_death = -np.expm1(-x["rate_longterm"] / WEEKS_A_YEAR)
    home, hospital, recovered, dead = np.ones_like(to_hospital), 0.0, 0.0, 0.0
    cost, qaly = x["c_home_care"] * home, x["u_home_care"] * home
    for _ in range(WEEKS):
        stay, kept = home * (1 - to_hospital), hospital * (1 - hospital_death)
        dead = dead + hospital * hospital_death + recovered * late_death
        recovered = recovered * (1 - late_death) + stay * x["lambda_home"] + kept * x["lambda_hosp"]
        hospital = home * to_hospital + kept * (1 - x["lambda_hosp"])
        home = stay * (1 - x["lambda_home"])
        cost = cost + x["c_home_care"] * home + x["c_hospital"] * hospital
        qaly = qaly + x["u_home_care"] * home + x["u_hospital"] * hospital + x["u_recovery"] * recovered
    later_cost, later_qalys = after_the_year(x)
    cost = (cost + x["c_death"] * dead) / WEEKS_A_YEAR - dead * later_cost
    return cost, without_side_effects(x) - qaly / WEEKS_A_YEAR + dead * later_qalys


def without_side_effects(x: Draws) -> np.ndarray:
    """Return the QALYs of a person without side effects in the weeks that are counted (one more than the year has)."""
    return x["u_recovery"] * (WEEKS + 1) / WEEKS_A_YEAR


def after_the_year(x: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return what is spent on, and the QALYs of, a person who is alive after the year."""
    rate = x["rate_longterm"]
    qalys = x["u_home_care"] * (np.exp(-2 * rate) - np.exp(-YEARS * rate)) / rate
    return -np.expm1(-rate * (YEARS - 2)) * x["c_death"], qalys


def costs_and_effects(x: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return costs and QALYs per person, (draws, 2): standard of care, then the novel treatment."""
    cost, loss = of_side_effects(x)
    share = np.stack([x["p_side_effects_t1"], x["p_side_effects_t2"]], axis=1)
    later_cost, later_qalys = after_the_year(x)
    costs = DRUG + later_cost[:, None] + share * cost[:, None]
    return costs, (without_side_effects(x) + later_qalys)[:, None] - share * loss[:, None]


def trial(x: Draws, patients: int, generator: np.random.Generator) -> Draws:
    """Return in how many of `patients` in each arm of a trial there are side effects, (draws,) each."""
    shares = (x["p_side_effects_t1"], x["p_side_effects_t2"])
    names = ("events_t1", "events_t2")
    return {name: generator.binomial(patients, share).astype(float) for name, share in zip(names, shares, strict=True)}
