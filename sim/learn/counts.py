"""What records tell by counting: no-shows, adverse events at visits, and who was satisfied at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlog1py, xlogy

from sim.learn.records import Patient, Records
from sim.patient.arms import EVENTS, event_risks
from sim.quantities import NOTICEABLE
from sim.study.prepare import Study

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Counts by patient: `due` visits and `missed` ones, (patients,).

    `given`: which modalities each kind of visit gave, (kinds, modalities); by event, kind and patient, (events, kinds,
    patients), `asked`: visits after which somebody noted whether there was one, and `happened`. `satisfied`: 1, 0 or
    NaN; `drop`: first reading minus last, in points, and `adverse`: whether any event was noted, (patients,);
    `treated`: visits by modality, (patients, modalities).
    """

    due: Floats
    missed: Floats
    given: Floats
    asked: Floats
    happened: Floats
    satisfied: Floats
    drop: Floats
    adverse: Floats
    treated: Floats

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each patient's counts, (patients,)."""
        no_show = np.clip(study.rules.no_show, 1e-9, 1 - 1e-9)
        found = xlogy(self.missed, no_show) + xlog1py(self.due - self.missed, -no_show)
        if not study.rules.no_show > 0:
            found = np.zeros_like(found)
        spared = np.log1p(-np.clip(event_risks(study.scenario), 0, 1 - 1e-9))
        risk = np.clip(-np.expm1(np.einsum("km,em->ek", self.given, spared)), 1e-9, 1 - 1e-9)[:, :, None]
        of_events = xlogy(self.happened, risk) + xlog1py(self.asked - self.happened, -risk)
        return np.asarray(found + of_events.sum(axis=(0, 1)) + self._of_judgements(study))

    def _of_judgements(self, study: Study) -> Floats:
        rules = study.rules
        has_own = np.isfinite(rules.threshold)
        thresholds = np.where(has_own, rules.threshold, 0.0)
        weight = self.treated * has_own
        plain = thresholds.sum() / has_own.sum() if has_own.any() else NOTICEABLE
        total = weight.sum(axis=1)
        threshold = np.where(total > 0, weight @ thresholds / np.maximum(total, 1), plain)
        felt = self.drop - rules.adverse_event_penalty * self.adverse
        chance = np.clip(expit((felt - threshold) / rules.satisfaction_width), 1e-9, 1 - 1e-9)
        likely = np.where(self.satisfied > 0, np.log(chance), np.log1p(-chance))
        return np.where(np.isfinite(self.satisfied) & np.isfinite(self.drop), likely, 0.0)


def count(records: Records, modalities: tuple[str, ...]) -> Counts:
    """Return what is counted in records; modalities are named as in the scenario."""
    n = len(records.patients)
    kinds = sorted({visit.modalities for one in records.patients for visit in one.visits if visit.modalities})
    asked, happened = (np.zeros((len(EVENTS), len(kinds), n)) for _ in range(2))
    treated = np.zeros((n, len(modalities)))
    for i, patient in enumerate(records.patients):
        for visit in patient.visits:
            if not visit.attended or not visit.modalities:
                continue
            kind = kinds.index(visit.modalities)
            for e, noted in enumerate((visit.sore, visit.bruised)):
                asked[e, kind, i] += noted is not None
                happened[e, kind, i] += bool(noted)
            for name in visit.modalities:
                treated[i, modalities.index(name)] += 1
    given = np.array([[float(name in kind) for name in modalities] for kind in kinds]).reshape(-1, len(modalities))
    # The first visit is the one that somebody became a patient at: it was not missed.
    later = [[visit for visit in one.visits if visit.day > 0] for one in records.patients]
    judged = [np.nan if one.satisfied is None else float(one.satisfied) for one in records.patients]
    return Counts(
        due=np.array([float(len(visits)) for visits in later]),
        missed=np.array([float(sum(not visit.attended for visit in visits)) for visits in later]),
        given=given, asked=asked, happened=happened,
        satisfied=np.array(judged),
        drop=np.array([_drop(one) for one in records.patients]),
        adverse=happened.sum(axis=(0, 1)).clip(max=1.0),
        treated=treated,
    )  # fmt: skip


def _drop(patient: Patient) -> float:
    """Return first minus last reading at visits, in points; NaN without two of them."""
    readings = [visit.pain for visit in patient.visits if visit.attended and visit.pain is not None]
    return readings[0] - readings[-1] if len(readings) > 1 else float("nan")
