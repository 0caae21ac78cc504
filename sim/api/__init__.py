"""The library's functions: what the command line and the page are made of."""

from sim.api.budgeting import budget
from sim.api.checking import calibrate, load
from sim.api.deciding import optimise, sensitivity
from sim.api.fitting import fit
from sim.api.learning import pool, validate
from sim.api.looking import outlook
from sim.api.planning import clinic
from sim.api.records import describe
from sim.api.reporting import checklist
from sim.api.running import compare, run
from sim.api.saved import open_saved
from sim.api.trying import trial
from sim.api.valuing import value

__all__ = [
    "budget",
    "calibrate",
    "checklist",
    "clinic",
    "compare",
    "describe",
    "fit",
    "load",
    "open_saved",
    "optimise",
    "outlook",
    "pool",
    "run",
    "sensitivity",
    "trial",
    "validate",
    "value",
]
