"""`simulate new`: what options and typed answers put into the file, and that all of it, its examples too, is valid."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from sim.cli import check, new
from sim.errors import ScenarioError, UsageError
from sim.quantities import OUTCOME_NAMES
from sim.scenario.answers import Answers, ClinicPlan
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.scenario.schema_json import scenario_json_schema
from sim.scenario.starter import checked_starter, shipped_scenario, starter
from sim.scenario.tree import parse_tree
from sim.scenario.typed_courses import course, treatment
from tests.functional.commands import ENVIRONMENT, PROGRAM

OWN = (
    "--currency", "EUR", "--visit-price", "45",
    "--patients-are", "acute=60 %, chronic=30%", "--patients-are", "Stress-linked: 10%",
    "--treatment", "massage: minutes=30, price=40", "--treatment", "Exercise: minutes=20, price=7,50 €, removes=25%",
    "--protocol", "massage + exercise, 4 visits every 7 days, 2 boosters every 30 days",
    "--no-shows", "12 %",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new, "can_ask", lambda: True)


def run(*words: str, answers: str = "") -> Any:
    result = CliRunner().invoke(new.command, words, input=answers, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def loaded(name: str) -> Scenario:
    return load_scenario(name, outcomes=OUTCOME_NAMES).scenario


def full() -> Answers:
    """Everything answered, but one treatment of one's own fewer than there is room for."""
    shipped = shipped_scenario()
    labels = {name: shipped.modality_label(name) for name in shipped.modalities}
    own = [treatment(text, labels, "EUR") for text in ("massage", "exercise: price=5", "electroacupuncture: fades=9")]
    labels |= {one.name: one.label for one in own}
    courses = (course("in_turn: massage + exercise, 4 visits, 12 boosters monthly", labels, ()),)
    mix = {"acute_strain": 1.0}
    return Answers("EUR", 45.0, {"acupuncture": 20.0}, mix, ("usual_care",), tuple(own), courses, 0.12, ClinicPlan())


def blocks(text: str) -> list[list[str]]:
    """Return the sections of a new scenario below its head, each with the lines that say what it is about."""
    found: list[list[str]] = []
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("# ---"))
    for before, line in zip(lines[begin - 1 :], lines[begin:], strict=False):
        if line.startswith("# ---") and not before.startswith("# ---"):
            found.append([])
        found[-1].append(line)
    return [lines[:begin], *found]


def in_force(block: list[str]) -> list[str]:
    return [line if line.startswith("# ---") else line.removeprefix("# ") for line in block]


def section(block: list[str]) -> str:
    return next(line for line in in_force(block) if not line.startswith("# ---")).split(":")[0]


SECTIONS = {"cohort", "costs", "attendance", "modalities", "protocols", "policies", "profiles", "claims", "followup"}


@pytest.mark.parametrize("answers", [None, full()], ids=["nothing said", "everything said"])
def test_each_example_alone_and_all_together_are_valid(answers: Answers | None) -> None:
    head, *parts = blocks(starter("mine", answers))
    names = [section(part) for part in parts]
    assert set(names) >= SECTIONS
    schema = jsonschema.Draft202012Validator(scenario_json_schema())
    together = "modalities", "parameters"  # a treatment, and what it does
    for chosen in [*((name,) for name in names if name not in together), together, tuple(names)]:
        lines = [
            line
            for name, part in zip(names, parts, strict=True)
            for line in (in_force(part) if name in chosen else part)
        ]
        text = "\n".join([*head, *lines]) + "\n"
        scenario = checked_starter(Path("mine.yaml"), text).scenario
        assert scenario.title == "Mine"
        assert not list(schema.iter_errors(parse_tree(text, "mine.yaml").tree)), chosen


def test_examples_in_force_can_be_run(here: Path) -> None:
    head, *parts = blocks(starter("all"))
    text = "\n".join([*head, *(line for part in parts for line in in_force(part))]) + "\n"
    text = text.replace("satisfied: {value: 0.7, source: assumption}", "satisfied: {value: 0.7, source: own}")
    (here / "all.yaml").write_text(text, encoding="utf-8")
    arms = "arms=[with_boosters, in_turn, calm_first, twice_a_week, both_if_severe]"
    words = ("all.yaml", "--set", arms, "--set", "cohort.profiles={office_neck: 1}")
    shown = CliRunner().invoke(check.command, words, catch_exceptions=False).stdout.splitlines()
    assert shown[-1] == "ok"
    assert shown[2] == "cohort  20,000 patients: 100% office work"
    assert [re.sub(" {2,}", " | ", line).removeprefix("arms | ").strip(" |") for line in shown[4:8]] == [
        "Dry needling with boosters | 4 visits, every 7 days: dry needling, then 2 visits, every 30 days: dry needling",
        "In turn | 8 visits, every 7 days: dry needling, then acupuncture, in turn",
        "Calm first | 4 visits, every 3.5 days: acupuncture, then 4 visits, every 7 days: dry needling",
        "Twice a week | 8 visits, every 3 and 4 days: dry needling; ends once relief has held for 2 visits",
    ]
    assert any(line.startswith("note    Your own claims against an article's: Dry needling") for line in shown)


def test_an_example_treatment_can_be_offered(here: Path) -> None:
    _, *parts = blocks(starter("all"))
    kept = [line for part in parts if section(part) in ("modalities", "parameters") for line in in_force(part)]
    own = "protocols: {own: {visits: 4, each_visit: [exercise, electroacupuncture]}}"
    text = "\n".join(["extends: acute.yaml", "title: x", "arms: [usual_care, own]", own, *kept]) + "\n"
    (here / "own.yaml").write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(check.command, ["own.yaml"], catch_exceptions=False).stdout
    assert "4 visits, every 7 days: exercise and electroacupuncture" in shown
    assert shown.endswith("ok\n")


def test_no_example_passes_for_published_and_own_figures_are_called_so() -> None:
    for answers in (None, full()):
        _, *parts = blocks(starter("mine", answers))
        text = "\n".join(line for part in parts for line in in_force(part))
        assert set(re.findall(r"source: ([\w ]+)", text)) - {"K1"} == {"own", "assumption"}
        assert "status" not in text
        assert "survey" not in text
    scenario = checked_starter(Path("mine.yaml"), starter("mine", full())).scenario
    assert scenario.costs.visit.status == "own"
    assert scenario.parameters["massage"].ceiling is not None
    assert scenario.parameters["massage"].ceiling.status == "assumption"
    assert scenario.modalities["massage"].minutes.status == "assumption"  # it was not said


def test_options_become_lines(here: Path) -> None:
    said = run("my_clinic", *OWN, "--clinic", "--hours", "9-13, 14-18", "--offer", "usual care, Acupuncture first")
    assert "Massage and exercise: 6 visits, 555 EUR and 360 minutes in all" in said.stdout
    scenario = loaded("my_clinic.yaml")
    assert scenario.arms == ("usual_care", "acupuncture_first", "massage_exercise")
    assert scenario.cohort.profiles == {"acute_strain": 0.6, "chronic": 0.3, "stress_linked": 0.1}
    assert (scenario.costs.currency, scenario.costs.visit.value) == ("EUR", 45)
    exercise = scenario.modalities["exercise"]
    assert (exercise.cost.value, exercise.minutes.value, exercise.needling) == (7.5, 20, False)
    assert scenario.protocols["massage_exercise"].visit_days == (0, 7, 14, 21, 51, 81)
    assert scenario.attendance.no_show.value == 0.12
    assert scenario.clinic is not None
    assert scenario.clinic.practitioners["practitioner"].hours == ((540, 780), (840, 1080))
    assert scenario.clinic.treatments == {"massage_exercise": 1.0}
    assert not scenario.clinic.states_costs
    assert CliRunner().invoke(check.command, ["my_clinic.yaml"], catch_exceptions=False).stdout.endswith("ok\n")


def test_no_price_in_dollars_is_read_as_euros(here: Path) -> None:
    run("mine", "--currency", "eur", "--visit-price", "45", "--price", "dry needling=20, acupuncture=30,50")
    scenario = loaded("mine.yaml")
    costs = {name: (one.cost.value, one.first_visit_cost.value) for name, one in scenario.modalities.items()}
    assert costs == {"dry_needling": (20, 0), "acupuncture": (30.5, 0), "sham": (0, 0), "advice": (0, 0)}
    assert scenario.modalities["sham"].cost.note == "within the price of the visit"
    with pytest.raises(UsageError, match="are in USD and are not converted; give your own in EUR: --visit-price"):
        run("other", "--currency", "EUR")
    (here / "euro.yaml").write_text("extends: acute.yaml\ntitle: x\ncosts: {currency: EUR, visit: 45}\n")
    shown = CliRunner().invoke(check.command, ["euro.yaml"], catch_exceptions=False).stdout
    read = (
        "note    Prices come from files in USD and are read as EUR, without conversion: modalities.dry_needling.cost, "
    )
    assert read in shown
    assert "costs.visit" not in shown
    assert "note    Prices" not in CliRunner().invoke(check.command, ["mine.yaml"], catch_exceptions=False).stdout


def test_without_prices_of_ones_own_those_that_come_along_stay(here: Path) -> None:
    run("mine", "--price", "dry_needling=30", "--yes")
    scenario, shipped = loaded("mine.yaml"), shipped_scenario()
    assert scenario.modalities["dry_needling"].cost.value == 30
    assert scenario.modalities["acupuncture"] == shipped.modalities["acupuncture"]
    assert scenario.costs == shipped.costs


def test_a_treatment_that_no_course_gives_gets_one(here: Path) -> None:
    run("mine", "--treatment", "Yoga")
    scenario = loaded("mine.yaml")
    assert scenario.arms == ("usual_care", "yoga")
    assert scenario.protocols["yoga"].visits == 6


def test_a_long_course_is_followed_to_its_end(here: Path) -> None:
    run("mine", "--protocol", "advice, 4 visits weekly, 6 boosters monthly")
    scenario = loaded("mine.yaml")
    assert scenario.arm_label("own_advice") == "Own advice"
    assert scenario.followup.horizon.value >= scenario.protocols["own_advice"].visit_days[-1] == 201


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--patients-are", "acute=60%, chronic=30%"), "the shares of patients come to 90 %; they must come to 100 %"),
        (("--patients-are", "acute=60%, office=40%"), "'office' is no kind of patient; allowed: acute_strain, chronic"),
        (("--patients-are", "acute"), "'acute': which share? Write it as acute_strain=60%"),
        (("--no-shows", "0.12"), "can be meant in two ways; write 0.12 % or 12 %"),
        (("--no-shows", "120 %"), "no-shows: must be from 0 to 100 %"),
        (("--visit-price", "1,200"), "can be meant in two ways; write 1.2 or 1200"),
        (("--visit-price", "45 €"), "is not in USD"),
        (("--visit-price", "-5"), "must be from 0 to"),
        (("--price", "massage=3"), "'massage' is no treatment; allowed: dry_needling, acupuncture"),
        (("--treatment", "massage: minute=30"), "Did you mean 'minutes'?"),
        (("--treatment", "massage: removes=100%"), "removes of massage: must be below 100 %"),
        (("--treatment", "dry needling: minutes=30"), "a treatment called dry_needling is there already"),
        (("--protocol", "massage, 4 visits"), "'massage' is no treatment"),
        (("--protocol", "advice, four visits"), "visits of own_advice: 'four' is no number"),
        (("--protocol", "advice + acupuncture, 4 visits now and then"), "'now and then' is no spacing"),
        (("--protocol", "my own: advice, 50 visits monthly"), "protocol my_own: the course must end within 730 days"),
        (("--protocol", "combined: advice, 4 visits"), "a protocol called combined is there already"),
        (("--offer", "dry neeedling"), "Did you mean 'dry_needling'?"),
        (("--hours", "18-9"), "hours must end after they begin"),
        (("--no-clinic", "--practitioners", "2"), "--no-clinic: leave out"),
        (("--practitioners", "1.5"), "practitioners: must be a whole number"),
        (sum((("--treatment", name) for name in "abcde"), ()), "there is room for 4 treatments of your own; given 5"),
    ],
)
def test_options_that_cannot_be_are_refused_and_nothing_is_written(
    here: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        run("mine", *words)
    assert not isinstance(refused.value, ScenarioError)
    assert message in str(refused.value)
    assert list(here.iterdir()) == []


def test_answers_are_typed_and_wrong_ones_are_explained_and_asked_again(here: Path, at_a_terminal: None) -> None:
    money = ["EUR", "", "fifty", "45"]
    patients = ["60", "30", "20", "60 %", "0.3", "30", ""]
    massage = ["massage", "30", "40 €", "", ""]
    exercise = ["exercise", "", "0", "120", "25 %", "3", ""]
    own = ["", "4", "weekly", "2", "every 30 days", "", ""]
    rest = ["1, 9", "1, dry needling", "20,50", "12", "maybe", "yes", "", "3", "9:00-12:00, 13-17", "forty", "40"]
    said = run("mine", answers="".join(f"{one}\n" for one in (*money, *patients, *massage, *exercise, *own, *rest)))
    for words in (
        "Error: price of a visit, in EUR: 'fifty' is no number",
        "Together these are 110 of 100 patients; they must come to 100. Once more:",
        "Error: patients: of 100; write 30, or 0.3 % if so few are meant",
        "Error: removes of exercise: must be from 0 to 100 %; given '120'",
        "Error: there is no 9; allowed: 1 to 8",
        "Error: write y for yes, n for no",
        "Error: wage for an hour, in EUR: 'forty' is no number",
        "with: Stress-linked (Pain linked to stress, sleep or digestion) [10]:",
    ):
        assert words in said.stderr
    assert said.stdout.startswith("wrote mine.yaml\n")
    scenario = loaded("mine.yaml")
    assert scenario.arms == ("usual_care", "dry_needling", "massage_and_exercise")
    assert scenario.protocols["massage_and_exercise"].visit_days == (0, 7, 14, 21, 51, 81)
    assert scenario.cohort.profiles == {"acute_strain": 0.6, "chronic": 0.3, "stress_linked": 0.1}
    costs = {name: one.cost.value for name, one in scenario.modalities.items()}
    assert costs == {"dry_needling": 20.5, "acupuncture": 0, "sham": 0, "advice": 0, "massage": 40, "exercise": 0}
    assert scenario.modalities["massage"].minutes.status == "own"
    assert scenario.parameters["exercise"].half_life is not None
    assert scenario.parameters["exercise"].half_life.value == 3
    assert scenario.attendance.no_show.value == 0.12
    assert scenario.clinic is not None
    assert (scenario.clinic.arrivals.per_week.value, scenario.clinic.rooms) == (10, 3)
    assert scenario.clinic.practitioners["practitioner"].wage_per_hour.value == 40


def test_enter_everywhere_takes_what_nobody_asked_would_get(here: Path, at_a_terminal: None) -> None:
    run("asked", answers="\n" * 40)
    run("told", "--yes")
    asked, told = loaded("asked.yaml"), loaded("told.yaml")
    same = {"title", "attendance"}
    assert asked.model_dump(exclude=same) == told.model_dump(exclude=same)
    assert asked.attendance.no_show.value == told.attendance.no_show.value


def test_what_an_option_says_is_not_asked(here: Path, at_a_terminal: None) -> None:
    said = run("mine", *OWN, "--no-clinic", "--offer", "usual_care", answers="")
    assert said.stderr.count("?") == 0
    assert ": " not in said.stderr
    assert loaded("mine.yaml").clinic is None


def test_answers_broken_off_leave_nothing(here: Path, at_a_terminal: None) -> None:
    result = CliRunner().invoke(new.command, ["mine"], input="EUR\n")
    assert result.exit_code == 1
    assert list(here.iterdir()) == []


def test_a_name_that_is_there_is_refused_before_anything_is_asked(here: Path, at_a_terminal: None) -> None:
    (here / "mine.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        run("mine", answers="")


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_nothing_is_asked_where_nobody_is(here: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*PROGRAM, "new", "mine", *words], cwd=here, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("wrote mine.yaml\n")
    assert done.stderr == ""


def test_a_terminal_is_asked_and_with_yes_it_is_not(here: Path) -> None:
    import pty

    for name, words, answers, asks in (("one", (), "\n" * 30, True), ("two", ("--yes",), "", False)):
        leader, terminal = pty.openpty()
        try:
            os.write(leader, answers.encode())
            done = subprocess.run(
                [*PROGRAM, "new", name, *words], cwd=here, env=ENVIRONMENT, stdin=terminal, stdout=subprocess.PIPE,
                stderr=terminal, text=True, timeout=120, check=True,
            )  # fmt: skip
            os.set_blocking(leader, False)
            shown = b"".join(iter(partial(_read, leader), b"")).decode()
        finally:
            os.close(leader)
            os.close(terminal)
        assert done.stdout.startswith(f"wrote {name}.yaml\n")
        assert ("Of 100 patients, how many come with: Acute strain" in shown) is asks


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except BlockingIOError:
        return b""


def test_the_schema_knows_own_figures() -> None:
    assert '"own"' in json.dumps(scenario_json_schema())
