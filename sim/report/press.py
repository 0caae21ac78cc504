"""The press: draws figures and reports in a second process, which gets ready while patients are simulated."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from sim.errors import CoursesimError
from sim.report.document import Document
from sim.report.formats import load_writers, report_file, written
from sim.signals import starting_deaf

_ENDED = "the process that draws the report was killed before it was done, perhaps for want of memory"


class PressError(CoursesimError):
    """The process that draws the report is gone."""


class Job(Protocol):
    """A report to be made of results, sent to the press whole: it must survive pickling."""

    def draw(self) -> Document:
        """Return the document with its figures; called where the press works."""


@dataclass(frozen=True)
class Printed:
    """Reports by file name, and per figure name its SVG and PNG."""

    reports: dict[str, bytes]
    figures: dict[str, tuple[bytes, bytes]]


Finish = Callable[[], Printed]
Press = Callable[[Job], Finish]
"""Begins to print a job; what it returns waits for the print."""


@contextmanager
def press(parallel: bool, formats: Sequence[str]) -> Iterator[Press]:
    """Give a press for these formats; a parallel one has a process of its own, which begins at once to load what
    drawing and writing need.
    """
    if not parallel:
        yield lambda job: lambda: printed(job, formats)
        return
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, tuple(formats)), daemon=True)

    def start(job: Job) -> Finish:
        try:
            here.send(job)
        except OSError:
            raise PressError(_ENDED) from None
        return lambda: _received(here)

    try:
        with starting_deaf():
            process.start()
        there.close()
        yield start
    finally:
        here.close()
        if process.pid is not None:
            process.kill()
            process.join()


def printed(job: Job, formats: Sequence[str]) -> Printed:
    """Draw every figure and write the report in every format."""
    from sim.report.figures import render

    document = job.draw()
    drawn = {figure.name: render(figure) for figure in document.figures}
    return Printed({report_file(form): written(form, document, drawn) for form in formats}, drawn)


def _serve(connection: Connection, formats: Sequence[str]) -> None:
    """Print one job in this process. Ctrl-C and SIGTERM are for the first process, which ends this one."""
    import sim.report.figures
    import sim.report.run_document  # noqa: F401

    load_writers(formats)
    try:
        connection.send(printed(connection.recv(), formats))
    except EOFError:
        os._exit(0)  # nothing to print: the first process is done
    except Exception:
        connection.send(traceback.format_exc())


def _received(connection: Connection) -> Printed:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        raise PressError(_ENDED) from None
    if isinstance(answer, Printed):
        return answer
    raise RuntimeError(f"the report could not be drawn:\n{answer}")
