"""The library's functions: what the command line and the page are made of."""

from sim.api.checking import calibrate, load
from sim.api.deciding import optimise, sensitivity, value
from sim.api.learning import pool, validate
from sim.api.planning import clinic
from sim.api.running import compare, run
from sim.api.saved import open_saved

__all__ = [
    "calibrate",
    "clinic",
    "compare",
    "load",
    "open_saved",
    "optimise",
    "pool",
    "run",
    "sensitivity",
    "validate",
    "value",
]
