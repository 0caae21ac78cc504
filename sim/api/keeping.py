"""What long work has finished, kept so that it can go on after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import CalibrationError, CheckpointError, ScenarioError

if TYPE_CHECKING:
    from sim.study.checkpoint import Saved


def kept_in(
    directory: str | Path | None, configuration: Mapping[str, Any], resume: bool, warn: Callable[[str], None]
) -> Saved:
    """Return where finished work is kept: in a directory, bound to what its results depend on, or nowhere for None."""
    from sim.study.checkpoint import NOTHING_SAVED, Checkpoint

    return NOTHING_SAVED if directory is None else Checkpoint(Path(directory), dict(configuration), resume, warn=warn)


@contextmanager
def kept_on_failure(kept: Saved) -> Iterator[None]:
    """Remove what is kept of work that begins anew, or can never end; any other error says how to go on."""
    if not kept.resumes:
        kept.remove()
    try:
        yield
    except (ScenarioError, CalibrationError):
        kept.remove()
        raise
    except CheckpointError:
        raise  # which says what to do
    except BaseException as error:
        if kept.exists:
            error.add_note("what was finished is kept: the same command with --resume goes on from there")
        raise
