"""The press: draws figures and report in a second process, which gets ready while patients are simulated."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.panel import Panel


@dataclass(frozen=True)
class Printed:
    """A report and its figures: HTML text, and per figure name its SVG and PNG."""

    html: str
    figures: dict[str, tuple[bytes, bytes]]


class Press:
    """Prints reports, in a process of its own if it has one."""

    def __init__(self, executor: ProcessPoolExecutor | None) -> None:
        self._executor = executor

    def start(self, panel: Panel, name: str, command: str) -> Future[Printed]:
        """Begin to print the report of a panel; `command` is what repeats the run."""
        if self._executor is not None:
            return self._executor.submit(printed, panel, name, command)
        done: Future[Printed] = Future()
        done.set_result(printed(panel, name, command))
        return done


@contextmanager
def press(parallel: bool) -> Iterator[Press]:
    """Give a press; a parallel one begins at once to load what drawing needs."""
    if not parallel:
        yield Press(None)
        return
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_get_ready)
    try:
        executor.submit(_nothing)
        yield Press(executor)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def printed(panel: Panel, name: str, command: str) -> Printed:
    """Draw every figure and write the report."""
    from sim.report.figures import build_figures, render
    from sim.report.html import render_report

    figures = build_figures(panel)
    drawn = {figure.name: render(figure) for figure in figures}
    html = render_report(panel, figures, {name: svg for name, (svg, _) in drawn.items()}, name, command)
    return Printed(html, drawn)


def _get_ready() -> None:
    """Leave Ctrl-C to the first process, and load what drawing needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import sim.report.figures
    import sim.report.html  # noqa: F401


def _nothing() -> None:
    """Make the executor start its process."""
