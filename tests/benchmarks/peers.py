"""The same courses as a person would write them in plain Python, SimPy and NumPy, beside this program.

Run with `python -m tests.benchmarks.peers`; `--patients N` sets the size of this program's run. The peers simulate the
visits, relief, adverse events, satisfaction and relapse of the reference cohort; this program also follows utility,
days with little pain, costs and minutes, and counts distributions. Every peer's results must agree with this program's
within five standard errors before a ratio is printed.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from dataclasses import dataclass

import numpy as np
import simpy
from scipy import stats

from sim.study.estimates import paired_difference
from sim.study.prepare import prepare
from sim.study.run import run_study
from tests.conftest import load

OUTCOMES = ("pain_reduction", "relief", "soreness", "bruising", "satisfied", "lasting_relief")
ARMS = ("usual_care", "dry_needling", "acupuncture", "combined")
PAIR = ("dry_needling", "acupuncture")
WANTED = 0.01
PEERS = {"plain Python": 3_000, "SimPy": 3_000, "NumPy": 200_000}


@dataclass
class Model:
    """The numbers of the scenario, as a script would hold them."""

    profiles: list
    shares: list
    given: dict
    days: dict
    ceiling: dict
    half_life: dict
    threshold: dict
    scale: dict
    risk: dict
    s: object

    @classmethod
    def of(cls, study):
        s = study.scenario
        arm = study.setting.arms
        names = list(s.modalities)
        odds = {}
        for name in names:
            reach = study.parameters[name].ceiling / (1 - study.parameters[name].ceiling)
            on = s.modalities[name].target == "muscular"
            odds[name] = (reach, reach * float(s.response.match)) if on else (reach * float(s.response.match), reach)
        path = {a: arm[a].pathways[0] for a in ARMS}
        return cls(
            profiles=list(s.profiles.values()),
            shares=[s.cohort.profiles.get(name, 0.0) for name in s.profiles],
            given={a: [[m for m, on in zip(names, at, strict=True) if on] for at in path[a].given[0]] for a in ARMS},
            days={a: path[a].days[0].tolist() for a in ARMS},
            ceiling=odds,
            half_life={m: study.parameters[m].half_life for m in names},
            threshold={m: study.parameters[m].satisfaction_threshold for m in names},
            scale={m: study.parameters[m].relapse_scale for m in names},
            risk={a: path[a].event_risk[:, 0].tolist() for a in ARMS},
            s=s,
        )


class Patient:
    """One patient of plain Python's `random`."""

    def __init__(self, model, rng):
        s, normal = model.s, rng.gauss
        profile = rng.choices(model.profiles, model.shares)[0]
        law = profile.baseline_pain
        self.pain = -1.0
        while not float(law.low) <= self.pain <= float(law.high):
            self.pain = normal(float(law.mean), float(law.sd))
        self.muscular, plateau = (
            rng.betavariate(float(b.mean) * float(b.concentration), (1 - float(b.mean)) * float(b.concentration))
            for b in (profile.muscular_share, profile.natural_course.plateau)
        )
        t = profile.natural_course.time_constant
        sigma = math.sqrt(math.log1p(float(t.cv) ** 2))
        self.tau = float(t.mean) * math.exp(normal(0, sigma) - sigma**2 / 2)
        self.plateau = self.pain * plateau
        sd, r = float(s.response.individual_sd), float(s.response.correlation)
        common = normal(0, 1)
        self.against = {
            m: math.exp(-sd * (math.sqrt(r) * common + math.sqrt(1 - r) * normal(0, 1))) for m in model.ceiling
        }
        c = float(s.response.context.ceiling)
        self.context = 1 / (1 + math.exp(-sd * common) * (1 - c) / c)
        self.first_reading = min(max(self.pain + normal(0, float(s.reading_sd)), 0), 10)


class Course:
    """A patient's course under an arm, a visit at a time."""

    def __init__(self, model, arm, patient, rng):
        self.model, self.arm, self.patient, self.rng = model, arm, patient, rng
        self.count = dict.fromkeys(model.ceiling, 0)
        self.needled = 0
        self.relieved = self.sore = self.bruised = False
        self.pain = patient.pain

    def visit(self, k, day):
        model, patient, s = self.model, self.patient, self.model.s
        given = model.given[self.arm][k]
        for m in given:
            self.count[m] += 1
        if given:
            self.needled += 1
            self.sore |= self.rng.random() < model.risk[self.arm][0][k]
            self.bruised |= self.rng.random() < model.risk[self.arm][1][k]
        left = 0.0
        for component, weight in enumerate((patient.muscular, 1 - patient.muscular)):
            effects = sorted(
                (
                    (1 - 2 ** (-n / model.half_life[m])) / (1 + patient.against[m] / model.ceiling[m][component])
                    for m, n in self.count.items()
                    if n
                ),
                reverse=True,
            )
            part = 1.0
            for place, effect in enumerate(effects):
                part *= 1 - (effect if place == 0 else float(s.response.rho) * effect)
            left += weight * part
        shared = 1 - patient.context * (1 - 2 ** (-self.needled / float(s.response.context.half_life)))
        natural = patient.plateau + (patient.pain - patient.plateau) * math.exp(-(day + 1) / patient.tau)
        self.pain = natural * shared * left
        self.relieved |= patient.pain - self.pain >= float(s.relief.points)

    def outcome(self):
        model, s = self.model, self.model.s
        reading = min(max(self.pain + self.rng.gauss(0, float(s.reading_sd)), 0), 10)
        fall = self.patient.first_reading - reading
        felt = fall - float(s.satisfaction.adverse_event_penalty) * (self.sore or self.bruised)
        total = sum(self.count.values())
        threshold = (
            sum(model.threshold[m] * n for m, n in self.count.items()) / total
            if total
            else sum(model.threshold.values()) / len(model.threshold)
        )
        scale = max(
            (model.scale[m] for m, n in self.count.items() if n), default=float(s.relapse.scale_without_needling)
        )
        shape = float(s.relapse.shape)
        hazard = float(s.relapse.hazard_ratio) ** (self.pain - float(s.relapse.reference_pain))
        back = scale * (self.rng.expovariate(1) / hazard) ** (1 / shape)
        return (fall, self.relieved, self.sore, self.bruised, felt >= threshold, self.relieved and back > 91)


def plain_python(model, arm, n, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        course = Course(model, arm, Patient(model, rng), rng)
        for k, day in enumerate(model.days[arm]):
            course.visit(k, day)
        rows.append(course.outcome())
    return np.array(rows, dtype=float)


def with_simpy(model, arm, n, seed):
    rng, rows = random.Random(seed), []
    environment = simpy.Environment()

    def attend(patient):
        course = Course(model, arm, patient, rng)
        for k, day in enumerate(model.days[arm]):
            yield environment.timeout(day - environment.now)
            course.visit(k, day)
        rows.append(course.outcome())

    for _ in range(n):
        environment.process(attend(Patient(model, rng)))
    environment.run()
    return np.array(rows, dtype=float)


def with_numpy(model, arm, n, seed):
    rng, s = np.random.default_rng(seed), model.s
    which = rng.choice(len(model.profiles), n, p=model.shares)

    def each(make):
        return np.choose(which, [make(profile) for profile in model.profiles])

    def beta(law):
        return rng.beta(float(law.mean) * float(law.concentration), (1 - float(law.mean)) * float(law.concentration), n)

    def truncated(law):
        low, high, mean, sd = (float(getattr(law, name)) for name in ("low", "high", "mean", "sd"))
        a, b = stats.norm.cdf([(low - mean) / sd, (high - mean) / sd])
        return mean + sd * stats.norm.ppf(a + (b - a) * rng.random(n))

    def lognormal(law):
        sigma = math.sqrt(math.log1p(float(law.cv) ** 2))
        return float(law.mean) * rng.lognormal(-(sigma**2) / 2, sigma, n)

    pain0 = each(lambda p: truncated(p.baseline_pain))
    muscular = each(lambda p: beta(p.muscular_share))
    plateau = pain0 * each(lambda p: beta(p.natural_course.plateau))
    tau = each(lambda p: lognormal(p.natural_course.time_constant))
    sd, r, c = float(s.response.individual_sd), float(s.response.correlation), float(s.response.context.ceiling)
    common = rng.standard_normal(n)
    against = {
        m: np.exp(-sd * (math.sqrt(r) * common + math.sqrt(1 - r) * rng.standard_normal(n))) for m in model.ceiling
    }
    context = 1 / (1 + np.exp(-sd * common) * (1 - c) / c)
    count = dict.fromkeys(model.ceiling, 0)
    needled = 0
    relieved, sore, bruised = (np.zeros(n, bool) for _ in range(3))
    pain = pain0
    for k, day in enumerate(model.days[arm]):
        given = model.given[arm][k]
        for m in given:
            count[m] += 1
        if given:
            needled += 1
            sore |= rng.random(n) < model.risk[arm][0][k]
            bruised |= rng.random(n) < model.risk[arm][1][k]
        left = np.zeros(n)
        for j, weight in enumerate((muscular, 1 - muscular)):
            effects = [
                (1 - 2 ** (-v / model.half_life[m])) / (1 + against[m] / model.ceiling[m][j])
                for m, v in count.items()
                if v
            ]
            effects = np.sort(np.array(effects), axis=0)[::-1] if effects else []
            part = np.ones(n)
            for place, effect in enumerate(effects):
                part *= 1 - (effect if place == 0 else float(s.response.rho) * effect)
            left += weight * part
        shared = 1 - context * (1 - 2 ** (-needled / float(s.response.context.half_life)))
        pain = (plateau + (pain0 - plateau) * np.exp(-(day + 1) / tau)) * shared * left
        relieved |= pain0 - pain >= float(s.relief.points)
    noise = float(s.reading_sd)
    first = np.clip(pain0 + noise * rng.standard_normal(n), 0, 10)
    fall = first - np.clip(pain + noise * rng.standard_normal(n), 0, 10)
    total = sum(count.values())
    threshold = (
        sum(model.threshold[m] * v for m, v in count.items()) / total
        if total
        else np.mean(list(model.threshold.values()))
    )
    scale = max((model.scale[m] for m, v in count.items() if v), default=float(s.relapse.scale_without_needling))
    hazard = float(s.relapse.hazard_ratio) ** (pain - float(s.relapse.reference_pain))
    back = scale * (rng.standard_exponential(n) / hazard) ** (1 / float(s.relapse.shape))
    felt = fall - float(s.satisfaction.adverse_event_penalty) * (sore | bruised)
    return np.stack([fall, relieved, sore, bruised, felt >= threshold, relieved & (back > 91)], axis=1).astype(float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1_600_000)
    size = parser.parse_args().patients
    study = prepare(load("reference.yaml", [f"cohort.size={size}"]).scenario)
    model = Model.of(study)
    run_study(prepare(load("reference.yaml").scenario))
    taken = {}
    for workers in (1, 2):
        start = time.perf_counter()
        found = run_study(study, workers)
        taken[workers] = time.perf_counter() - start
    means = found.tally.moments.means()
    variance = paired_difference(found.tally.moments, "pain_reduction", PAIR).mc_error ** 2 * size
    rates = {f"this program, {w} worker{'s' * (w > 1)}": len(ARMS) * size / taken[w] for w in taken}
    needed = {name: variance / WANTED**2 * len(ARMS) / rate for name, rate in rates.items()}
    worst = 0.0
    for (name, n), run in zip(PEERS.items(), (plain_python, with_simpy, with_numpy), strict=True):
        start = time.perf_counter()
        rows = {arm: run(model, arm, n, seed) for seed, arm in enumerate(ARMS, 1)}
        rates[name] = len(ARMS) * n / (time.perf_counter() - start)
        independent = sum(float(rows[arm][:, 0].var(ddof=1)) for arm in PAIR)
        needed[name] = independent / WANTED**2 * len(ARMS) / rates[name]
        for i, arm in enumerate(ARMS):
            for j, outcome in enumerate(OUTCOMES):
                ours, our_error = means.of(outcome, i)
                error = math.hypot(rows[arm][:, j].std(ddof=1) / math.sqrt(n), our_error)
                apart = abs(float(rows[arm][:, j].mean()) - ours) / error if error else 0.0
                worst = max(worst, apart)
                if apart > 5:
                    raise SystemExit(f"{name} disagrees: {arm} {outcome} by {apart:.1f} standard errors")
    print(f"agreement: {len(PEERS) * len(ARMS) * len(OUTCOMES)} means, the worst {worst:.1f} standard errors apart")
    base = rates["this program, 1 worker"], needed["this program, 1 worker"]
    print(f"{'':24} {'courses/s':>12} {'ratio':>8} {f's to SE {WANTED}':>14} {'ratio':>8}")
    for name, rate in rates.items():
        ratio, seconds = rate / base[0], needed[name]
        print(f"{name:24} {rate:12,.0f} {ratio:8.4f} {seconds:14.2g} {seconds / base[1]:8.1f}")


if __name__ == "__main__":
    main()
