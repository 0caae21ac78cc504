"""Threads, processes and a real Dask cluster give the same bytes, also when one of its workers is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.errors import NO_NEW_THREAD, UsageError
from sim.study import executors, versions
from sim.study.draws import run_draws
from sim.study.executors import Sent, Workers, WorkersError, open_pool
from sim.study.joint import run_joint
from sim.study.prepare import prepare
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS

SIZE = "cohort.size=100017"  # three tasks and a part of one
PART = [sys.executable, "-W", "ignore", "-m"]


@contextmanager
def cluster(folder, number=2, path="", certificates=None):
    """Start a scheduler and workers as processes, with TLS if there are certificates; give the address and workers."""
    file = folder / "scheduler.json"
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT": "120s", **(certificates or {})}
    if path:
        environment["PYTHONPATH"] = path
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": folder}
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    secure = ["--protocol", "tls"] if certificates else []
    scheduler = [*PART, "distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(file), *local, *secure]
    started = [subprocess.Popen(scheduler, **quiet)]
    try:
        end = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size):
            assert started[0].poll() is None, "the scheduler ended at once"
            assert time.monotonic() < end, "no scheduler"
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        worker = [*PART, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *local]
        started += [subprocess.Popen(worker, **quiet) for _ in range(number)]
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def same_tally(one, other):
    kept = other.kept(0)
    for name, array in one.kept(0).items():
        assert array.tobytes() == kept[name].tobytes(), name


def test_processes_give_what_threads_give(scenario):
    study = prepare(scenario("reference.yaml", SIZE))
    alone = run_study(study)
    same_tally(alone.tally, run_study(study, 2).tally)
    same_tally(alone.tally, run_study(study, Workers(2, "processes")).tally)


def test_processes_give_the_same_draws_and_comparisons(scenario):
    study = prepare(scenario("acute.yaml", GIVEN_PARAMETERS[1], "draws.number=20", "draws.patients=200"))
    one, other = run_draws(study), run_draws(study, Workers(2, "processes"))
    for name in ("values", "estimates", "noise"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    pair = [
        prepare(scenario("acute.yaml", "cohort.size=50000")),
        prepare(scenario("chronic.yaml", "cohort.size=50000")),
    ]
    for mine, theirs in zip(run_joint(pair).results, run_joint(pair, Workers(2, "processes")).results, strict=True):
        same_tally(mine.tally, theirs.tally)


def test_a_cluster_gives_the_same_bytes_when_a_worker_is_killed_in_mid_run(scenario, tmp_path):
    study = prepare(scenario("reference.yaml", "cohort.size=530017"))
    alone = run_study(study, 2)
    with cluster(tmp_path) as (address, started):
        whole = run_study(study, Workers(1, "dask", address))
        same_tally(alone.tally, whole.tally)
        done = []

        def kill_one(patients, expected):
            done.append(patients)
            if len(done) == 3:
                started[0].send_signal(signal.SIGKILL)

        broken = run_study(study, Workers(1, "dask", address), progress=kill_one)
        assert started[0].wait(5) == -signal.SIGKILL
        assert len(done) > 10, "the worker was not killed in mid-run"
    same_tally(alone.tally, broken.tally)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Two authorities, and Dask's settings for a certificate signed by each."""
    folder = tmp_path_factory.mktemp("certificates")
    return [certified(folder, name) for name in ("ours", "theirs")]


def certified(folder, name):
    """Make an authority and a certificate signed by it; give Dask's settings for all three roles."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    signed = ["-CA", f"{name}.pem", "-CAkey", f"{name}.key", "-CAcreateserial", "-days", "2", "-out", f"{name}-1.pem"]
    for command in (
        ["req", "-x509", *key, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
        ["req", *key, "-subj", f"/CN={name}-1", "-keyout", f"{name}-1.key", "-out", f"{name}-1.csr"],
        ["x509", "-req", "-in", f"{name}-1.csr", *signed],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    settings = {"CA_FILE": f"{name}.pem"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{role}__CERT": f"{name}-1.pem", f"{role}__KEY": f"{name}-1.key"}
    return {f"{executors.TLS_SETTINGS}{setting}": str(folder / file) for setting, file in settings.items()}


def run_secured(address, settings, folder):
    """Run a scenario on a cluster from a process of its own, with these settings; settings are read at the start."""
    start = "from sim.cli.start import program; program()"
    command = [sys.executable, "-c", start, "--config", "acute.yaml", "--patients", "2000", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(executors.TLS_SETTINGS)}
    command += ["--scheduler", address, "--out", str(folder / "out")]
    return subprocess.run(command, env=environment | settings, capture_output=True, text=True, timeout=120)


def test_a_cluster_with_tls_is_used_and_certificates_that_do_not_fit_are_named_in_one_line(authorities, tmp_path):
    ours, theirs = authorities
    with cluster(tmp_path, 1, certificates=ours) as (address, _):
        assert address.startswith("tls://")
        done = run_secured(address, ours, tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out" / "summary.csv").exists()
        not_read = {**ours, f"{executors.TLS_SETTINGS}CA_FILE": str(tmp_path / "none.pem")}
        for settings, said in (
            ({}, "no certificates are set; name the files in DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
            (not_read, "certificates cannot be read"),
            (theirs, "no scheduler answers there with certificates that fit each other"),
        ):
            refused = run_secured(address, settings, tmp_path)
            assert refused.returncode == 2
            (line,) = refused.stderr.strip().splitlines()
            assert line.startswith(f"error: --scheduler {address}: {said}")


def test_a_worker_of_another_version_is_named(scenario, tmp_path):
    """A worker that finds another coursesim first, as one that was installed earlier would be."""
    other = tmp_path / "other"
    (other / "sim" / "study").mkdir(parents=True)
    (other / "sim" / "__init__.py").write_text("")
    (other / "sim" / "study" / "__init__.py").write_text("")
    (other / "sim" / "study" / "versions.py").write_text('def engine():\n    return (("coursesim", "0.0.1"),)\n')
    study = prepare(scenario("acute.yaml"))
    with (
        cluster(tmp_path, 1, str(other)) as (address, _),
        pytest.raises(UsageError, match=r"worker tcp://.* has coursesim 0\.0\.1 \(here "),
    ):
        run_study(study, Workers(1, "dask", address))


def test_a_scheduler_without_workers_is_named(scenario, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "WORKERS_SECONDS", 1)
    study = prepare(scenario("acute.yaml"))
    with cluster(tmp_path, 0) as (address, _), pytest.raises(UsageError, match="has no workers"):
        run_study(study, Workers(1, "dask", address))


def test_a_scheduler_that_is_not_there_is_named(scenario, monkeypatch):
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    study = prepare(scenario("acute.yaml"))
    with pytest.raises(UsageError, match=r"--scheduler tcp://127\.0\.0\.1:9: no scheduler answers there"):
        run_study(study, Workers(1, "dask", "tcp://127.0.0.1:9"))


def test_work_sent_by_another_engine_is_refused():
    sent = Sent.of(abs)
    assert sent(-3) == 3
    with pytest.raises(UsageError, match=r"numpy 9\.9 \(here|results of two engines"):
        Sent(sent.content, (*versions.engine()[:1], ("numpy", "9.9"), *versions.engine()[2:]))(-3)


def _end(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_pool_whose_own_thread_can_start_no_other_is_an_error_and_no_wait_for_ever(monkeypatch):
    def none(self):
        raise RuntimeError(NO_NEW_THREAD)

    monkeypatch.setattr(threading, "excepthook", lambda thrown: None)
    monkeypatch.setattr("multiprocessing.queues.Queue._start_thread", none)
    with pytest.raises(RuntimeError, match=NO_NEW_THREAD), open_pool(Workers(1, "processes")) as pool:
        list(pool.in_order(abs, iter(range(3))))


DIES_AS_IT_SENDS = """
import os, signal, struct
from multiprocessing.connection import Connection

def half(connection, content):
    connection._send(struct.pack("!i", len(content)) + bytes(content[: len(content) // 2]))
    os.kill(os.getpid(), signal.SIGKILL)

def task(number):
    if number == 3:
        Connection._send_bytes = half
    return bytes(200_000)
"""
SENDS_IT = """
from dying import task
from sim.study.executors import Workers, WorkersError, open_pool

try:
    with open_pool(Workers(2, "processes")) as pool:
        list(pool.in_order(task, iter(range(100))))
except WorkersError as error:
    print(error)
"""


def test_a_process_that_is_killed_as_it_sends_a_result_is_not_waited_for(tmp_path):
    """The script has no `if __name__ == "__main__"`: it is not run again in the processes."""
    (tmp_path / "dying.py").write_text(DIES_AS_IT_SENDS)
    (tmp_path / "work.py").write_text(SENDS_IT)
    command = [sys.executable, "work.py"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "a worker process was killed" in done.stdout
    assert done.stderr == ""


def test_a_killed_process_is_explained():
    with pytest.raises(WorkersError, match="killed"), open_pool(Workers(2, "processes")) as pool:
        list(pool.in_order(_end, iter([1])))
