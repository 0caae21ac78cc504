"""Who does the work: threads, processes, or a Dask cluster; results come in order, the same whoever made them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal, TypeVar, cast, get_args

from sim.errors import NO_NEW_THREAD, CoursesimError, UsageError
from sim.output.extras import installing
from sim.output.signals import ignoring_ctrl_c, undisturbed
from sim.study.at_work import Meanwhile, SharedCount, Threads, awaited, count_in, done_by, nobody_told
from sim.study.versions import differences, engine

T = TypeVar("T")
Task = TypeVar("Task")
Kind = Literal["threads", "processes", "dask"]
KINDS: tuple[str, ...] = get_args(Kind)

TLS_SETTINGS = "DASK_DISTRIBUTED__COMM__TLS__"
"""How the names of Dask's settings for certificates begin in the environment."""
CONNECT_SECONDS = 10
WORKERS_SECONDS = 30
WATCH_SECONDS = 0.5
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
NO_ALARM = "ignore:resource_tracker:UserWarning"
AHEAD = 2
"""Tasks under way per worker: one at work, one waiting for it."""


WORKER_KILLED = "a worker process was killed, perhaps for want of memory or of processes; --resume goes on"


class WorkersError(CoursesimError):
    """The workers were lost while they worked."""


@dataclass(frozen=True)
class Workers:
    """How many workers of what kind; for `dask`, the address of the scheduler, whose workers are as many as it has."""

    number: int = 1
    kind: Kind = "threads"
    scheduler: str | None = None


class Pool:
    """Workers that are there. `ahead`: how many tasks to have under way; `elsewhere`: whether they share no memory."""

    def __init__(self, executor: Executor, ahead: int, elsewhere: bool) -> None:
        self._executor = executor
        self._ahead = ahead
        self._elsewhere = elsewhere

    def in_order(
        self, run: Callable[[Task], T], tasks: Iterator[Task], meanwhile: Meanwhile = nobody_told
    ) -> Iterator[T]:
        """Yield what `run` makes of the tasks, in their order; for workers elsewhere `run` must survive pickling.

        `meanwhile` is as for `in_order`. Raises WorkersError if the workers are lost, UsageError if one has another
        engine than this program.
        """
        run = Sent.of(run) if self._elsewhere else run
        try:
            yield from in_order(self._executor, run, tasks, self._ahead, meanwhile)
        except BrokenProcessPool as error:
            raise WorkersError(WORKER_KILLED) from error
        except CancelledError as error:
            raise WorkersError("the cluster was lost while it worked; --resume goes on") from error


def in_order(
    executor: Executor,
    run: Callable[[Task], T],
    tasks: Iterator[Task],
    workers: int,
    meanwhile: Meanwhile = nobody_told,
) -> Iterator[T]:
    """Yield what `run` makes of the tasks, in their order, with a bounded number under way.

    `meanwhile` is called now and then with how much tasks have said that they have done (`at_work.worked`).
    """
    waiting: deque[Future[T]] = deque()
    begun = done_by(executor)

    def first() -> T:
        return awaited(waiting.popleft(), lambda: meanwhile(done_by(executor) - begun))

    try:
        for task in tasks:
            waiting.append(executor.submit(run, task))
            if len(waiting) > AHEAD * workers:
                yield first()
        while waiting:
            yield first()
    finally:
        # Processes are let go of as a whole, and their executor then fails on what was cancelled behind its back.
        if not isinstance(executor, ProcessPoolExecutor):
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class Sent:
    """A function on its way to workers elsewhere, pickled once; it refuses to run on another engine."""

    content: bytes
    made_by: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, run: Callable[[Any], Any]) -> Sent:
        """Pack a function."""
        return cls(pickle.dumps(run, protocol=pickle.HIGHEST_PROTOCOL), engine())

    def __call__(self, task: Any) -> Any:
        """Run it here, unpacked once; UsageError on another engine than it was sent from."""
        if other := differences(self.made_by, engine()):
            raise UsageError(f"--executor: a worker has {other}; results of two engines are never mixed")
        return _unpacked(self.content)(task)


@lru_cache(maxsize=2)
def _unpacked(content: bytes) -> Callable[[Any], Any]:
    return cast(Callable[[Any], Any], pickle.loads(content))


@contextmanager
def open_pool(workers: int | Workers) -> Iterator[Pool]:
    """Give workers, or a number of threads, for as long as they are needed.

    Raises UsageError if a cluster is not there, has no workers, or has workers of another version.
    """
    asked = Workers(workers) if isinstance(workers, int) else workers
    if asked.kind == "threads":
        with Threads(asked.number) as threads:
            yield Pool(threads, asked.number, elsewhere=False)
    elif asked.kind == "processes":
        with processes(asked.number) as executor:
            yield Pool(executor, asked.number, elsewhere=True)
    else:
        with _cluster(asked.scheduler) as (executor, number):
            yield Pool(executor, number, elsewhere=True)


class _Processes(ProcessPoolExecutor):
    """Processes of this program; `count`: how much their tasks have said that they have done."""

    def __init__(self, number: int, context: Any) -> None:
        self.count = SharedCount(context)
        super().__init__(number, context, initializer=_begin_to_work, initargs=(self.count,))


@contextmanager
def processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes that leave Ctrl-C to this one and end with it, whatever ends it."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with begun_as_workers():
        executor = _Processes(number, context)
    done = threading.Event()
    try:
        with begun_as_workers():
            for _ in range(number):  # the first tasks start the processes
                executor.submit(_nothing)
        started = set(multiprocessing.active_children()) - others
        threading.Thread(target=_watch, args=(executor, started, done), daemon=True).start()
        yield executor
        done.set()
        with undisturbed():  # a semaphore that is half let go of would be let go of again, with an alarm
            executor.shutdown(cancel_futures=True)
    except BaseException:
        done.set()
        _let_go(executor, set(multiprocessing.active_children()) - others)  # nobody waits for what they are doing
        with suppress(RuntimeError):  # the thread that it waits for could not be started
            executor.shutdown(cancel_futures=True)
        raise


@contextmanager
def begun_as_workers() -> Iterator[None]:
    """Have processes that are started in the block leave Ctrl-C to this one and its script alone, do linear algebra on
    one thread each, as there are several of them, and say nothing of semaphores that a program which is killed leaves
    behind: they are cleared up.
    """
    is_stated = ONE_THREAD[0] in os.environ
    os.environ.setdefault(*ONE_THREAD)
    sys.warnoptions.append(NO_ALARM)
    try:
        with ignoring_ctrl_c(), _script_left_alone():
            yield
    finally:
        sys.warnoptions.remove(NO_ALARM)
        if not is_stated:
            os.environ.pop(ONE_THREAD[0], None)


@contextmanager
def _script_left_alone() -> Iterator[None]:
    """Have processes that are started in the block not run the user's script: they need this package only.

    Otherwise a script that calls the library without `if __name__ == "__main__"` would begin again in each of them.
    """
    script = sys.modules["__main__"]
    names = ("__file__", "__spec__")
    kept = {name: script.__dict__[name] for name in names if name in script.__dict__}
    script.__dict__.update(dict.fromkeys(kept))
    try:
        yield
    finally:
        script.__dict__.update(kept)


def _watch(executor: ProcessPoolExecutor, started: set[BaseProcess], done: threading.Event) -> None:
    """Let go of all workers once one is lost: one that dies as it sends a result leaves the others, and the executor
    that reads it, waiting for its end for ever. So does the executor's own thread if it could not start another one.
    """
    thread: threading.Thread | None = getattr(executor, "_executor_manager_thread", None)
    while not wait([worker.sentinel for worker in started], timeout=WATCH_SECONDS):
        if done.is_set():
            return
        if thread is not None and not thread.is_alive():
            _let_go(executor, started)
            for future in [item.future for item in executor._pending_work_items.values()]:
                if not future.done():
                    future.set_exception(RuntimeError(NO_NEW_THREAD))
            return
    if not done.wait(WATCH_SECONDS):  # the executor has mostly seen it by then
        _let_go(executor, started)


def _let_go(executor: ProcessPoolExecutor, workers: set[BaseProcess]) -> None:
    """Kill workers, and close the pipe on which the executor waits for them: it then reads that it has ended."""
    for worker in workers:
        worker.kill()
    writer = getattr(getattr(executor, "_result_queue", None), "_writer", None)
    if writer is not None:
        with suppress(OSError):
            writer.close()


def _nothing() -> None:
    """Do nothing."""


def _begin_to_work(count: SharedCount) -> None:
    count_in(count)
    try:
        follow_the_first_process()
    except RuntimeError:  # no thread can be started: the first process sees that this one has ended, and says so
        os._exit(1)


def follow_the_first_process() -> None:
    """Leave Ctrl-C to the process that has started this one, and end with it."""
    for name in ("SIGINT", "SIGBREAK"):  # a terminal sends them to every process
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    first = multiprocessing.parent_process()
    if first is not None:
        threading.Thread(target=_end_with, args=(first.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def _cluster(address: str | None) -> Iterator[tuple[Executor, int]]:
    """Give the executor of a Dask cluster, and how many tasks its workers run at once."""
    if address is None:
        raise UsageError("--executor dask: which cluster? Give --scheduler ADDRESS, for example tcp://10.0.0.1:8786")
    try:
        import distributed
    except ImportError as error:
        raise UsageError(f"--executor dask needs distributed; install it with: {installing('cluster')}") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said by the errors raised here
    is_secure = address.startswith("tls://")
    if is_secure:
        _check_certificates(distributed.Security(), address)  # type: ignore[no-untyped-call]
    try:
        client: Any = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        there = "there with certificates that fit each other" if is_secure else "there"
        raise UsageError(f"--scheduler {address}: no scheduler answers {there} ({_first_line(error)})") from error
    try:
        _check_workers(client, address)
        number = sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values())
        yield client.get_executor(pure=False), number
    finally:
        client.close(timeout=CONNECT_SECONDS)


def _check_certificates(security: Any, address: str) -> None:
    """Raise UsageError unless Dask's settings name certificates for this side that can be read."""
    try:
        is_set = security.get_connection_args("client").get("ssl_context") is not None
    except OSError as error:  # of TLS too
        raise UsageError(f"--scheduler {address}: certificates cannot be read ({_first_line(error)})") from error
    if not is_set:
        raise UsageError(
            f"--scheduler {address}: no certificates are set; name the files in {TLS_SETTINGS}CA_FILE, "
            f"{TLS_SETTINGS}CLIENT__CERT and {TLS_SETTINGS}CLIENT__KEY"
        )


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except TimeoutError as error:
        raise UsageError(f"--scheduler {address}: has no workers (waited {WORKERS_SECONDS} s)") from error
    for worker, found in client.run(engine, on_error="return").items():
        if isinstance(found, BaseException):
            raise UsageError(f"--scheduler {address}: worker {worker} cannot run coursesim: {_first_line(found)}")
        if other := differences(engine(), found):
            raise UsageError(
                f"--scheduler {address}: worker {worker} has {other}; results of two engines are never mixed"
            )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
