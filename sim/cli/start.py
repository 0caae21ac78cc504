"""Starting as a program: from the first moment on, a signal ends it without anything half-written."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from typing import NoReturn

from sim.cli.streams import open_streams
from sim.errors import EXIT_FAILURE
from sim.output.signals import asked_to_end, heed, heed_no_more


def program() -> NoReturn:
    """Run the command line, and end at once instead of taking every loaded library apart first."""
    code = EXIT_FAILURE
    notes: list[str] = []
    held: list[BaseException] = []
    try:
        try:
            heed()
            open_streams()
            importlib.import_module("sim.cli.main").main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else EXIT_FAILURE
        heed_no_more()
    except BaseException as error:
        if asked_to_end() is None:
            raise
        held.append(error)  # as long as what was raised is there, further signals raise nothing
        notes = getattr(error, "__notes__", [])
    heed_no_more()
    held.clear()
    if asked_to_end() is not None:
        gc.collect()  # what held semaphores lets go of them, or Python's keeper of these complains
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    if (stopped := asked_to_end()) is not None:
        code = stopped.exit_code
        with contextlib.suppress(Exception):
            print("; ".join([f"error: {stopped}", *notes]), file=sys.stderr)
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(code)
