"""What tests share: calibrations, found once as the program finds them, and shipped files, parsed once in each process.

Finding a calibration takes seconds, and most tests of a run are about something else. It is kept under all that it
depends on: what calibration reads of the scenario, to the last digit, and the program's own source. Tests of
calibration itself do without: they call `calibrate`, or say `CALIBRATES_ANEW = True` for their whole file; so does
everything where the environment has TESTS_CALIBRATE_ANEW. A file in `configs` is parsed again only when it has other
bytes or is shown by another name.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ANEW = "TESTS_CALIBRATE_ANEW"
SHELF = ROOT / ".pytest_cache" / "calibrations"
CALIBRATING = ("sim.study.prepare", "sim.page.results")
"""The modules through which commands and the page calibrate."""

LOADING = "sim.scenario.load"
"""The module that reads scenario files."""

PROGRAM = [
    sys.executable, "-c",
    "from tests.known import share; share(); from sim.cli.start import program; program()",
]  # fmt: skip
"""The program as a user starts it, but for calibrations that are already known; it needs PYTHONPATH."""


def known(scenario: Any) -> Any:
    """Return the calibration of a scenario, each time a copy of its own; raises what `calibrate` raises."""
    from sim.calibration.calibrate import calibrate
    from sim.study.kept import keep, restored

    if os.environ.get(ANEW):
        return calibrate(scenario)
    place = SHELF / f"{_content(scenario)}.pickle"
    with suppress(FileNotFoundError):
        return restored(place.read_bytes())
    keep(calibrate(scenario), place)
    return known(scenario)


@cache
def _parsed(content: bytes, file: Path, shown: str) -> Any:
    from sim.scenario.tree import read_tree

    return read_tree(file, shown)


def parsed(file: Path, shown: str) -> Any:
    """Return what `read_tree` returns, each time a copy of its own; raises what it raises."""
    from sim.scenario.tree import read_tree

    if file.parent != ROOT / "configs" or not file.is_file():
        return read_tree(file, shown)
    document = _parsed(file.read_bytes(), file, shown)
    return replace(document, tree=_copy(document.tree), places=dict(document.places), spans=dict(document.spans))


def _copy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copy(part) for key, part in tree.items()}
    return [_copy(part) for part in tree] if isinstance(tree, list) else tree


def share() -> None:
    """Have what is run in this process from now on take what is known."""
    for name in (*CALIBRATING, LOADING):
        if name in sys.modules:
            _lend(sys.modules[name])
    if _Lender not in sys.meta_path:
        sys.meta_path.insert(0, _Lender)  # importing them now would change how the program starts


class _Lender:
    """Finds modules as they are found anyway, and puts what is shared into them once they have been run."""

    @staticmethod
    def find_spec(name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in (*CALIBRATING, LOADING) else None
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_lend(module: ModuleType) -> None:
            run(module)
            _lend(module)

        spec.loader.exec_module = run_and_lend  # type: ignore[method-assign]
        return spec


def _lend(module: ModuleType) -> None:
    name, lent = ("read_tree", parsed) if module.__name__ == LOADING else ("calibrate", known)
    assert hasattr(module, name)
    setattr(module, name, lent)


def _content(scenario: Any) -> str:
    from sim.study.prepare import read_by_calibration

    told = repr([read_by_calibration(scenario), _program()])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@cache
def _program() -> str:
    """Return what changes with every line of the program and every version of what it computes with."""
    from importlib.metadata import version

    told = hashlib.blake2b(digest_size=16)
    for name in ("numba", "numpy", "pydantic", "scipy"):
        told.update(f"{name} {version(name)} ".encode())
    for file in sorted((ROOT / "sim").rglob("*.py")):
        told.update(f"{file.relative_to(ROOT)} ".encode() + file.read_bytes())
    return f"{sys.version} {told.hexdigest()}"
