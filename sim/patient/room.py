"""Room for the patients of a pathway who go through it side by side: what is known of them on the way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import kernel

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

POINTS = 10
"""Points that pain can fall through: nine whole ones, and the one up to which it counts as little. It never rises."""


class Room(NamedTuple):
    """Room for what is known of patients in the middle of a pathway, (patients,); `given` by modality.

    `left`: share of natural pain that is felt, `left_day42` that of day 42; `late`: visits before relief. `pain`,
    `end`, `end_area`: pain, natural pain and its integral where a stretch ends after `days`; `area`: integral of pain;
    `after`: pain after a relapse; `at_start`, `at_end`: pieces of utility; `loss` to `free_above` as in `course`.

    Those who fall through points: `crossed`, (patients,), and for each point, (points,): `who`, `y`, `log_y`, `weight`,
    and `tau_of_little`, if it bounds little pain. Of modalities that combine: what each component has `left_of`, and
    its `strongest` effect, (components, patients).
    """

    given: Whole
    left: Floats
    left_day42: Floats
    late: Floats
    relief_at: Floats
    pain: Floats
    days: Floats
    until: Floats
    relapse_in: Floats
    after: Floats
    end: Floats
    end_area: Floats
    area: Floats
    at_start: NDArray[np.int32]
    at_end: NDArray[np.int32]
    loss: Floats
    loss_above: Floats
    free: Floats
    free_above: Floats
    crossed: Whole
    who: Whole
    y: Floats
    weight: Floats
    tau_of_little: Floats
    log_y: Floats
    left_of: Floats
    strongest: Floats


def room_for(patients: int, modalities: int) -> Room:
    """Return room for so many patients."""
    made: dict[str, NDArray[Any]] = {name: np.empty(patients) for name in Room._fields}
    made |= {name: np.empty(patients * POINTS) for name in ("y", "weight", "tau_of_little", "log_y")}
    made |= {name: np.empty(patients, np.int32) for name in ("at_start", "at_end")}
    made |= {name: np.empty((2, patients)) for name in ("left_of", "strongest")}
    wholes = {"given": modalities, "crossed": patients, "who": patients * POINTS}
    made |= {name: np.empty(size, np.int64) for name, size in wholes.items()}
    return Room(**made)


@kernel
def fill(value, to):  # type: ignore[no-untyped-def]
    """Fill an array with a value."""
    for i in range(len(to)):
        to[i] = value


@kernel
def copy(values, to):  # type: ignore[no-untyped-def]
    """Copy values into another array."""
    for i in range(len(values)):
        to[i] = values[i]
