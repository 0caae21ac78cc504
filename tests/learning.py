"""Small scenarios to learn with: few inputs in doubt, one form of the model, nothing to calibrate."""

from __future__ import annotations

import numpy as np

from sim.learn.counts import count
from sim.learn.evidence import Evidence
from sim.learn.likelihood import Bank
from sim.learn.observed import observe
from sim.learn.paths import Schedule, along
from sim.learn.posterior import Asked, Estimator
from sim.learn.prior import Unknowns
from sim.learn.records import Patient, Records, Visit
from sim.scenario.places import with_values
from sim.scenario.source import Scenario
from sim.study.checkpoint import NOTHING_SAVED
from sim.study.inputs import uncertain_inputs
from sim.study.prepare import prepare

KNOWN = [
    "parameters.dry_needling.ceiling={value: 0.6, uncertainty: {beta: {sd: 0.12}}}",
    "parameters.dry_needling.half_life={value: 1.5, uncertainty: {lognormal: {sd: 0.6}}}",
    "parameters.dry_needling.satisfaction_threshold=1.4",
    "parameters.dry_needling.relapse_scale=400",
    "parameters.acupuncture.ceiling=0.5",
    "parameters.acupuncture.half_life=3",
    "parameters.acupuncture.satisfaction_threshold=1.5",
    "parameters.acupuncture.relapse_scale=250",
    *(
        f"profiles.{name}.natural_course.{what}.mean={value}"
        for name, values in (("acute_strain", (0.371, 18.2)), ("chronic", (0.7, 73)), ("stress_linked", (0.7, 73)))
        for what, value in zip(("plateau", "time_constant"), values, strict=True)
    ),
    "cohort.profiles={acute_strain: 1.0}",
]
CEILING, HALF_LIFE = "parameters.dry_needling.ceiling", "parameters.dry_needling.half_life"
NOISE, CONTEXT = "profiles.acute_strain.reading_noise.mean", "response.context.ceiling"
BASELINE = "profiles.acute_strain.baseline_pain.mean"
FEW = (CEILING, HALF_LIFE, NOISE, CONTEXT)
WEEKLY = tuple(range(0, 42, 7))


def small(*unknown, given=()):
    """Return a study in which only the inputs named are in doubt."""
    model = Scenario.read("acute.yaml", [*KNOWN, *given]).model.model_copy(update={"structure": {}})
    known = {one.place: one.quantity.value for one in uncertain_inputs(model) if one.path not in unknown}
    return prepare(with_values(model, known))


def unknowns_of(study, modalities=("dry_needling",)):
    return Unknowns(study, modalities, ("acute_strain",))


def records_from(study, patients, seed, *, days=(*WEEKLY, 42), visits=WEEKLY, step=1.0, other=None):
    """Return records of patients of a study, weekly dry needling; every second one of `other`, if that is given."""
    luck = np.random.default_rng(seed)
    made = []
    number = list(study.scenario.modalities).index("dry_needling")
    schedule = Schedule(tuple((day, (number,)) for day in visits), tuple(days))
    for one in (study, other or study):
        bank = Bank.of(one, -(-patients // 128) * 128, seed=seed + 1000).patients(one, "acute_strain")
        made.append((along(schedule, bank, one.rules).pain, bank.cohort.noise))
    rows = []
    for i in range(patients):
        pain, noise = made[i % 2]
        said = pain[:, i] + noise[i] * luck.standard_normal(len(days))
        readings = np.clip(np.round(said / step) * step, 0, 10)
        rows.append(
            Patient(
                f"p{i:04}",
                tuple(
                    Visit(day, ("dry_needling",) if day in visits else (), float(reading))
                    for day, reading in zip(days, readings, strict=True)
                ),
                profile="acute_strain",
            )
        )
    return Records(tuple(rows), "before", step, (), "made")


def posterior_of(study, records, *, modalities=("dry_needling",), kept=NOTHING_SAVED, progress=None, **asked):
    unknowns = unknowns_of(study, modalities)
    counts = count(records, tuple(study.scenario.modalities))
    evidence = Evidence(study, observe(records, study.scenario), counts)
    asked = Asked(**{"workers": 2, "draws": 1024, **asked})
    return Estimator(unknowns, evidence, asked, progress=progress or (lambda *told: None), kept=kept).run()
