"""The same diaries as a person would write them in NumPy, in SimPy and in plain Python, beside this program.

Run with `python -m tests.benchmarks.peers`; `--patients N` sets the size of this program's run. The peers share no code
with the engine: they take the scenario's numbers and the calibrated parameters, and tell the model in their own way.
Their results must agree with this program's within five standard errors before a ratio is printed; a test holds NumPy's
to that.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import simpy

from sim.estimate.estimates import paired_difference
from sim.study.prepare import prepare
from sim.study.run import run_study
from tests.conftest import load

ARMS = ("usual_care", "dry_needling", "acupuncture", "combined")
PAIR = ("dry_needling", "acupuncture")
WANTED = 0.01
PEERS = {"NumPy, a day at a time": 40_000, "SimPy, a patient at a time": 60, "plain Python": 60}
OUTCOMES = (
    "pain_reduction", "pain_reduction_day42", "pain_reduction_day133", "responder_day42", "recovered_day42", "relief",
    "relief_day42", "lasting_relief", "relapses", "soreness", "bruising", "satisfied", "visits", "cost",
    "pain_free_days", "qaly",
)  # fmt: skip


class Peer:
    """Patients drawn one by one by NumPy's generator, in arrays of any length, under one arm of plain visits."""

    def __init__(self, study, arm, n, seed):
        self.s, self.n, self.rng = study.scenario, n, np.random.default_rng(seed)
        self.parameters = study.parameters
        protocol = self.s.protocols[arm]
        self.visits = dict(zip(protocol.visit_days, protocol.visit_modalities, strict=True))
        self.last = max(self.visits) + 1
        self.draw(study)

    def draw(self, study):
        s, rng, n = self.s, self.rng, self.n
        names = list(s.profiles)
        which = rng.choice(len(names), n, p=[s.cohort.profiles.get(name, 0.0) for name in names])

        def each(of):
            return np.choose(which, [of(name, s.profiles[name]) for name in names])

        def normal(law):
            values = rng.normal(float(law.mean), float(law.sd), n)
            while (out := (values < float(law.low)) | (values > float(law.high))).any():
                values[out] = rng.normal(float(law.mean), float(law.sd), int(out.sum()))
            return values

        def beta(mean, concentration):
            return rng.beta(mean * concentration, (1 - mean) * concentration, n)

        def lognormal(mean, cv):
            sigma = math.sqrt(math.log1p(cv**2))
            return mean * np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2)

        natural = study.calibration.natural
        self.b = each(lambda name, p: normal(p.baseline_pain))
        self.muscular = each(lambda name, p: beta(float(p.muscular_share.mean), float(p.muscular_share.concentration)))
        self.q = each(lambda name, p: beta(natural[name].plateau, float(p.natural_course.plateau.concentration)))
        self.tau = each(
            lambda name, p: lognormal(natural[name].time_constant, float(p.natural_course.time_constant.cv))
        )
        self.noise = each(lambda name, p: lognormal(float(p.reading_noise.mean), float(p.reading_noise.cv)))
        common, r, sd = rng.standard_normal(n), float(s.response.correlation), float(s.response.individual_sd)

        def share(average, theta):
            return 1 / (1 + (1 - average) / np.maximum(average, 1e-300) * np.exp(-sd * theta))

        self.ceiling = {}
        for name, modality in s.modalities.items():
            theta = math.sqrt(r) * common + math.sqrt(1 - r) * rng.standard_normal(n)
            on = self.parameters[name].ceiling
            odds = on / (1 - on) * float(s.response.match)
            off = odds / (1 + odds)
            pair = (on, off) if modality.target == "muscular" else (off, on)
            self.ceiling[name] = tuple(share(average, theta) for average in pair)
        self.context = share(float(s.response.context.ceiling), common)

    def read(self, pain):
        return np.clip(pain + self.noise * self.rng.standard_normal(self.n), 0, 10)

    def run(self):
        """Return the outcomes of OUTCOMES, (outcomes, patients)."""
        s, rng, n, b = self.s, self.rng, self.n, self.b
        first = self.read(b)
        level, began, dose, needled = b.copy(), np.zeros(n), {m: np.zeros(n) for m in s.modalities}, np.zeros(n)
        given = dict.fromkeys(s.modalities, 0)
        relapse, relief_at = s.relapse, b - float(s.relief.points)
        shape, without = float(relapse.shape), float(relapse.scale_without_needling)
        in_relief, days, hazard, limit = np.zeros(n, bool), np.zeros(n), np.zeros(n), rng.standard_exponential(n)
        ever, since, lost = np.zeros(n, bool), np.full(n, np.inf), np.full(n, np.inf)
        relapses, sore_until, free, loss = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
        sore, bruised, cost, visits = np.zeros(n, bool), np.zeros(n, bool), 0.0, 0
        table = np.array([0.0, *s.utility.loss])
        kept = {}
        for day in range(1, 134):
            for m in dose:
                dose[m] *= 2 ** (-1 / float(s.modalities[m].fade)) if s.modalities[m].fade else 1.0
            needled *= 2 ** (-1 / float(s.response.context.fade))
            if day - 1 in self.visits:
                visits += 1
                cost += float(s.costs.visit)
                for m in self.visits[day - 1]:
                    modality = s.modalities[m]
                    dose[m] += 1
                    cost += float(modality.cost) + (0.0 if given[m] else float(modality.first_visit_cost))
                    given[m] += 1
                    of_course = s.claims[m].course.visits if m in s.claims else 1
                    events = modality.adverse_events
                    if events.soreness:
                        hit = rng.random(n) < 1 - (1 - float(events.soreness.per_course)) ** (1 / of_course)
                        mean, sd = float(s.soreness.mean), float(s.soreness.sd)
                        hours = rng.gamma((mean / sd) ** 2, sd**2 / mean, n)
                        until = day - 1 + np.maximum(np.floor(hours / 24 + 0.5), 1)
                        sore_until = np.where(hit, np.maximum(sore_until, until), sore_until)
                        sore |= hit
                    if events.bruising:
                        bruised |= rng.random(n) < 1 - (1 - float(events.bruising.per_course)) ** (1 / of_course)
                if any(s.modalities[m].needling for m in self.visits[day - 1]):
                    needled += 1
            pain = level * (self.q + (1 - self.q) * np.exp(-(day - began) / self.tau))
            pain *= 1 - self.context * (1 - 2 ** (-needled / float(s.response.context.half_life)))
            left = np.zeros(n)
            for j, weight in enumerate((self.muscular, 1 - self.muscular)):
                effects = [self.ceiling[m][j] * (1 - 2 ** (-dose[m] / self.parameters[m].half_life)) for m in dose]
                ordered = np.sort(np.array(effects), axis=0)[::-1]
                part = 1 - ordered[0]
                for effect in ordered[1:]:
                    part = part * np.maximum(1 - float(s.response.rho) * effect, 0)
                left += weight * part
            pain = np.minimum(pain * left, 10)
            scales = [
                self.parameters[m].relapse_scale for m, k in given.items() if k and self.parameters[m].ceiling > 0
            ]
            scale = max(scales, default=without)
            days = np.where(in_relief, days + 1, 0)
            rate = float(relapse.hazard_ratio) ** (pain - float(relapse.reference_pain)) / scale**shape
            hazard = np.where(in_relief, hazard + rate * (days**shape - np.maximum(days - 1, 0) ** shape), 0)
            back = in_relief & (hazard >= limit)
            pain = np.where(back, pain + float(relapse.rebound) * (b - pain), pain)
            level, began = np.where(back, pain, level), np.where(back, day, began)
            needled = np.where(back, 0, needled)
            for m in dose:
                dose[m] = np.where(back, 0, dose[m])
            relapses += back
            limit = np.where(back, rng.standard_exponential(n), limit)
            lost = np.where(back, np.minimum(lost, day), lost)
            was = in_relief & ~back
            in_relief = pain <= relief_at
            lost = np.where(was & ~in_relief, np.minimum(lost, day), lost)
            hazard, days = np.where(was & in_relief, hazard, 0), np.where(was & in_relief, days, 0)
            since = np.where(in_relief, np.minimum(since, day), since)
            ever |= in_relief
            felt = np.where(sore_until >= day, np.minimum(pain + float(s.soreness.points), 10), pain)
            free += felt <= float(s.pain_free_below)
            loss += np.interp(felt, np.arange(11), table)
            if day in (42, 133):
                kept[day] = first - self.read(pain), in_relief
            if day == self.last:
                fall, relieved = first - self.read(pain), ever.copy()
        thresholds = {m: p.satisfaction_threshold for m, p in self.parameters.items() if p.ceiling > 0}
        weight = {m: given[m] for m in thresholds}
        total = sum(weight.values())
        threshold = (
            sum(thresholds[m] * k for m, k in weight.items()) / total
            if total
            else sum(thresholds.values()) / len(thresholds)
        )
        adverse = float(s.satisfaction.adverse_event_penalty) * (sore | bruised)
        chance = 1 / (1 + np.exp(-(fall - adverse - threshold) / float(s.satisfaction.width)))
        on_42, on_133 = kept[42][0], kept[133][0]
        found = {
            "pain_reduction": fall, "pain_reduction_day42": on_42, "pain_reduction_day133": on_133,
            "responder_day42": on_42 >= 2, "recovered_day42": first - on_42 <= 1, "relief": relieved,
            "relief_day42": kept[42][1], "lasting_relief": (since <= 42) & np.isinf(lost), "relapses": relapses,
            "soreness": sore, "bruising": bruised, "satisfied": rng.random(n) < chance,
            "visits": np.full(n, visits), "cost": np.full(n, cost), "pain_free_days": free,
            "qaly": (133 - loss) / 365.25,
        }  # fmt: skip
        return np.stack([np.asarray(found[name], dtype=float) for name in OUTCOMES])


def with_numpy(study, arm, n, seed):
    """Take all patients through a day, then through the next."""
    return Peer(study, arm, n, seed).run()


def plain_python(study, arm, n, seed):
    """Take one patient after another through the days."""
    return np.concatenate([Peer(study, arm, 1, (seed, k)).run() for k in range(n)], axis=1)


def with_simpy(study, arm, n, seed):
    """Let a process of SimPy take each patient through the days."""
    environment, rows = simpy.Environment(), []

    def course(k):
        for _ in range(133):
            yield environment.timeout(1)
        rows.append(Peer(study, arm, 1, (seed, k)).run())

    for k in range(n):
        environment.process(course(k))
    environment.run()
    return np.concatenate(rows, axis=1)


def apart(means, rows, arm):
    """Return by how many standard errors the means of a peer's arm are apart from this program's, (outcomes,)."""
    found = []
    for j, outcome in enumerate(OUTCOMES):
        ours, our_error = means.of(outcome, means.names.index(arm))
        error = math.hypot(rows[j].std(ddof=1) / math.sqrt(rows.shape[1]), our_error)
        difference = abs(float(rows[j].mean()) - ours)
        found.append(difference / error if error > 0 else 0.0 if difference < 1e-9 else math.inf)
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=400_000)
    size = parser.parse_args().patients
    study = prepare(load("reference.yaml", [f"cohort.size={size}"]).scenario)
    run_study(prepare(load("reference.yaml").scenario, study.calibration))
    taken = {}
    for workers in (1, 2):
        start = time.perf_counter()
        found = run_study(study, workers)
        taken[workers] = time.perf_counter() - start
    means = found.tally.moments.means()
    variance = paired_difference(found.tally.moments, "pain_reduction_day42", PAIR).mc_error ** 2 * size
    rates = {f"this program, {w} worker{'s' * (w > 1)}": len(ARMS) * size / taken[w] for w in taken}
    needed = {name: variance / WANTED**2 * len(ARMS) / rate for name, rate in rates.items()}
    worst = 0.0
    for (name, n), run in zip(PEERS.items(), (with_numpy, with_simpy, plain_python), strict=True):
        start = time.perf_counter()
        rows = {arm: run(study, arm, n, seed) for seed, arm in enumerate(ARMS, 1)}
        rates[name] = len(ARMS) * n / (time.perf_counter() - start)
        independent = sum(float(rows[arm][1].var(ddof=1)) for arm in PAIR)
        needed[name] = independent / WANTED**2 * len(ARMS) / rates[name]
        for arm in ARMS:
            off = apart(means, rows[arm], arm)
            worst = max(worst, float(off.max()))
            if worst > 5:
                raise SystemExit(f"{name} disagrees: {arm} {OUTCOMES[int(off.argmax())]} by {off.max():.1f} errors")
    print(f"agreement: {len(PEERS) * len(ARMS) * len(OUTCOMES)} means, the worst {worst:.1f} standard errors apart")
    base = needed["this program, 1 worker"]
    print(f"{'':28} {'courses/s':>12} {'ns a course':>12} {f's to SE {WANTED}':>14} {'ratio':>10}")
    for name, rate in rates.items():
        print(f"{name:28} {rate:12,.0f} {1e9 / rate:12,.0f} {needed[name]:14.2g} {needed[name] / base:10,.0f}")


if __name__ == "__main__":
    main()
