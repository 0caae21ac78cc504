"""The verdict of a run as data, for summary.json."""

from __future__ import annotations

import math
from typing import Any

from sim.decision.verdict import Verdict
from sim.report.words.verdict import first_words
from sim.study.results import Panel


def verdict_record(panel: Panel, verdict: Verdict) -> dict[str, Any]:
    """Return the verdict: its kind, the arms by name, what it depends on, and the sentence that says it.

    `needed_to_treat` is null where there is no difference; its upper end is null where the difference may be none.
    """
    needed = verdict.needed
    return {
        "kind": verdict.kind,
        "outcome": verdict.outcome,
        "margin": verdict.margin if math.isfinite(verdict.margin) else None,
        "preferred": verdict.preferred,
        "equivalent": list(verdict.equivalent),
        "cheapest": verdict.cheapest,
        "choose": verdict.arm,
        "against": verdict.versus,
        "depends_on": [{"on": one.on, "name": one.name, "arms": list(one.arms)} for one in verdict.depends_on],
        "needed_to_treat": None if needed is None else {
            "outcome": needed.outcome,
            "number": needed.estimate,
            "lower": needed.lower,
            "upper": needed.upper if math.isfinite(needed.upper) else None,
        },
        "sentence": first_words(panel, verdict),
    }  # fmt: skip
