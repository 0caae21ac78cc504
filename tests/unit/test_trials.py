"""A file of trials: what it may say, and what is refused by file and path."""

from __future__ import annotations

import math

import pytest

from sim.errors import ScenarioError, UsageError
from sim.learn.arms import TrialArms
from sim.learn.trials import SHIPPED, load_trials
from tests.conftest import CONFIGS, load

TRIAL = """\
trials:
  mine:
    name: Mine
    year: 2020
    source: a paper
    who: {profile: chronic, baseline: {mean: 6.0, sd: 1.5}}
    arms:
      needled:
        what: {visits: 6, every_days: 7, each_visit: acupuncture}
        results:
          - {day: 42, outcome: pain, value: 4.0, sd: 2.0, n: 50}
      usual:
        what: {visits: 1, each_visit: []}
        results:
          - {day: 42, outcome: pain, value: 5.0, sd: 2.0, n: 50}
"""


def read(tmp_path, text):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return load_trials(file)


def test_the_shipped_trials_are_read_and_each_sure_figure_has_an_error():
    trials = load_trials(CONFIGS / SHIPPED)
    for trial in trials.trials.values():
        for arm in trial.arms.values():
            for one in arm.results:
                assert arm.certainty == "marked" or one.sampling_error > 0
    gerac = trials.trials["gerac"]
    assert gerac.pairs == (("acupuncture", "sham"), ("sham", "conventional"))
    first = gerac.arms["acupuncture"].results[0]
    assert first.sampling_error == pytest.approx(1.85 / math.sqrt(370))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("outcome: responders, value: 0.5, n: 100, fell_by: {percent: 30}", 0.05),
        ("outcome: responders, value: 1, n: 100, fell_by: {points: 2}", math.sqrt(100.5 * 0.5) / 101 / 10),
        ("outcome: reduction, value: 2, error: 0.3", 0.3),
        ("outcome: reduction, value: 2, ci95: [1.02, 2.98], n: 65", 0.5),
    ],
)
def test_the_error_of_a_figure_follows_from_what_is_given(tmp_path, given, error):
    text = TRIAL.replace("outcome: pain, value: 4.0, sd: 2.0, n: 50", given)
    (one,) = read(tmp_path, text).trials["mine"].arms["needled"].results
    assert one.sampling_error == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("sd: 2.0, n: 50", "sd: 0, n: 50", "trials.mine.arms.needled.results.0.sd", "above 0"),
        ("value: 4.0, sd: 2.0, n: 50", "value: 4.0, sd: 2.0", "arms.needled.results.0", "`sd` needs `n`"),
        ("value: 4.0, sd: 2.0, n: 50", "value: 4.0, n: 50", "arms.needled", "without its error"),
        ("value: 4.0,", "value: 14.0,", "arms.needled.results.0", "between 0 and 10"),
        ("outcome: pain, value: 4.0, sd: 2.0", "outcome: responders, value: 1.4, fell_by: {points: 2}",
         "arms.needled.results.0", "between 0 and 1"),
        ("outcome: pain, value: 4.0, sd: 2.0", "outcome: responders, value: 0.4", "results.0", "needs `fell_by`"),
        ("n: 50}\n      usual", "n: 50}\n          - {day: 42, outcome: pain, value: 4.1, error: 0.2}\n      usual",
         "arms.needled", "day 42 has pain twice"),
        ("n: 50}\n      usual", "n: 1}\n      usual", "results.0.n", "at least 2"),
        ("n: 50}\n      usual", "n: 2.5}\n      usual", "results.0.n", "whole number"),
        ("value: 4.0,", "value: 4.0, erorr: 1,", "results.0.erorr", "Did you mean 'error'?"),
        ("day: 42, outcome: pain, value: 4.0", "day: 0, outcome: pain, value: 4.0", "results.0.day", "at least 1"),
        ("    arms:\n", "    contrasts: [[needled, sham]]\n    arms:\n", "trials.mine", "no arm 'sham'"),
        ("    year: 2020\n", "", "trials.mine.year", "missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_file_and_path(tmp_path, old, new, place, words):
    assert TRIAL.count(old) >= 1
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, TRIAL.replace(old, new, 1))
    (line,) = error.value.faults
    assert "mine.yaml:" in line
    assert place in line
    assert words in line


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("each_visit: acupuncture", "each_visit: laser", "trials.mine.arms.needled.what", "no such modality"),
        ("profile: chronic", "profile: chronik", "trials.mine.who.profile", "Did you mean 'chronic'?"),
        ("mean: 6.0", "mean: 1.0", "trials.mine.who.baseline.mean", "within the pain of this kind of patient"),
        ("sd: 1.5}}", "sd: 1.5}, reported_pain_at_least: 7}", "trials.mine.who.baseline.mean", "mean that is higher"),
    ],
)
def test_what_the_scenario_lacks_is_refused_by_file_and_path(tmp_path, old, new, place, words):
    trials = read(tmp_path, TRIAL.replace(old, new, 1))
    with pytest.raises(ScenarioError) as error:
        TrialArms(load("literature.yaml").scenario, trials)
    (line,) = error.value.faults
    assert "mine.yaml:" in line
    assert place in line
    assert words in line


def test_a_file_that_is_not_there_or_is_no_text_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"no file of trials 'nowhere.yaml'; looked for nowhere.yaml"):
        load_trials("nowhere.yaml")
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"mine.yaml:1: is not text in UTF-8"):
        load_trials(file)
    with pytest.raises(UsageError, match="is a directory"):
        load_trials(tmp_path)
