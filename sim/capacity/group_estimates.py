"""What is known of each group of a clinic over all its replications."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.capacity.groups import GROUP_MEASURES, OF_PEOPLE, Group, groups_of
from sim.capacity.replicate import Replications, mean_of
from sim.estimate.estimate import Estimate


def group_estimates(runs: Replications) -> Iterator[tuple[Group, str, Estimate]]:
    """Yield (group, measure, estimate) of all that is measured of each group.

    Means are those of replications in which the group has such a thing.
    """
    values = np.stack([one.groups for one in runs.measured])
    for at, group in enumerate(groups_of(runs.model)):
        measures = GROUP_MEASURES[OF_PEOPLE:] if group.kind == "booked" else GROUP_MEASURES
        first = len(GROUP_MEASURES) - len(measures)
        for place, measure in enumerate(measures, first):
            yield group, measure.name, mean_of(values[:, at, place], measure.unit)
