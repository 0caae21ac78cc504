"""The command line that stands for the parameters of an analysis, as a report shows it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

ABOUT_RECORDS = ("describe", "fit")
"""Analyses of records, for which a scenario is one of the options."""
_OPTIONS = {"pair": "--map", "compare": "--compare"}
"""Options that are not called after their parameter."""


def command_line(parameters: Mapping[str, Any]) -> str:
    """Return the command that gives the same numbers as an analysis with these parameters.

    `analysis` is what was done, `scenario`, `scenarios`, `file` or `table` of what; every other entry is an option.
    Where the numbers went and who worked makes no difference to them, so that is no parameter.

    >>> command_line({"analysis": "run", "scenario": "acute.yaml", "set": ["seed=7"], "precision": 0.01})
    'simulate --config acute.yaml --set seed=7 --precision 0.01'
    """
    given = dict(parameters)
    analysis = given.pop("analysis")
    if any(isinstance(one, Mapping) for one in given.get("scenarios", ())):
        return _in_python(analysis, given)
    words = ["simulate", "--config"] if analysis == "run" else ["simulate", analysis]
    if analysis in ABOUT_RECORDS:
        words += [str(given.pop("records"))] if "records" in given else []
    else:
        words += [str(one) for one in given.pop("scenarios", [given.pop("scenario", None)]) if one is not None]
    words += [str(given.pop("file"))] if "file" in given else []
    for name, value in given.items():
        option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
        if value is True:
            words.append(option)
            continue
        if name == "evidence" and isinstance(value, list | tuple):
            value = ",".join(value)  # the one option that takes several in one word
        for one in value if isinstance(value, list | tuple) else (value,):
            words += [option, str(one)]
    return shlex.join(words)


def _in_python(analysis: str, given: dict[str, Any]) -> str:
    """Return the call of the library, for scenarios that have their own settings, which no command line can say."""
    loaded = []
    for one in given.pop("scenarios"):
        if isinstance(one, str):
            loaded.append(repr(one))
            continue
        settings = {path: _value(text) for path, _, text in (each.partition("=") for each in one.get("set", ()))}
        words = [repr(one["scenario"]), *([f"set={settings}"] if settings else [])]
        words += [f"evidence={one['evidence']!r}"] if "evidence" in one else []
        loaded.append(f"sim.load({', '.join(words)})")
    options = "".join(f", {name}={value!r}" for name, value in given.items())
    return f"sim.{analysis}([{', '.join(loaded)}]{options})"


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
