"""Starting as a program: a signal ends it in one line, with nothing half-written."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
from typing import NoReturn

from sim.cli.limits import NO_THREAD, threads_can_be_started
from sim.cli.streams import open_streams
from sim.errors import EXIT_FAILURE, EXIT_INTERRUPTED, NO_NEW_THREAD
from sim.output.signals import Interrupted, asked_to_end, heed, undisturbed

OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Python looks for what nobody refers to any more after so many objects: libraries make a million that stay."""


def _in_thread(thrown: threading.ExceptHookArgs) -> None:
    """Tell of an error in a thread, but not that it could start no other one: whoever waits for it says so."""
    if NO_NEW_THREAD not in str(thrown.exc_value):
        threading.__excepthook__(thrown)


def program() -> NoReturn:
    """Run the command line, and end at once instead of taking every loaded library apart first."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    code = EXIT_FAILURE
    said = ""
    try:
        heed()
        threading.excepthook = _in_thread
        open_streams()
        importlib.import_module("sim.cli.main").main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else EXIT_FAILURE
    except (Interrupted, Exception) as stopped:
        if not asked_to_end():
            raise
        # Libraries make other errors of an interruption, as pydantic does while it builds a class.
        code, what = EXIT_INTERRUPTED, "interrupted"
        if not threads_can_be_started():  # the linear algebra library interrupts a program in which it can start none
            code, what = EXIT_FAILURE, NO_THREAD
        said = "; ".join([f"error: {what}", *getattr(stopped, "__notes__", [])])
    with undisturbed():
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            if said:
                gc.collect()  # what held semaphores lets go of them, or Python's keeper of these complains
                print(said, file=sys.stderr)
            sys.stderr.flush()
        os._exit(code)
