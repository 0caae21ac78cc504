"""What long work has finished, kept so that it can go on after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import CalibrationError, ScenarioError

if TYPE_CHECKING:
    from sim.scenario.load import Loaded
    from sim.study.checkpoint import Saved


def kept_in(
    directory: str | Path | None, configuration: Mapping[str, Any], resume: bool, warn: Callable[[str], None]
) -> Saved:
    """Return where finished work is kept: in a directory, bound to what its results depend on, or nowhere for None."""
    from sim.study.checkpoint import NOTHING_SAVED, Checkpoint

    return NOTHING_SAVED if directory is None else Checkpoint(Path(directory), dict(configuration), resume, warn=warn)


def inputs_of(loaded: Loaded) -> dict[str, Any]:
    """Return what a scenario says, and what the file of draws holds that it names: what its results depend on."""
    from sim.study.given_draws import digest_of_draws

    return {"scenario": loaded.tree, "draws": digest_of_draws(loaded.scenario)}


@contextmanager
def kept_on_failure(kept: Saved) -> Iterator[None]:
    """Remove what is kept of work that begins anew, or can never end; any other error says how to go on."""
    if not kept.resumes:
        kept.remove()
    with kept.told():
        try:
            yield
        except (ScenarioError, CalibrationError):
            kept.remove()
            raise
