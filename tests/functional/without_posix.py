"""Run commands, and load the page, in one process: with everything hidden that only POSIX has, or with nothing hidden.

    python tests/functional/without_posix.py hidden|shown '[["--config", "acute.yaml"], ["page", "acute.yaml"]]'

Worker processes read this file too, so the same is hidden from them. Libraries that have ways of their own for Windows
have chosen those for POSIX when they were imported: these are imported first.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import signal
import sys
from multiprocessing import resource_tracker
from pathlib import Path

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog")
ATTRIBUTES = {
    os: ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid",
         "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo", "sched_getaffinity", "setsid", "statvfs",
         "sysconf", "uname", "wait", "waitid"),
    signal: ("ITIMER_REAL", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIG_BLOCK",
             "SIG_SETMASK", "SIG_UNBLOCK", "alarm", "pause", "pthread_sigmask", "setitimer", "siginterrupt", "sigwait"),
}  # fmt: skip
LIBRARIES = ("concurrent.futures.process", "ctypes.util", "multiprocessing.popen_spawn_posix", "numba", "pyarrow")


def hide() -> None:
    """Hide the modules and attributes, and what is below /proc and /sys."""
    for name in LIBRARIES:
        importlib.import_module(name)
    resource_tracker._HAVE_SIGMASK = False  # Windows has no such thing at all
    for name in MODULES:
        sys.modules[name] = None  # importing it is an ImportError
    for module, names in ATTRIBUTES.items():
        for name in names:
            delattr(module, name)
    for module in (builtins, io, os):
        module.open = _elsewhere(module.open)


def _elsewhere(opened):
    def opening(file, *more, **options):
        if not isinstance(file, int) and os.fspath(file).startswith(("/proc", "/sys")):
            raise FileNotFoundError(2, "No such file or directory", file)
        return opened(file, *more, **options)

    return opening


def is_hidden() -> bool:
    """Tell whether what should be hidden is."""
    try:
        Path("/proc/self/stat").read_bytes()
    except FileNotFoundError:
        return "fcntl" in sys.modules and sys.modules["fcntl"] is None and not hasattr(os, "getuid")
    return False


def load_page(config: str) -> None:
    """Load the page of a scenario as a visitor does, and let it calculate."""
    from streamlit.logger import set_log_level
    from streamlit.testing.v1 import AppTest

    import sim.page

    set_log_level("ERROR")  # as the page is served
    page = str(Path(sim.page.__file__).with_name("app.py"))
    sys.argv = [page, json.dumps({"config": config, "options": [], "patients": 100})]
    shown = AppTest.from_file(page, default_timeout=300).run()
    assert not shown.exception, shown.exception
    assert len(shown.slider) > 5
    print(f"page of {config}")


def run_all(commands: list[list[str]]) -> None:
    """Run one command after the other as the program does; each must end well."""
    from sim.cli.main import main
    from sim.cli.streams import open_streams
    from sim.output.signals import heed

    heed()
    open_streams()
    for words in commands:
        if words[0] == "page":
            load_page(words[1])
            continue
        try:
            main(words)
        except SystemExit as end:
            assert not end.code, (words, end.code)  # noqa: PT017 (what ends it well is the same exception)


if sys.argv[1:2] == ["hidden"] or os.environ.get("WITHOUT_POSIX"):
    os.environ["WITHOUT_POSIX"] = "1"  # worker processes have no arguments
    hide()
if __name__ == "__main__":
    run_all(json.loads(sys.argv[2]))
