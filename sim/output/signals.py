"""Signals that ask the program to end: the first raises one exception, which lets everything be cleared up."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sim.errors import EXIT_INTERRUPTED

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""What asks a program to end, as far as this system has it: SIGHUP is POSIX's, SIGBREAK (Ctrl-Break) is Windows'."""

SECONDS_TO_CLEAR_UP = 1.0
RAISED_AGAIN_SECONDS = 0.1


class Interrupted(BaseException):
    """A signal has asked the program to end; no KeyboardInterrupt, of which click makes something else."""


class _Heeding:
    """When a signal came, if one did, and which."""

    def __init__(self) -> None:
        self.number = signal.SIGINT
        self.since: float | None = None

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Raise Interrupted; end at once if that was asked for before and has not ended it.

        One Ctrl-C may come twice, from the terminal and from a program that passes it on: the second does no harm
        within a second.
        """
        now = time.monotonic()
        if self.since is None:
            self.number, self.since = signal.Signals(number), now
            raise Interrupted
        if now - self.since > SECONDS_TO_CLEAR_UP:
            os._exit(EXIT_INTERRUPTED)

    def lost(self, thrown: sys.UnraisableHookArgs) -> None:
        """Raise Interrupted again soon if a library's callback has lost it, as while a kernel is compiled."""
        if not isinstance(thrown.exc_value, Interrupted):
            sys.__unraisablehook__(thrown)
            return
        self.since = None
        again = threading.Timer(RAISED_AGAIN_SECONDS, _send_to_main_thread, [self.number])
        again.daemon = True
        again.start()


def _send_to_main_thread(number: signal.Signals) -> None:
    """Have the handler of a signal called; on POSIX also where the main thread waits within a system call."""
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


_heeding = _Heeding()


def asked_to_end() -> bool:
    """Tell whether a signal has asked the program to end, whatever became of the exception that was raised then."""
    return _heeding.since is not None


def heed() -> None:
    """Have every signal that asks to end raise Interrupted; one that is ignored from the start stays so, as by nohup.

    This is for a program of its own: it changes what the whole process does.
    """
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _heeding.stop)
    sys.unraisablehook = _heeding.lost


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back what asks the program to end until the block is done; then it takes effect."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs in another thread
        return
    held: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    heeded = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in heeded:
            signal.signal(number, lambda number, frame: held.append(number))
        yield
    finally:
        for number, handler in heeded.items():
            signal.signal(number, handler)
        for asked in held[:1]:
            signal.raise_signal(asked)


@contextmanager
def ignoring_ctrl_c() -> Iterator[None]:
    """Ignore Ctrl-C in the block: processes that are started there ignore it too, where systems pass that on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
