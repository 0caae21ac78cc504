"""Progress on standard error: a bar on a terminal, silence in a pipe."""

from __future__ import annotations

import sys
from types import TracebackType


class Progress:
    """A line that says what is being done, with a bar while patients are simulated."""

    def __init__(self, quiet: bool) -> None:
        self._bar = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("starting", total=None)

    def step(self, what: str) -> None:
        """Say what is being done now."""
        if self._bar is not None:
            self._bar.update(self._task, description=what)

    def patients(self, done: int, total: int) -> None:
        """Say how many patients are done, out of how many expected."""
        if self._bar is not None:
            self._bar.update(self._task, description="simulating patients", completed=done, total=total)

    def draws(self, done: int, total: int) -> None:
        """Say how many draws of the inputs are done, out of how many expected."""
        if self._bar is not None:
            self._bar.update(self._task, description="drawing the inputs", completed=done, total=total)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
