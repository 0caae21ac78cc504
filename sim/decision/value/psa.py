"""Costs and effects of strategies over draws of the uncertain inputs: what every measure of value is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.units import NUMBER, Unit, money, unit_named

Floats = NDArray[np.float64]

LEAST_DRAWS = 10
"""Fewer draws than this say nothing about uncertainty."""
UNIT_OF_EFFECT = "unit of effect"
"""The unit of an effect that a table does not name."""


@dataclass(frozen=True)
class OtherEffect:
    """Another effect of the same draws, (draws, strategies): its name, its unit, one of it, and what is better."""

    name: str
    effect: Floats
    unit: str
    per: str
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True)
class Psa:
    """Costs and effects of strategies over draws of the uncertain inputs (a probabilistic sensitivity analysis).

    `cost` and `effect` are means per patient, (draws, strategies), in `currency` and `effect_unit`; `parameters` holds
    the draws of each uncertain input, (draws,), and may be empty; `distributions` says in words how an input was drawn,
    `input_names` what people call it, where that is known. `kinds` names the parameters that are kinds of structure,
    each with its alternatives: the draws hold places in them. `per` is one unit of effect in words, as it follows "per"
    in a ratio. `others` are further effects that costs are held against. With `only_net` nothing but net benefits is
    known: `cost` is minus the net benefit, and `effect` is 0.
    """

    strategies: tuple[str, ...]
    labels: tuple[str, ...]
    cost: Floats
    effect: Floats
    parameters: dict[str, Floats]
    currency: str = ""
    effect_name: str = "effect"
    effect_unit: str = UNIT_OF_EFFECT
    per: str = UNIT_OF_EFFECT
    effect_better: Literal["higher", "lower"] = "higher"
    distributions: dict[str, str] = field(default_factory=dict)
    input_names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[OtherEffect, ...] = ()
    only_net: bool = False

    @property
    def draws(self) -> int:
        """The number of draws."""
        return len(self.cost)

    @property
    def cost_unit(self) -> Unit:
        """The unit of the costs; a plain number where the currency is not known."""
        return money(self.currency) if self.currency else NUMBER

    @property
    def gain_unit(self) -> Unit:
        """The unit of effects and gains; a plain number where it is none of the program's."""
        known = unit_named(self.effect_unit)
        return NUMBER if known.is_money else known

    @property
    def gain(self) -> Floats:
        """The effect turned so that more is better, (draws, strategies), in `effect_unit`."""
        return self.effect if self.effect_better == "higher" else -self.effect

    def net_benefit(self, wtp: float) -> Floats:
        """Return the net monetary benefit `wtp * gain - cost` of every draw and strategy, (draws, strategies).

        Stinnett and Mullahy 1998, doi:10.1177/0272989X98018002S09.
        """
        return wtp * self.gain - self.cost

    def chosen(self, strategies: tuple[int, ...], draws: NDArray[np.int64] | slice = slice(None)) -> Psa:
        """Return the strategies at these places, in this order, over these draws."""
        at = list(strategies)
        return replace(
            self,
            strategies=tuple(self.strategies[k] for k in at),
            labels=tuple(self.labels[k] for k in at),
            cost=self.cost[draws][:, at],
            effect=self.effect[draws][:, at],
            parameters={name: values[draws] for name, values in self.parameters.items()},
            others=tuple(replace(one, effect=one.effect[draws][:, at]) for one in self.others),
        )

    def by_effect(self, other: OtherEffect) -> Psa:
        """Return the same draws with another effect in place of the effect."""
        return replace(
            self, effect=other.effect, effect_name=other.name, effect_unit=other.unit, per=other.per,
            effect_better=other.better, others=(),
        )  # fmt: skip
