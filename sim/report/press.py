"""The press: draws figures and report in a second process, which gets ready while patients are simulated."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.panel import Panel


@dataclass(frozen=True)
class Printed:
    """A report and its figures: HTML text, and per figure name its SVG and PNG."""

    html: str
    figures: dict[str, tuple[bytes, bytes]]


Finish = Callable[[], Printed]
Press = Callable[["Panel", str, str], Finish]
"""Begins to print the report of a panel under a name, with the command that repeats the run; what it returns waits
for the print."""


@contextmanager
def press(parallel: bool) -> Iterator[Press]:
    """Give a press; a parallel one has a process of its own, which begins at once to load what drawing needs."""
    if not parallel:
        yield _print_here
        return
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    # A process started while Ctrl-C is ignored ignores it from its first moment on.
    handled = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.start()
    signal.signal(signal.SIGINT, handled)
    there.close()

    def start(panel: Panel, name: str, command: str) -> Finish:
        here.send((panel, name, command))
        return lambda: _received(here)

    try:
        yield start
    finally:
        here.close()
        process.kill()
        process.join()


def printed(panel: Panel, name: str, command: str) -> Printed:
    """Draw every figure and write the report."""
    from sim.report.figures import build_figures, render
    from sim.report.html import render_report

    figures = build_figures(panel)
    drawn = {figure.name: render(figure) for figure in figures}
    html = render_report(panel, figures, {name: svg for name, (svg, _) in drawn.items()}, name, command)
    return Printed(html, drawn)


def _print_here(panel: Panel, name: str, command: str) -> Finish:
    return lambda: printed(panel, name, command)


def _serve(connection: Connection) -> None:
    """Print one report in this process. Ctrl-C and SIGTERM are for the first process, which ends this one."""
    import sim.report.figures
    import sim.report.html  # noqa: F401

    try:
        connection.send(printed(*connection.recv()))
    except EOFError:
        os._exit(0)  # nothing to print: the first process is done
    except Exception:
        connection.send(traceback.format_exc())


def _received(connection: Connection) -> Printed:
    try:
        answer = connection.recv()
    except EOFError:
        raise RuntimeError("the process that draws the report ended before it was done") from None
    if isinstance(answer, Printed):
        return answer
    raise RuntimeError(f"the report could not be drawn:\n{answer}")
