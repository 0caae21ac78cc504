"""Where programs seldom run: no home, a taken cache, plain ASCII, a wrong clock, little of everything."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sim.cli import caches
from tests.functional.commands import (
    ENVIRONMENT,
    PROGRAM,
    ROOT,
    WRITING,
    begun,
    ended,
    is_complete,
    is_one_message,
    left_in,
)

RUN = (*WRITING["run"], "--out", "there", "--workers", "1")
LIKE_HERE = "from tests.known import share; share(); {before}; from sim.cli.start import program; program()"


def with_this_before(before):
    """Return the program in which something is different from the start."""
    return [sys.executable, "-c", LIKE_HERE.format(before=before)]


def run(program, cwd, words=RUN, **options):
    process = begun(words, cwd, program, **options)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def test_a_user_without_a_home_and_without_an_entry_runs(tmp_path):
    nobody = "import pwd\ndef none(*given): raise KeyError(given)\npwd.getpwuid = pwd.getpwnam = none\n"
    bare = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    for _ in range(2):
        code, out, err = run(with_this_before(f"exec({nobody!r})"), tmp_path, env=bare)
        assert (code, err) == (0, "")
        assert "report: there/report.html" in out
    assert is_complete(tmp_path / "there")
    assert [path.name for path in tmp_path.iterdir() if path.name != "there"] == [f"coursesim-{os.getuid()}"]


@pytest.mark.parametrize("taken", ["of everybody", "a file", "a link"])
def test_a_cache_that_is_somebody_elses_is_left_alone_and_another_one_found_again(tmp_path, monkeypatch, taken):
    place = tmp_path / f"coursesim-{os.getuid()}"
    if taken == "of everybody":
        place.mkdir()
        place.chmod(0o777)
    elif taken == "a file":
        place.touch()
    else:
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    before = {path.name for path in tmp_path.iterdir()}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(caches, "_writable", lambda directory: False)
    found = []
    for _ in range(3):
        for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", caches.KEPT_IN):
            monkeypatch.delenv(name, raising=False)
        caches.find_caches()
        found.append([os.environ[name] for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", caches.KEPT_IN)])
    assert found[0] == found[1] == found[2]
    (made,) = {path.name for path in tmp_path.iterdir()} - before
    assert (tmp_path / made).stat().st_mode & 0o777 == 0o700
    assert Path(found[0][0]).parent == Path(found[0][1]).parent == tmp_path / made


def test_no_place_for_caches_at_all_is_no_obstacle(monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setattr(caches, "_writable", lambda directory: False)
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", caches.KEPT_IN):
        monkeypatch.delenv(name, raising=False)
    caches.find_caches()
    assert "NUMBA_CACHE_DIR" not in os.environ


ASCII = (
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)


@pytest.mark.parametrize("way", ASCII, ids=["asked for", "by the locale"])
def test_a_terminal_with_ascii_alone_is_told_in_ascii(tmp_path, way):
    code, out, err = ended(RUN, tmp_path, env=ENVIRONMENT | way)
    assert (code, err) == (0, "")
    assert out.isascii()
    assert " +/- " in out
    assert "?" not in out
    table = [line for line in out.splitlines() if "|" in line]
    assert len({tuple(k for k, character in enumerate(line) if character == "|") for line in table}) == 1
    assert is_complete(tmp_path / "there")


def test_a_message_with_letters_that_cannot_be_printed_is_read_all_the_same(tmp_path):
    code, _, err = ended(("check", "Zürich – 5€.yaml"), tmp_path, env=ENVIRONMENT | ASCII[0])
    assert code == 2
    assert "Zurich - 5EUR.yaml" in err


def test_a_turkish_locale_changes_nothing(tmp_path):
    for name, locale in (("here", "C.UTF-8"), ("there", "tr_TR.UTF-8")):
        words = (*WRITING["run"], "--workers", "1", "--quiet", "--out", name, "--set", "title=I ve i")
        assert ended(words, tmp_path, env=ENVIRONMENT | {"LC_ALL": locale, "LANG": locale})[0] == 0
    assert (tmp_path / "here" / "summary.csv").read_bytes() == (tmp_path / "there" / "summary.csv").read_bytes()
    assert (tmp_path / "here" / "report.html").read_bytes() == (tmp_path / "there" / "report.html").read_bytes()


CLOCKS = {"before 1980": -2_000_000_000.0, "years back": -400_000_000.0, "on a leap day": None}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_that_is_wrong_or_on_a_leap_day_does_no_harm(tmp_path, clock):
    """Also where it was right for an earlier run to the same place, and is set back in mid-run."""
    assert ended((*RUN, "--quiet"), tmp_path)[0] == 0
    here = time.time()
    by = 1_709_208_000.0 - here if CLOCKS[clock] is None else CLOCKS[clock]
    before = f"import time; right = time.time; time.time = lambda: right() + {by!r}"
    code, _, err = run(with_this_before(before), tmp_path, (*RUN, "--format", "html,xlsx", "--resume"))
    assert (code, err) == (0, "")
    assert is_complete(tmp_path / "there")
    code, _, err = run(with_this_before(before), tmp_path, (*RUN, "--quiet", "--format", "docx"))
    if CLOCKS[clock] is not None and here + by < 315_532_800:
        assert code == 1
        assert err.startswith("error: this computer's clock says 19")
    else:
        assert (code, err) == (0, "")
    assert is_complete(tmp_path / "there")
    assert left_in(tmp_path) == ["there"]


@pytest.mark.parametrize("name", ["run", "clinic"])
def test_a_limit_on_processes_is_a_failure_in_one_line(tmp_path, name):
    """As `ulimit -u`, which does not bind whoever may start tests as root."""
    none = (
        'import threading\ndef none(self): raise RuntimeError("can\'t start new thread")\nthreading.Thread.start = none'
    )
    words = (*WRITING[name], "--workers", "2", "--quiet", "--out", "there")
    code, out, err = run(with_this_before(f"exec({none!r})"), tmp_path, words)
    assert (code, out) == (1, "")
    assert "no thread can be started" in err
    assert is_one_message(err)
    assert left_in(tmp_path) == []


def test_a_limit_on_memory_below_what_libraries_take_is_said_at_once(tmp_path):
    def little():
        resource.setrlimit(resource.RLIMIT_AS, (300_000_000, 300_000_000))

    code, out, err = ended(RUN, tmp_path, preexec_fn=little)
    assert (code, out) == (1, "")
    told = "memory is limited to 300 MB here (ulimit -v); allowed: 850 MB at least, which small runs take"
    assert err == f"error: {told}\n"


@pytest.mark.parametrize(
    "raised",
    [
        "raise ImportError('x.so: failed to map segment from shared object')",
        "raise OSError('no library') from OSError('Cannot allocate memory')",
    ],
)
def test_a_library_that_there_is_no_memory_for_is_said_as_what_it_is(tmp_path, raised):
    no_room = f"import sim.study.prepare as p\ndef none(*given, **more): {raised}\np.build_setting = none"
    code, out, err = run(with_this_before(f"exec({no_room!r})"), tmp_path)
    assert (code, out, err) == (1, "", "error: out of memory\n")
    assert left_in(tmp_path) == []


def test_an_interruption_by_a_library_that_can_start_no_thread_is_called_what_it_is(tmp_path):
    """As the linear algebra library interrupts the program while it is loaded."""
    none = (
        "import signal, threading, sim.study.prepare as p\n"
        'def none(self): raise RuntimeError("can\'t start new thread")\n'
        "def stop(*given, **more): threading.Thread.start = none; signal.raise_signal(signal.SIGINT)\n"
        "p.build_setting = stop"
    )
    code, out, err = run(with_this_before(f"exec({none!r})"), tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith("error: no thread can be started: too many processes, or too little memory")
    assert is_one_message(err)
    assert left_in(tmp_path) == []


def test_memory_that_runs_out_is_a_failure_in_one_line(tmp_path):
    full = "import numpy, sim.study.run as one\ndef full(*given): numpy.empty(1 << 45)\none.tally_patients = full"
    code, _, err = run(with_this_before(f"exec({full!r})"), tmp_path, (*RUN, "--quiet"))
    assert (code, err) == (1, "error: out of memory\n")
    assert left_in(tmp_path) == []


@pytest.mark.long  # it compiles anew, twice
def test_two_first_runs_at_once_both_end_well(tmp_path):
    own = {"NUMBA_CACHE_DIR": str(tmp_path / "kernels"), "COURSESIM_CALIBRATIONS": str(tmp_path / "calibrations")}
    both = [
        begun((*WRITING["run"], "--quiet", "--out", name), tmp_path, PROGRAM, env=ENVIRONMENT | own)
        for name in ("one", "other")
    ]
    assert [(process.communicate(timeout=900)[1], process.returncode) for process in both] == [("", 0)] * 2
    assert (tmp_path / "one" / "summary.csv").read_bytes() == (tmp_path / "other" / "summary.csv").read_bytes()


def test_a_page_whose_server_was_killed_can_be_served_again(tmp_path):
    """Nothing of the killed one stands in the way: the port is free again, and no cache is left half-written."""
    pytest.importorskip("streamlit")
    words = ("tune", "acute.yaml", "--no-browser", "--patients", "100")
    said = []
    for _ in range(2):
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=tmp_path, env=ENVIRONMENT | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said.append(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert said[0].split("http")[1].split("/")[2].split(":")[1] == said[1].split("http")[1].split("/")[2].split(":")[1]
    left = list(tmp_path.iterdir())
    assert all(path.name.startswith("coursesim-") for path in left)
    for path in left:
        shutil.rmtree(path)
