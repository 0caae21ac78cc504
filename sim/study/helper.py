"""A second process that compiles while the first does: without it everything is compiled all the same, only later.

Each leaves some functions to the other, and takes them from the cache once it is told that they are there.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.compiled import share_compiling

BY_HELPER = (
    "sim.patient.record.write_rows.part", "sim.patient.visit.after_visit.part", "sim.patient.visit.attend.part",
    "sim.study.batch._tally_patients",
)  # fmt: skip
"""What the first process leaves to the second, in the order in which that compiles it."""
BY_FIRST = ("sim.patient.plans._run_net.part",)
"""What the second process leaves to the first."""
AFTER_FIRST = ("sim.study.batch._tally_patients",)
"""What the second process can only compile once the first has compiled that."""
SILENCE_SECONDS = 30.0
"""After so long the first process waits no more for the second."""
WAIT_SECONDS = 0.2
FIRST_TO_END = Path("/proc/self/oom_score_adj")


class Helper:
    """The second process, as the first sees it: begun when something is compiled for the first time, if ever."""

    def __init__(
        self, meanwhile: Callable[[], Iterator[Callable[[], Any]]], awaited: Callable[[], None] = lambda: None
    ) -> None:
        """Take what to do while the other process is waited for, piece by piece, and what compiles all BY_FIRST."""
        self._meanwhile, self._awaited = meanwhile, awaited
        self._rest: Iterator[Callable[[], Any]] | None = None
        self._process: Any = None
        self._connection: Any = None
        self._is_there = (os.cpu_count() or 1) > 1
        self._said: set[str] = set()
        self._has_begun_own = False

    def has(self, name: str) -> bool:
        """Tell whether the other process has compiled a function; waits while it is at work."""
        if self._is_there and self._process is None:
            self._begin()
        self._has_begun_own |= name in BY_FIRST
        if name in AFTER_FIRST and self._is_there and not self._has_begun_own:
            self._awaited()  # else both would wait for each other
        while name in BY_HELPER and self._is_there and name not in self._said:
            self._hear()
        return name in self._said

    def done(self, name: str) -> None:
        """Say that a function has been compiled."""
        if self._is_there and name in BY_FIRST:
            with suppress(OSError):
                self._connection.send(name)

    def end(self) -> None:
        """Let go of the process, whatever it is doing."""
        self._is_there = False
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()

    def _begin(self) -> None:
        import multiprocessing

        from sim.study.executors import begun_as_workers

        context = multiprocessing.get_context("spawn")
        self._is_there = False
        with suppress(OSError, RuntimeError):  # there may be no room for another process
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=help_compiling, args=(theirs,), daemon=True)
            with begun_as_workers():
                self._process.start()
            theirs.close()  # else the end of the process would not be seen
            self._is_there = True

    def _hear(self) -> None:
        """Take what the other process says; as long as that is nothing, do what will be needed."""
        try:
            if not self._connection.poll() and (action := self._next()) is not None:
                action()
                return
            last = time.monotonic() + SILENCE_SECONDS
            while not self._connection.poll(WAIT_SECONDS):
                if time.monotonic() > last:
                    self._is_there = False
                    return
            self._said.add(self._connection.recv())
        except (OSError, EOFError):
            self._is_there = False

    def _next(self) -> Callable[[], Any] | None:
        if self._rest is None:
            self._rest = self._meanwhile()
        return next(self._rest, None)


@contextmanager
def helped() -> Iterator[None]:
    """Have a second process help in the block, if anything is compiled there that has not been before."""
    helper = Helper(_by_first, _for_helper)
    with share_compiling(helper):
        try:
            yield
        finally:
            helper.end()


def _by_first() -> Iterator[Callable[[], Any]]:
    from sim.study.ahead import by_first

    return by_first()


def _for_helper() -> None:
    from sim.study.ahead import for_helper

    for_helper()


class _First:
    """The first process, as the second sees it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._said: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether the other process has compiled a function; waits until it has, if it is to."""
        with suppress(OSError, EOFError):
            while name in BY_FIRST and name not in self._said:
                self._said.add(self._connection.recv())
        return name in self._said

    def done(self, name: str) -> None:
        """Say that a function has been compiled."""
        if name in BY_HELPER:
            self._connection.send(name)


def help_compiling(connection: Any) -> None:
    """Compile what the first process leaves to this one, and say nothing to anybody else, whatever goes wrong."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    with suppress(OSError):  # on Linux, where memory runs out, this process ends and not the first
        FIRST_TO_END.write_text("1000", encoding="ascii")
    warnings.simplefilter("ignore")
    from sim.study.ahead import by_helper
    from sim.study.executors import follow_the_first_process

    follow_the_first_process()
    with share_compiling(_First(connection)):
        for action in by_helper():
            action()
