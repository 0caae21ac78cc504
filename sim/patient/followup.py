"""After the course: relapse, satisfaction, and what pain does from then on."""

from __future__ import annotations

from sim.patient.compiled import inlined
from sim.patient.elementary import exp


@inlined
def satisfaction_threshold(threshold, given):  # type: ignore[no-untyped-def]
    """Return the visit-weighted mean of the modalities' thresholds; without needling, their plain mean."""
    total = 0.0
    plain = 0.0
    weight = 0
    for m in range(len(given)):
        total += threshold[m] * given[m]
        plain += threshold[m]
        weight += given[m]
    return total / weight if weight > 0 else plain / len(threshold)


@inlined
def relapse_scale(scale, given, without_needling, weighted):  # type: ignore[no-untyped-def]
    """Return the Weibull scale in days for the modalities given: the best of theirs, or their visit-weighted mean."""
    best = 0.0
    total = 0.0
    weight = 0
    for m in range(len(given)):
        if given[m] > 0:
            best = max(best, scale[m])
            total += scale[m] * given[m]
            weight += given[m]
    if weight == 0:
        return without_needling
    return total / weight if weighted else best


@inlined
def days_to_relapse(log_scale, log_exponential, pain, log_hazard_ratio, reference_pain, power):  # type: ignore[no-untyped-def]
    """Return the days from the end of the course to a relapse: Weibull, with proportional hazards by residual pain.

    With a unit exponential X it is scale * (X / hazard)**power, the power being 1 / shape.
    """
    return exp(log_scale + (log_exponential - log_hazard_ratio * (pain - reference_pain)) * power)


@inlined
def reading(pain, noise):  # type: ignore[no-untyped-def]
    """Return reported pain: what is felt with noise, between 0 and 10."""
    return min(max(pain + noise, 0.0), 10.0)
