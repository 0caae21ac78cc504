"""A full disk, a read-only one, a directory that goes away: what is said, the exit code, and that nothing is left."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
import sim.report.result as results
from sim.errors import FullDiskError
from sim.study.checkpoint import GOES_ON
from tests.functional.commands import (
    COMMANDS,
    ENVIRONMENT,
    PROGRAM,
    ROOT,
    WITHOUT_WORKERS,
    WRITING,
    begun,
    children_of,
    ended,
    is_complete,
    is_one_message,
    left_in,
)

ONE = ("--workers", "1", "--quiet")
MANY = ("--config", "acute.yaml", "--patients", "200000000", "--workers", "1", "--quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("made")
    assert ended((*WRITING["run"], *ONE, "--out", "made"), place)[0] == 0
    return place / "made"


@pytest.fixture
def mounted(tmp_path):
    """Return a way to mount a small disk; skips where the tests may not."""
    disks = []

    def mount(size):
        place = tmp_path / f"disk{len(disks)}"
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True)
        if done.returncode:
            pytest.skip("the tests may not mount a disk here")
        disks.append(place)
        return place

    yield mount
    for place in disks:
        subprocess.run(["umount", "-l", place], check=True)


def words_of(name, made, out):
    words = [str(made) if word == "MADE" else word for word in COMMANDS[name]]
    return [*words, *(ONE[-1:] if name in WITHOUT_WORKERS else ONE), "--out", str(out)]


def limited():
    """Let no file grow beyond 20 kB: where nothing can be mounted, that is as good as a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def shortly(names, chosen):
    """Return names as parameters, all but the chosen ones for long tests only."""
    return [name if name in chosen else pytest.param(name, marks=pytest.mark.long) for name in names]


@pytest.mark.parametrize("name", shortly(WRITING, ("run", "clinic")))
def test_a_full_disk_is_a_failure_in_one_line_and_leaves_nothing(tmp_path, made, mounted, name):
    disk = mounted("40k")
    code, out, err = ended(words_of(name, made, disk / "there"), tmp_path)
    assert (code, out) == (1, "")
    said, *more = err.splitlines()
    assert said == (
        f"error: {disk}/there: cannot be written: No space left on device; "
        "make room, or choose another directory with --out"
    )
    # On a busy machine the command may have taken long enough to keep what it has finished.
    kept = [GOES_ON] if list(disk.glob("*.checkpoint")) else []
    assert [line.strip() for line in more] == kept
    assert left_in(disk) == []


@pytest.mark.parametrize("is_enough", [True, False])
def test_what_is_kept_does_not_cost_the_output_its_room(tmp_path, monkeypatch, is_enough):
    result = sim.run("acute.yaml", patients=100, checkpoint=tmp_path / "kept")
    (tmp_path / "kept").mkdir(exist_ok=True)
    kept = tmp_path / "kept" / "patients.checkpoint"
    kept.write_text("much")

    def full(*given):
        if kept.exists() or not is_enough:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return writes(*given)

    writes = results.write_manifest
    monkeypatch.setattr(results, "write_manifest", full)
    if is_enough:
        assert is_complete(result.save(tmp_path / "there"))
        assert left_in(tmp_path) == ["there"]
        return
    with pytest.raises(FullDiskError, match="make room, or choose another directory") as told:
        result.save(tmp_path / "there")
    assert told.value.__notes__ == [GOES_ON]
    assert kept.read_text() == "much"
    assert left_in(tmp_path) == ["kept"]


def test_a_full_disk_keeps_the_earlier_run(tmp_path, made, mounted):
    disk = mounted("8m")
    shutil.copytree(made, disk / "there")
    before = (disk / "there" / "summary.csv").read_bytes()
    (disk / "much").write_bytes(b"x" * (os.statvfs(disk).f_bavail * 4096 - 200_000))
    assert ended((*WRITING["run"], "--seed", "9", *ONE, "--out", str(disk / "there")), tmp_path)[0] == 1
    assert left_in(disk) == ["much", "there"]
    assert is_complete(disk / "there")
    assert (disk / "there" / "summary.csv").read_bytes() == before


def test_a_disk_too_full_for_a_directory_is_a_failure(tmp_path, mounted):
    disk = mounted("4k,nr_inodes=2")
    (disk / "much").write_bytes(b"")
    code, _, err = ended((*WRITING["run"], *ONE, "--out", str(disk / "there")), tmp_path)
    assert code == 1
    assert "No space left on device" in err
    assert is_one_message(err)


def test_a_limit_of_size_is_a_failure_in_one_line_and_leaves_nothing(tmp_path):
    code, _, err = ended((*WRITING["run"], *ONE, "--out", "there"), tmp_path, preexec_fn=limited)
    assert code == 1
    said, *more = err.splitlines()
    assert said == "error: there: cannot be written: File too large; choose another directory with --out"
    kept = [GOES_ON] if list(tmp_path.glob("*.checkpoint")) else []
    assert [line.strip() for line in more] == kept
    assert left_in(tmp_path) == []


def test_a_full_disk_leaves_no_half_a_scenario(mounted):
    disk = mounted("40k")
    (disk / "much").write_bytes(b"x" * os.statvfs(disk).f_bavail * 4096)
    code, _, err = ended(("new", "mine"), disk)
    assert (code, err) == (1, "error: mine.yaml: cannot be written: No space left on device\n")
    assert left_in(disk) == ["much"]
    (disk / "much").write_bytes(b"x" * (os.statvfs(disk).f_blocks * 4096 - 8192))  # the scenario fits, the schema not
    assert ended(("new", "mine"), disk)[0] == 1
    assert left_in(disk) == ["much"]


HOURS = {
    "run": ("--patients", "9000000000"),
    "compare": ("--patients", "9000000000"),
    "optimise": ("--max-patients", "100000000", "--indifference", "0.000001"),
    "value": ("--draws", "100000", "--patients-per-draw", "100000"),
    "sensitivity": ("--draws", "100000", "--patients-per-draw", "100000"),
    "clinic": ("--replications", "10000"),
    "trial": ("--trials", "300000"),
    "validate": ("--draws", "100000"),
    "pool": (),
    "reproduce": (),
    "new": (),
}
"""What makes a command take hours, if it is not refused first."""


@pytest.mark.parametrize("name", shortly(HOURS, ("run", "new")))
def test_a_read_only_disk_is_refused_before_anything_runs(tmp_path, made, mounted, name):
    disk = mounted("100k")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    words = ("new", str(disk / "there")) if name == "new" else words_of(name, made, disk / "there")
    code, out, err = ended([*words, *HOURS[name]], tmp_path)
    assert (code, out) == (2, "")
    assert "there" in err
    assert "cannot be written: Read-only file system" in err
    assert is_one_message(err)


@pytest.mark.parametrize("where", ["/proc/there", "/sys/there", "/dev/null/there"])
def test_a_place_that_takes_no_directory_is_refused(tmp_path, where):
    code, _, err = ended((*MANY, "--out", where), tmp_path)
    assert code == 2
    assert where in err
    assert is_one_message(err)
    assert left_in(tmp_path) == []


def test_what_cannot_be_changed_is_left_and_said(tmp_path, made):
    place = tmp_path / "fixed"
    place.mkdir()
    if subprocess.run(["chattr", "+i", place], capture_output=True).returncode:
        pytest.skip("the tests may not make a directory unchangeable here")
    try:
        code, _, err = ended((*MANY, "--out", "fixed/there"), tmp_path)
    finally:
        subprocess.run(["chattr", "-i", place], check=True)
    assert (code, is_one_message(err)) == (2, True)
    assert left_in(place) == []


def in_no_directory(words):
    """Run the program in a directory that has been removed."""
    script = 'd=$(mktemp -d); cd "$d"; rmdir "$d"; exec "$@"'
    command = ["bash", "-c", script, "bash", *PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd="/")
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", shortly(COMMANDS, ("run", "reproduce", "schema")))
def test_a_directory_removed_before_the_start_is_said(made, name):
    words = [str(made) if word == "MADE" else word for word in COMMANDS[name]]
    code, out, err = in_no_directory(words)
    if name == "schema":
        assert (code, err) == (0, "")
        return
    assert (code, out) == (2, "")
    assert err == (
        "error: the directory you are in cannot be used: No such file or directory; go to another one\n"
    )  # fmt: skip


def test_help_needs_no_directory():
    assert in_no_directory(("--help",))[0] == 0
    assert in_no_directory(("--version",))[0] == 0


PAUSING = [
    sys.executable,
    "-c",
    """
import os, signal, sys

paused = []

def pause(event, args):
    if event == "open" and ".partial-" in str(args[0]) and "/new/" in str(args[0]) and not paused:
        paused.append(True)
        os.kill(os.getpid(), signal.SIGSTOP)

sys.addaudithook(pause)
from sim.cli.start import program
program()
""",
]
"""The program, which stops where it is about to write the first file of an output."""


def removed_in_mid_run(process, place):
    """Remove a directory when the program is about to write the first file of its output, then let it go on."""
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert found.si_code == os.CLD_STOPPED, process.communicate()
    shutil.rmtree(place)
    process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("name", shortly(WRITING, ("run",)))
def test_a_directory_removed_in_mid_run_is_a_failure_and_stays_removed(tmp_path, made, name):
    place = tmp_path / "place"
    place.mkdir()
    process = begun(words_of(name, made, "outputs/there"), place, PAUSING)
    removed_in_mid_run(process, place)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert "outputs/there: cannot be written: No such file or directory" in err
    assert is_one_message(err)
    assert left_in(tmp_path) == []


def test_a_directory_removed_in_mid_run_does_no_harm_to_an_output_elsewhere(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    (place / "mine.yaml").write_text("extends: acute.yaml\ncohort: {size: 100}\n")
    process = begun(("--config", "mine.yaml", "--workers", "2", "--out", str(tmp_path / "there")), place, PAUSING)
    removed_in_mid_run(process, place)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "report: " in out
    assert left_in(tmp_path) == ["there"]
    assert is_complete(tmp_path / "there")


def started_by(process):
    """Return the processes that the program has started to work for it."""
    return [one for one in children_of(process.pid) if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


WITH_PROCESSES = pytest.mark.parametrize(
    "words",
    [
        ("clinic", "clinic.yaml", "--replications", "1000", "--workers", "2", "--out", "outputs/there"),
        (*MANY[:4], "--executor", "processes", "--workers", "2", "--out", "outputs/there"),
    ],
    ids=["clinic", "run"],
)


@WITH_PROCESSES
def test_a_program_that_is_killed_takes_its_workers_with_it_without_a_word(tmp_path, words):
    process = begun((*words, "--quiet"), tmp_path)
    until = time.monotonic() + 120
    while len(started_by(process)) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1.0)
    process.kill()
    assert process.communicate(timeout=60) == ("", "")  # when everything that could still write there has ended


@WITH_PROCESSES
def test_a_worker_that_is_lost_is_a_failure_in_one_line(tmp_path, words):
    process = begun(words, tmp_path)
    end = time.monotonic() + 120
    while len(children := started_by(process)) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(1)
    os.kill(children[-1], signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert "error: a worker process was killed, perhaps for want of memory" in err
    assert "Traceback" not in err
    assert left_in(tmp_path / "outputs") == []


@pytest.mark.long  # it compiles anew
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount the program read-only")
def test_a_program_and_a_home_that_cannot_be_written_to_are_no_obstacle(tmp_path):
    script = (
        f'mount --bind "{ROOT}/sim" "{ROOT}/sim" && mount -o remount,ro,bind "{ROOT}/sim" || exit 77; '
        'export HOME=/proc/none TMPDIR="$PWD"; unset XDG_CACHE_HOME XDG_CONFIG_HOME NUMBA_CACHE_DIR; exec "$@"'
    )
    command = ["unshare", "-m", "bash", "-c", script, "bash", *PROGRAM, "calibrate", "acute.yaml", "--patients", "100"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd=tmp_path)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("the tests may not mount anything here")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ceiling" in done.stdout
    (private,) = tmp_path.glob("coursesim-*")
    assert private.stat().st_mode & 0o777 == 0o700
