"""Arms of trials for a synthesis from a file of trials: the same effects as from a table that says the same."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import UsageError
from sim.learn.arms_in_trials import arms_in
from sim.learn.contrasts import effects_of

ARM = "{{what: {{visits: 6, every_days: 7, each_visit: {given}}}, results: [{results}]}}"
HEAD = """\
trials:
  {name}:
    name: {name}
    year: {year}
    source: made up
    doi: 10.1/{name}
    who: {{profile: chronic}}
    arms:
"""


def written(place, trials):
    """Write trials by name, year and arms (name, what is given, results) to a file."""
    text = "trials:\n"
    for name, year, arms in trials:
        text += HEAD.format(name=name, year=year).removeprefix("trials:\n")
        text += "".join(f"      {arm}: {ARM.format(given=given, results=', '.join(results))}\n"
                        for arm, given, results in arms)  # fmt: skip
    place.write_text(text, encoding="utf-8")
    return place


def result(day, outcome, value, **more):
    inside = "".join(f", {name}: {one}" for name, one in more.items())
    return f"{{day: {day}, outcome: {outcome}, value: {value}{inside}}}"


TRIALS = [
    ("one", 2011, [
        ("ten", "acupuncture", [result(42, "pain", 4.2, sd=2.1, n=60), result(182, "pain", 4.0, sd=2.0, n=50)]),
        ("five", "acupuncture", [result(42, "pain", 4.4, sd=2.2, n=62)]),
        ("placebo", "sham", [result(42, "pain", 4.9, sd=2.3, n=61)]),
        ("waiting", "[]", [result(42, "pain", 5.6, sd=2.3, n=61)]),
    ]),
    ("two", 2014, [
        ("acupuncture", "acupuncture", [result(56, "pain", 4.5, error=0.2)]),
        ("sham", "sham", [result(56, "pain", 4.7, ci95="[4.2, 5.1]", n=83)]),
    ]),
]  # fmt: skip
TABLE = """\
trial,year,arm,treatment,n,pain,sd,error,ci_low,ci_high,source,doi
one,2011,ten,acupuncture,60,4.2,2.1,,,,made up,10.1/one
one,2011,five,acupuncture,62,4.4,2.2,,,,made up,10.1/one
one,2011,placebo,sham,61,4.9,2.3,,,,made up,10.1/one
one,2011,waiting,waiting,61,5.6,2.3,,,,made up,10.1/one
two,2014,acupuncture,acupuncture,,4.5,,0.2,,,made up,10.1/two
two,2014,sham,sham,83,4.7,,,4.2,5.1,made up,10.1/two
"""


@pytest.mark.parametrize(("of", "versus"), [("acupuncture", "sham"), ("acupuncture", None)])
def test_a_file_of_trials_and_a_table_that_says_the_same_give_the_same_effects(tmp_path, of, versus):
    (tmp_path / "arms.csv").write_text(TABLE, encoding="utf-8")
    table = effects_of(arms_in(tmp_path / "arms.csv"), of, versus)
    trials = effects_of(arms_in(written(tmp_path / "t.yaml", TRIALS), only={"day": "42, 56"}), of, versus)
    assert trials.question == table.question
    assert trials.effects.labels == table.effects.labels
    assert trials.effects.trials == table.effects.trials
    assert np.array_equal(trials.effects.values, table.effects.values)
    assert np.array_equal(trials.effects.covariance, table.effects.covariance)
    assert trials.references == table.references


def test_an_arm_that_is_given_nothing_is_a_treatment_by_its_name(tmp_path):
    rows = arms_in(written(tmp_path / "t.yaml", TRIALS), only={"day": "42"}).rows
    assert [row.treatment for row in rows] == ["acupuncture", "acupuncture", "sham", "waiting"]
    assert all(row.place.startswith("t.yaml:") for row in rows)


def test_shares_are_counted(tmp_path):
    by = {"fell_by": "{percent: 30}"}
    file = written(tmp_path / "t.yaml", [
        (name, 2001, [(arm, arm, [result(56, "responders", value, n=n, **by)]) for arm, value, n in arms])
        for name, arms in (
            ("a", [("acupuncture", 0.6, 50), ("sham", 0.4, 50)]), ("b", [("acupuncture", 0.5, 80), ("sham", 0.45, 80)])
        )
    ])  # fmt: skip
    asked = effects_of(arms_in(file))
    assert asked.question.scale == "log_odds_ratio"
    assert asked.effects.values[0] == pytest.approx(np.log((30 / 20) / (20 / 30)))
    assert asked.effects.covariance[0, 0] == pytest.approx(1 / 30 + 1 / 20 + 1 / 20 + 1 / 30)


def test_pain_left_and_falls_go_together_as_differences_only(tmp_path):
    falls = ("three", 2015, [
        ("acupuncture", "acupuncture", [result(56, "reduction", 2.5, sd=2.0, n=85)]),
        ("sham", "sham", [result(56, "reduction", 2.1, sd=2.0, n=85)]),
    ])  # fmt: skip
    table = arms_in(written(tmp_path / "t.yaml", [*TRIALS, falls]), only={"day": "42,56"})
    asked = effects_of(table, "acupuncture", "sham")
    assert asked.effects.values == pytest.approx([0.7, 0.5, 0.2, 0.4])
    assert any("the fall" in note for note in asked.notes)
    with pytest.raises(UsageError, match="--only outcome=reduction"):
        effects_of(table, "acupuncture")


def test_results_without_an_error_are_left_out_and_said(tmp_path):
    unsure = ("three", 2015, [("acupuncture", "acupuncture", ["{day: 56, outcome: pain, range: [4, 5]}"])])
    file = written(tmp_path / "t.yaml", [*TRIALS, unsure])
    file.write_text(file.read_text().replace("{what: {visits: 6, every_days: 7, each_visit: acupuncture}, results: "
                                             "[{day: 56, outcome: pain, range",
                                             "{certainty: marked, what: {visits: 6, every_days: 7, each_visit: "
                                             "acupuncture}, results: [{day: 56, outcome: pain, range"))  # fmt: skip
    table = arms_in(file, only={"day": "42,56"})
    assert any("three 2015, acupuncture, day 56 has no error" in note for note in table.left_out)
    assert "1 result that --only does not ask for" in table.left_out


BOTH = [("one", 2011, [("acupuncture", "acupuncture", [
    result(42, "pain", 4.2, sd=2, n=60), result(42, "reduction", 2.2, sd=2, n=60),
    result(42, "responders", 0.5, n=60, fell_by="{percent: 30}"),
    result(42, "responders", 0.4, n=60, fell_by="{percent: 50}"),
])])]  # fmt: skip


@pytest.mark.parametrize(
    ("trials", "options", "words"),
    [
        (TRIALS, {}, "arm 'ten' is there twice (first in t.yaml:"),
        (TRIALS, {"columns": {"pain": "x"}}, "--columns: is for tables"),
        (TRIALS, {"only": {"weeks": "6"}}, "--only weeks: results of a file of trials are chosen by trial, year"),
        (TRIALS, {"only": {"day": "43"}}, "no result has what --only asks for; there is: day: 42, 182, 56"),
        (BOTH, {}, "holds shares and means (pain, reduction, responders)"),
        (BOTH, {"only": {"outcome": "pain,reduction"}}, "one 2011 has pain and reduction; say which is pooled"),
        (BOTH, {"only": {"outcome": "responders"}}, "several definitions (30%, 50%)"),
    ],
)
def test_what_cannot_be_pooled_is_refused_with_the_way_out(tmp_path, trials, options, words):
    with pytest.raises(UsageError) as refused:
        arms_in(written(tmp_path / "t.yaml", trials), **options)
    assert words in str(refused.value)


def test_of_two_definitions_of_responders_one_is_chosen(tmp_path):
    table = arms_in(written(tmp_path / "t.yaml", BOTH), only={"fell_by": "50%"})
    assert [row.events for row in table.rows] == [24]
