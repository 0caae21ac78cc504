"""Tasks at work: they say how much they have done, and are broken off where nobody waits for them any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
Task = TypeVar("Task")
Meanwhile = Callable[[int], None]

TOLD_SECONDS = 0.25
"""How often it is told how much is done."""


class BrokenOffError(Exception):
    """Nobody waits for this task any more."""


class Count:
    """How much the tasks of an executor have done, and whether they are to go on."""

    def __init__(self) -> None:
        self.value = 0
        self.is_over = False
        self._lock = threading.Lock()

    def add(self, amount: int) -> None:
        """Add what was done; raises BrokenOffError if the tasks are not to go on."""
        if self.is_over:
            raise BrokenOffError
        with self._lock:
            self.value += amount


class SharedCount:
    """How much tasks in other processes have done; these are killed where nobody waits for them.

    Where processes can share no memory, as without a directory for it, nothing is counted.
    """

    def __init__(self, context: Any) -> None:
        self._shared: Any = None
        with suppress(AttributeError, OSError):  # without a function that finds the place, or without a place
            self._shared = context.Value("q", 0)

    @property
    def value(self) -> int:
        """What all of them have done."""
        return 0 if self._shared is None else int(self._shared.value)

    def add(self, amount: int) -> None:
        """Add what was done."""
        if self._shared is not None:
            with self._shared.get_lock():
                self._shared.value += amount


NOTHING = Count()
"""What an executor has done that does not count."""
_here = threading.local()


def count_in(count: Count | SharedCount) -> None:
    """Have what tasks in this thread do be counted there."""
    _here.count = count


def worked(amount: int = 1) -> None:
    """Say that a task has done so much more; where nobody waits for the task any more, it is broken off here."""
    count: Count | SharedCount | None = getattr(_here, "count", None)
    if count is not None:
        count.add(amount)


class Threads(ThreadPoolExecutor):
    """Threads whose tasks are broken off, at the next `worked`, when the block ends by an error or an interruption."""

    def __init__(self, number: int) -> None:
        self.count = Count()
        super().__init__(number, initializer=count_in, initargs=(self.count,))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the tasks, unless the block has failed."""
        self.count.is_over = kind is not None
        self.shutdown(wait=kind is None, cancel_futures=kind is not None)


class Told:
    """Tells how much of some work is done, never less than it has told before.

    `progress` is called with what is done and what there is; `done`: what was done before the work began.
    """

    def __init__(self, progress: Callable[[int, int], None], done: int, total: int) -> None:
        self._progress, self._begun, self._told, self.total = progress, done, done, total
        self._last: tuple[int, int] | None = None

    def finished(self, done: int, total: int | None = None) -> None:
        """Tell that so much is finished, of a total that may have changed."""
        self.total = self.total if total is None else total
        self._tell(done)

    def under_way(self, worked: int) -> None:
        """Tell that tasks have said that they have done so much."""
        self._tell(self._begun + worked)

    def _tell(self, done: int) -> None:
        now = max(self._told, done), max(self._told, done, self.total)
        if now != self._last:  # so that what is told of something else meanwhile, as that it compiles, stays
            self._told, _ = self._last = now
            self._progress(*now)


def nobody_told(worked: int) -> None:
    """Tell nobody."""


def awaited(future: Future[T], meanwhile: Callable[[], None]) -> T:
    """Return what a future gives; `meanwhile` is called now and then until it is there."""
    while not wait((future,), timeout=TOLD_SECONDS).done:
        meanwhile()
    return future.result()


def each(
    executor: Executor, run: Callable[[Task], T], tasks: Iterable[Task], meanwhile: Meanwhile = nobody_told
) -> Iterator[T]:
    """Yield what `run` makes of tasks, in their order, all of which are under way at once.

    `meanwhile` is called now and then with how much they have said that they have done.
    """
    begun = done_by(executor)
    futures = [executor.submit(run, task) for task in tasks]
    for future in futures:
        found = awaited(future, lambda: meanwhile(done_by(executor) - begun))
        meanwhile(done_by(executor) - begun)
        yield found


def done_by(executor: Executor) -> int:
    """Return how much the tasks of an executor have said that they have done; 0 where that is not known."""
    count: Count | SharedCount = getattr(executor, "count", NOTHING)
    return count.value
