"""Tasks at work: what they say is told while they work, and nobody waits for those that are not wanted any more."""

from __future__ import annotations

import threading
import time

import pytest

from sim.study.at_work import Threads, Told, each, worked
from sim.study.executors import Workers, in_order, open_pool


class StopError(Exception):
    pass


def slowly(parts):
    for _ in range(parts):
        time.sleep(0.1)
        worked()
    return parts


@pytest.mark.parametrize("way", ["each", "in order"])
def test_what_a_task_has_done_is_told_while_it_works(way):
    told = []
    with Threads(1) as executor:
        if way == "each":
            found = list(each(executor, slowly, [8], told.append))
        else:
            found = list(in_order(executor, slowly, iter([8]), 1, told.append))
    assert found == [8]
    assert len({one for one in told if 0 < one < 8}) >= 2
    assert told == sorted(told)


def test_what_a_task_in_another_process_has_done_is_told_too():
    told = []
    with open_pool(Workers(1, "processes")) as pool:
        assert list(pool.in_order(slowly, iter([8]), told.append)) == [8]
    assert len({one for one in told if 0 < one < 8}) >= 2


def test_tasks_are_broken_off_and_not_waited_for_where_the_work_has_failed():
    broken = threading.Event()

    def for_ever(task):
        try:
            while True:
                time.sleep(0.01)
                worked()
        finally:
            broken.set()

    def fail():
        with Threads(2) as executor:
            executor.submit(for_ever, 1)
            raise StopError

    since = time.monotonic()
    with pytest.raises(StopError):
        fail()
    assert time.monotonic() - since < 1
    assert broken.wait(10)


def test_progress_never_goes_back_and_is_not_repeated():
    told = []
    one = Told(lambda done, total: told.append((done, total)), 10, 100)
    for step in (
        lambda: one.finished(10),
        lambda: one.under_way(5),
        lambda: one.finished(12),
        lambda: one.under_way(5),
    ):
        step()
    one.finished(40, 30)
    assert told == [(10, 100), (15, 100), (40, 40)]
