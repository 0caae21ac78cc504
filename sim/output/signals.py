"""Signals that ask the program to end: each raises one exception, held back where something would be torn apart."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_AGAIN_SECONDS = 1.0
LAST_SECONDS = 30.0

_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM", signal.SIGHUP: "ended by SIGHUP"}


class Stopped(BaseException):
    """A signal has asked the program to end; no Exception, so that nobody takes it for a failure to be mended."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that a signal has ended; 130 for Ctrl-C."""
        return 128 + self.number

    def __str__(self) -> str:
        return _WORDS.get(signal.Signals(self.number), f"ended by signal {self.number}")


class _Heeding:
    """What was asked, and whether the exception that it became is still on its way."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._since = 0.0
        self._raised: weakref.ref[Stopped] | None = None

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Raise Stopped, unless that is under way already: cleaning up is not to be interrupted."""
        if self._raised is not None and self._raised() is not None:
            return
        if self.number is None:
            self.number, self._since = number, time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN_SECONDS)
        raise self._made()

    def look_again(self, number: int, frame: FrameType | None) -> None:
        """Raise Stopped again if it was lost, and end anyhow when everybody has had time to clean up.

        An exception raised inside a library's callback (while a kernel is compiled, say) or while one written in C is
        imported gets lost there; then nobody holds it any more.
        """
        if self.number is None:
            return
        if time.monotonic() - self._since > LAST_SECONDS:
            os._exit(Stopped(self.number).exit_code)
        signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN_SECONDS)
        gc.collect()
        if self._raised is None or self._raised() is None:
            raise self._made()

    def _made(self) -> Stopped:
        """Return what to raise; made here, because the frame that raises would hold on to its own variables."""
        made = Stopped(self.number or signal.SIGTERM)
        self._raised = weakref.ref(made)
        return made


_heeding = _Heeding()


def heed() -> None:
    """Have every signal that asks to end raise Stopped; one that is ignored from the start stays so, as under nohup."""
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _heeding.stop)
    signal.signal(signal.SIGALRM, _heeding.look_again)
    sys.unraisablehook = _unraisable
    sys.excepthook = _printed


def asked_to_end() -> Stopped | None:
    """Return what a signal has asked for, whatever the exception that it raised has become."""
    return None if _heeding.number is None else Stopped(_heeding.number)


def heed_no_more() -> None:
    """Ignore further signals: the program is ending."""
    for number in (*ENDING, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back what asks the program to end until the block is done; then it takes effect."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs in another thread
        return
    held: list[int] = []
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    heeded = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in heeded:
            signal.signal(number, lambda number, frame: held.append(number))
        yield
    finally:
        for number, handler in heeded.items():
            signal.signal(number, handler)
        for asked in held:
            signal.raise_signal(asked)


@contextmanager
def starting_deaf() -> Iterator[None]:
    """Have processes that are started in the block be deaf to Ctrl-C from their first moment on: it is for this one.

    They inherit that it is blocked. Here it takes effect when the block is done.
    """
    from multiprocessing import resource_tracker  # not needed for --help

    with undisturbed():
        resource_tracker.ensure_running()  # when that starts, it unblocks Ctrl-C
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing about a Stopped that was lost: it comes again, and Python's note would only alarm."""
    if not isinstance(lost.exc_value, Stopped):
        sys.__unraisablehook__(lost)


def _printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what Python prints of an exception, but nothing of a Stopped, and let go of that."""
    if not isinstance(error, Stopped):
        sys.__excepthook__(kind, error, trace)
        return
    for name in ("last_exc", "last_value", "last_traceback"):
        if hasattr(sys, name):
            delattr(sys, name)
