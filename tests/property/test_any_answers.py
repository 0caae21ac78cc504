"""Whatever is typed of one's own practice is refused as such, or gives a file that can be run."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.errors import UsageError
from sim.scenario import typed_answers as typed
from sim.scenario.answers import Answers
from sim.scenario.schema import Scenario
from sim.scenario.starter import checked_starter, shipped_scenario, starter
from sim.scenario.typed_courses import course, treatment


@cache
def shipped() -> Scenario:
    return shipped_scenario()


WORDS = st.lists(
    st.sampled_from([
        "massage", "exercise", "dry needling", "+", ",", ":", ";", "=", "4 visits", "2 boosters", "every 7 days",
        "weekly", "30", "0", "60", "1.5", "60%", "minutes", "price", "removes", "half_after", "fades", "acts_on",
        "central", "€", "é", " ", "\n", "\x1b[31m", "\u202e", "{", "}", '"', "'", "#", "- ", "null", "all", "true",
        "1e9", "nan", "%",
    ]),
    max_size=12,
).map(" ".join)  # fmt: skip


SPACINGS = st.sampled_from(["", "weekly", "monthly", "every 3,5 days", "7", "every other week", "365", "2.5 days"])
PLANS = st.builds(
    "{}: {} + {}, {} visits {}, {} boosters {}".format,
    st.text(min_size=1, max_size=50), st.sampled_from(["sham", "advice", "massage"]),
    st.sampled_from(["acupuncture", "dry needling"]), st.integers(1, 61), SPACINGS, st.integers(0, 30), SPACINGS,
)  # fmt: skip
ABOUT = st.builds(
    "minutes={}, price={:.2f} €, removes={} %, half_after={}, fades={}, acts_on=central".format,
    st.integers(0, 1500), st.floats(0, 1e6), st.floats(0, 100), st.floats(0.01, 500), st.floats(0.5, 2e6),
)  # fmt: skip


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(about=WORDS | ABOUT, called=st.text(max_size=8) | st.just("massage"), plan=WORDS | PLANS)
@example(about="minutes=30, price=5", called="true", plan="true, 4 visits")
@example(about="", called="A\x1b\x7f", plan="A\x7f: sham")
@example(about="", called="null", plan="null: null, 4 visits, 2 boosters daily")
@example(about="", called='Ye\'s "yoga" #1', plan="x: yes_yoga_1")
def test_whatever_is_typed_is_refused_or_gives_a_file_that_can_be_run(about: str, called: str, plan: str) -> None:
    names = {name: shipped().modality_label(name) for name in shipped().modalities}
    own, courses = (), ()
    with suppress(UsageError):
        own = (treatment(f"{called}: {about}", names, "EUR"),)
        names |= {own[0].name: own[0].label}
    with suppress(UsageError):
        courses = (course(plan, names, {*shipped().protocols, *shipped().policies}),)
    for read in (
        typed.hours,
        typed.currency,
        lambda text: typed.mixture([text], dict.fromkeys(shipped().profiles, "")),
    ):
        with suppress(UsageError):
            read(plan)
    if own or courses:
        text = starter("mine", Answers("EUR", 45.0, treatments=own, courses=courses), shipped())
        scenario = checked_starter(Path("mine.yaml"), text).scenario
        assert set(scenario.arms) >= {one.name for one in courses}
