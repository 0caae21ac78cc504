"""Progress on standard error: a bar on a terminal, silence in a pipe.

It moves once a second at least: with what is done, and with the seconds that a part has taken so far.
"""

from __future__ import annotations

import sys
from types import TracebackType

from sim.output.signals import undisturbed


class Progress:
    """A line that says what is being done, with a bar while patients are simulated."""

    def __init__(self, quiet: bool) -> None:
        self._bar = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            from sim.compiled import tell_of_compiling

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left:"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("starting", total=None)
            self._part = ""
            self._compiled = 0
            tell_of_compiling(self._compiling)

    def part(self, what: str, done: int, total: int) -> None:
        """Say what is being done now, and how much of it is done, if that is known; the time left is that of it."""
        if self._bar is None:
            return
        if what != self._part:
            self._part = what
            self._bar.reset(self._task, total=total or None, description=what)
        self._bar.update(self._task, completed=done, total=total or None)

    def _compiling(self, name: str) -> None:
        """Say that a function is compiled, which is done once after installing and after a change of the program."""
        self._compiled += 1
        self.part("compiling (once after installing)", self._compiled, 0)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            try:
                with undisturbed():  # else what is said of an interruption would stay within the half-begun bar
                    self._bar.start()
            except BaseException:
                self._bar.stop()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
