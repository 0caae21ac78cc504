"""The answer in each form of the model: what is preferred if one alternative of a kind of structure is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.value.acceptability import curves
from sim.decision.value.efficiency import average
from sim.decision.value.psa import Floats, Psa
from sim.estimate.estimate import Estimate

LEAST_DRAWS = 2
"""Fewer draws than this have no standard error."""


@dataclass(frozen=True)
class Choice:
    """The answer over the draws that took one alternative of a kind of structure, at one willingness to pay.

    `cost` and `effect` of every strategy; `net_benefit`, its mean, and `best`, the share of these draws in which a
    strategy has the highest, (strategies,). `preferred` is the place of the strategy with the highest mean net benefit,
    `evpi` what knowing every input exactly would be worth if this alternative were right.
    """

    kind: str
    alternative: str
    draws: int
    cost: tuple[Estimate, ...]
    effect: tuple[Estimate, ...]
    net_benefit: Floats
    best: Floats
    preferred: int
    evpi: Estimate


def choices(psa: Psa, wtp: float) -> tuple[Choice, ...]:
    """Return the answer for each alternative of each kind of structure, at a willingness to pay.

    The other kinds and all inputs vary as they were drawn. An alternative with fewer than two draws is left out.
    """
    found = []
    everybody = tuple(range(len(psa.strategies)))
    for kind, alternatives in psa.kinds.items():
        for place, alternative in enumerate(alternatives):
            draws = np.flatnonzero(psa.parameters[kind] == place)
            if len(draws) < LEAST_DRAWS:
                continue
            of_these = psa.chosen(everybody, draws)
            at = curves(of_these, np.array([wtp]))
            found.append(
                Choice(
                    kind, alternative, len(draws),
                    tuple(average(of_these.cost[:, k], psa.cost_unit) for k in everybody),
                    tuple(average(of_these.effect[:, k], psa.gain_unit) for k in everybody),
                    at.net_benefit[0], at.best[0], int(at.optimal[0]),
                    Estimate.normal(psa.cost_unit, float(at.evpi[0]), float(at.evpi_error[0]), over="draws"),
                )
            )  # fmt: skip
    return tuple(found)
