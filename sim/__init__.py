"""coursesim: Monte Carlo simulation of treatment courses.

>>> import sim
>>> scenario = sim.load("acute.yaml", set={"cohort.size": 2000})
>>> run = sim.run(scenario)  # doctest: +SKIP
>>> run.summary.to_pandas()  # doctest: +SKIP
"""

from __future__ import annotations

TYPE_CHECKING = False  # loading `typing` would take longer than all the rest
__version__ = "0.4.0"
__all__ = [
    "Scenario", "__version__", "budget", "calibrate", "checklist", "clinic", "compare", "describe", "fit", "load",
    "open", "optimise", "outlook", "pool", "run", "sensitivity", "trial", "validate", "value",
]  # fmt: skip

if TYPE_CHECKING:
    from sim.api import (
        budget,
        calibrate,
        checklist,
        clinic,
        compare,
        describe,
        fit,
        load,
        optimise,
        outlook,
        pool,
        run,
        sensitivity,
        trial,
        validate,
        value,
    )
    from sim.api import open_saved as open  # noqa: A004 (`sim.open` is for output directories)
    from sim.scenario.source import Scenario

_FROM = {
    "Scenario": ("sim.scenario.source", "Scenario"),
    "budget": ("sim.api", "budget"),
    "calibrate": ("sim.api", "calibrate"),
    "checklist": ("sim.api", "checklist"),
    "clinic": ("sim.api", "clinic"),
    "compare": ("sim.api", "compare"),
    "describe": ("sim.api", "describe"),
    "fit": ("sim.api", "fit"),
    "load": ("sim.api", "load"),
    "open": ("sim.api", "open_saved"),
    "optimise": ("sim.api", "optimise"),
    "outlook": ("sim.api", "outlook"),
    "pool": ("sim.api", "pool"),
    "run": ("sim.api", "run"),
    "sensitivity": ("sim.api", "sensitivity"),
    "trial": ("sim.api", "trial"),
    "validate": ("sim.api", "validate"),
    "value": ("sim.api", "value"),
}


def __getattr__(name: str) -> object:
    """Load a function when it is first used, so that importing the package takes no time."""
    if name not in _FROM:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    import importlib

    module, attribute = _FROM[name]
    found = getattr(importlib.import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
