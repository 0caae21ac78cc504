"""Verdicts on cases whose answer is known: the numbers are made, the verdict has to follow."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.decision.inclusion import is_ahead_by_assumption
from sim.decision.verdict import verdict_of
from sim.errors import UsageError
from sim.estimate.estimate import ArmEstimate, Difference
from sim.quantities import BY_NAME
from sim.report.run.verdict import verdict_record
from sim.report.words.verdict import assumed_words, choice_words, first_words, size_words, verdict_sentences
from sim.units import DAYS, POINTS
from tests.conftest import load

ARMS = ("usual_care", "dry_needling", "acupuncture", "combined")
USUAL = {
    "pain_reduction_day42": 2.9, "responder_day42": 0.64, "lasting_relief": 0.37, "cost": 80.0,
    "practitioner_minutes": 30.0, "cost_per_lasting_relief": 216.0, "pain_free_days": 60.0,
}  # fmt: skip


class Made:
    """A panel of made numbers: means by arm and outcome, for all or by kind of patient, each with one error."""

    def __init__(self, scenario: Any, means: dict[str, Any], error: float = 0.001, **profiles: Any) -> None:
        self.result = SimpleNamespace(study=SimpleNamespace(scenario=scenario), patients=1 if math.isnan(error) else 99)
        self.means = {"all": means, **profiles}
        self.error = error
        self.uncertainty: Any = None

    def get(self, arm: str, outcome: str, statistic: str = "mean", subgroup: str = "all") -> ArmEstimate:
        unit = BY_NAME[outcome].unit.of("USD")
        value = self.means[subgroup][arm][outcome]
        return ArmEstimate(unit, value, self.error, value - 2 * self.error, value + 2 * self.error, arm, subgroup,
                           outcome, statistic)  # fmt: skip

    def difference(self, arm: str, versus: str, outcome: str, subgroup: str = "all") -> Difference:
        value = (
            self.get(arm, outcome, subgroup=subgroup).estimate - self.get(versus, outcome, subgroup=subgroup).estimate
        )
        reach = 2 * self.error
        return Difference(BY_NAME[outcome].unit.of("USD"), value, self.error, value - reach, value + reach, arm, versus,
                          subgroup, outcome, self.error)  # fmt: skip


def scenario_of(arms: tuple[str, ...], *more: str) -> Any:
    return load("reference.yaml", [f"arms=[{', '.join(arms)}]", *more]).scenario


def made(changes: dict[str, dict[str, float]], *more: str, error: float = 0.001, **profiles: Any) -> Any:
    """Return a panel in which each arm has usual care's numbers but for some."""
    arms = tuple(changes)
    means = {arm: {**USUAL, **given} for arm, given in changes.items()}
    by_profile = {name: {arm: {**USUAL, **changes[arm], **one.get(arm, {})} for arm in arms}
                  for name, one in profiles.items()}  # fmt: skip
    everybody = {name: by_profile.get(name, means) for name in ("acute_strain", "chronic", "stress_linked")}
    return Made(scenario_of(arms, *more), means, error, **everybody)


BETTER = {"pain_reduction_day42": 4.5, "responder_day42": 0.89, "lasting_relief": 0.62, "cost": 390.0,
          "practitioner_minutes": 120.0}  # fmt: skip
BEST = {"pain_reduction_day42": 4.57, "responder_day42": 0.90, "lasting_relief": 0.63, "cost": 662.0,
        "practitioner_minutes": 240.0}  # fmt: skip
WORSE = {"pain_reduction_day42": 3.5, "responder_day42": 0.72, "lasting_relief": 0.43, "cost": 832.0}


def test_a_clear_winner_is_preferred() -> None:
    panel = made({"usual_care": {}, "dry_needling": BETTER, "acupuncture": WORSE})
    found = verdict_of(panel)
    assert (found.kind, found.preferred, found.equivalent, found.cheapest) == ("preferred", "dry_needling", (), None)
    assert first_words(panel, found) == (
        "Of 100 patients, 89 with dry needling and 64 with usual care report at least 2 points less pain after six "
        "weeks (about 4 treated for one more)."
    )
    assert choice_words(panel, found).startswith("Dry needling is preferred")


def test_of_two_within_the_margin_the_cheaper_is_named_though_the_other_leads() -> None:
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": BEST})
    found = verdict_of(panel)
    assert (found.kind, found.preferred) == ("equivalent", None)
    assert (found.equivalent, found.cheapest) == (("combined", "dry_needling"), "dry_needling")
    assert first_words(panel, found).endswith("With combined it is 90, for $272 more each.")
    assert choice_words(panel, found).endswith("; dry needling costs least.")


@pytest.mark.parametrize(("points", "kind"), [("0.05", "preferred"), ("0.07", "equivalent"), ("0.08", "equivalent")])
def test_the_margin_decides_and_is_itself_within_the_margin(points: str, kind: str) -> None:
    leading = {**BEST, "pain_reduction_day42": 4.5 + 0.07}
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": leading}, f"decision.margin.points={points}")
    panel.means["all"]["combined"]["pain_reduction_day42"] = 4.5 + float("0.07") - 1e-12
    assert verdict_of(panel).kind == kind


def test_a_lead_that_chance_may_explain_is_no_lead() -> None:
    leading = {**BEST, "pain_reduction_day42": 5.2}
    sure = verdict_of(made({"usual_care": {}, "dry_needling": BETTER, "combined": leading}, error=0.05))
    assert (sure.kind, sure.arm) == ("preferred", "combined")
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": leading}, error=0.15)
    found = verdict_of(panel)
    assert (found.kind, found.equivalent) == ("equivalent", ("combined", "dry_needling"))
    words = choice_words(panel, found)
    assert words.startswith("Whether dry needling is behind by more than 0.5 points of pain")
    assert words.endswith("these patients are too few to say; dry needling costs least.")


def test_a_tie_in_cost_goes_to_the_one_that_takes_less_time_and_then_to_none() -> None:
    as_dear = {**BEST, "cost": 400.0}
    found = verdict_of(made({"usual_care": {}, "dry_needling": BETTER, "combined": as_dear}))
    assert (found.arm, found.cheapest, found.choice and found.choice.because) == ("dry_needling", None, "quicker")
    as_long = {**as_dear, "practitioner_minutes": 121.0}
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": as_long})
    found = verdict_of(panel)
    assert (found.kind, found.arm, found.cheapest) == ("equivalent", None, None)
    assert choice_words(panel, found).endswith("either will do.")


def test_no_difference_at_all_leaves_the_cheapest() -> None:
    panel = made({"usual_care": {}, "dry_needling": {"cost": 390.0}}, error=0.0)
    found = verdict_of(panel)
    assert (found.kind, found.arm, found.cheapest, found.needed) == ("equivalent", "usual_care", "usual_care", None)
    assert "64 with usual care and 64 with dry needling" in first_words(panel, found)
    assert "treated for one more" not in first_words(panel, found)


def test_outcomes_that_disagree_leave_it_open() -> None:
    lasting = {**WORSE, "lasting_relief": 0.8}
    panel = made({"usual_care": {}, "dry_needling": BETTER, "acupuncture": lasting})
    found = verdict_of(panel)
    assert (found.kind, found.arm) == ("depends", None)
    assert {(one.on, one.name, one.arms) for one in found.depends_on} == {
        ("outcome", "pain_reduction_day42", ("dry_needling",)),
        ("outcome", "responder_day42", ("dry_needling",)),
        ("outcome", "lasting_relief", ("acupuncture",)),
    }
    assert choice_words(panel, found).startswith("No arm leads on everything")


def test_another_arm_for_one_kind_of_patient_makes_it_depend_on_that() -> None:
    stress = {"combined": {"pain_reduction_day42": 6.0}}
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": BEST}, stress_linked=stress)
    found = verdict_of(panel)
    assert (found.kind, found.arm) == ("depends", "dry_needling")
    assert [(one.on, one.name, one.arms) for one in found.depends_on] == [("profile", "stress_linked", ("combined",))]
    assert "It depends on the kind of patient: for stress-linked, combined." in verdict_sentences(panel, found)


def test_another_arm_under_one_form_of_the_model_makes_it_depend_on_that() -> None:
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": BEST})
    arms = ("usual_care", "dry_needling", "combined")
    at = {name: np.array([[panel.get(arm, name).estimate for arm in arms]] * 4) for name in USUAL}
    at["pain_reduction_day42"][2:, 2] += 1.0
    drawn = Difference(POINTS, 0.2, 0.01, 0.1, 0.3, "", "", "all", "", 0.0)
    draws = SimpleNamespace(
        study=panel.result.study, layout=SimpleNamespace(arms=arms), means=lambda name: at[name],
        by_alternative=lambda: {("fade", "none"): np.array([True, True, False, False]),
                                ("fade", "fast"): np.array([False, False, True, True])},
    )  # fmt: skip
    panel.uncertainty = SimpleNamespace(draws=draws, difference=lambda *given: drawn)
    found = verdict_of(panel)
    assert [(one.on, one.name, one.arms) for one in found.depends_on] == [("structure", "fade: fast", ("combined",))]
    assert found.needed is not None
    assert (found.needed.lower, found.needed.upper) == (pytest.approx(1 / 0.3), pytest.approx(1 / 0.1))


def test_one_patient_tells_nothing() -> None:
    panel = made({"usual_care": {}, "dry_needling": BETTER}, error=math.nan)
    found = verdict_of(panel)
    assert (found.kind, found.arm, found.depends_on) == ("unclear", None, ())
    assert first_words(panel, found) == "One simulated patient says nothing about which arm is better: simulate more."


def test_one_arm_is_compared_with_nothing() -> None:
    panel = made({"dry_needling": BETTER})
    found = verdict_of(panel)
    assert (found.kind, found.versus) == ("one arm", None)
    assert first_words(panel, found).startswith("Of 100 patients, 89 with dry needling report")
    assert "nothing is compared" in first_words(panel, found)


def test_a_ratio_as_primary_outcome_is_told_in_its_own_unit() -> None:
    arms = {"usual_care": {}, "dry_needling": {**BETTER, "cost_per_lasting_relief": 631.0}}
    panel = made(arms, "primary.outcome=cost_per_lasting_relief")
    found = verdict_of(panel)
    assert found.margin == pytest.approx(0.05 * 631)
    assert (found.kind, found.arm) == ("depends", None)
    assert first_words(panel, found) == "Cost per lasting relief: $216 with usual care and $631 with dry needling."


def test_where_the_primary_outcome_is_defined_for_one_arm_only_nothing_is_compared() -> None:
    arms = {"usual_care": {"cost_per_lasting_relief": math.nan}, "dry_needling": BETTER}
    panel = made(arms, "primary.outcome=cost_per_lasting_relief")
    found = verdict_of(panel)
    assert (found.kind, found.arm, found.versus) == ("one arm", "dry_needling", None)
    assert math.isfinite(found.margin)
    assert first_words(panel, found).endswith("It is the only arm for which that is defined, so nothing is compared.")


def test_an_undefined_primary_outcome_has_no_verdict() -> None:
    nothing = {"cost_per_lasting_relief": math.nan}
    panel = made({"usual_care": nothing, "dry_needling": nothing}, "primary.outcome=cost_per_lasting_relief")
    found = verdict_of(panel)
    assert (found.kind, found.arm) == ("nothing", None)
    assert first_words(panel, found).startswith("Nothing can be said about cost per lasting relief")


def test_the_record_holds_what_the_sentence_says() -> None:
    panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": BEST})
    record = verdict_record(panel, verdict_of(panel))
    assert record["sentence"].startswith("Of 100 patients, 89 with dry needling")
    assert (record["preferred"], record["equivalent"], record["cheapest"], record["margin"]) == (
        None, ["combined", "dry_needling"], "dry_needling", 0.5,
    )  # fmt: skip
    assert record["needed_to_treat"]["number"] == pytest.approx(4.0)


def test_needed_to_treat_may_be_nobody() -> None:
    panel = made({"usual_care": {}, "dry_needling": {**BETTER, "responder_day42": 0.66}}, error=0.015)
    words = first_words(panel, verdict_of(panel))
    assert words.endswith("(20 or more treated for one more, or none gains).")


def test_whichever_of_the_two_is_chosen_it_is_said_which_is_ahead_by_assumption() -> None:
    words = "Combined gives all that dry needling gives and more"
    for points in (4.57, 6.0):
        panel = made({"usual_care": {}, "dry_needling": BETTER, "combined": {**BEST, "pain_reduction_day42": points}})
        assert assumed_words(panel, verdict_of(panel)).startswith(words)
    panel = made({"usual_care": {}, "dry_needling": BETTER, "acupuncture": WORSE})
    assert assumed_words(panel, verdict_of(panel)) == ""


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ((), True),
        (("response.rho=-0.1",), False),
        (("protocols.combined.stop={relief_held_for: 1}",), False),
        (("protocols.combined.every_days=8",), False),
        (("attendance.drop_out_if_relieved=0.1",), False),
        (("relapse.several_modalities=visit_weighted",), False),
        (("protocols.combined.each_visit=acupuncture",), False),
    ],
)
def test_an_arm_that_gives_all_of_another_and_more_is_ahead_by_assumption(more: tuple[str, ...], answer: bool) -> None:
    scenario = load("acute.yaml", more).scenario
    assert is_ahead_by_assumption(scenario, "combined", "dry_needling") == answer
    assert not is_ahead_by_assumption(scenario, "dry_needling", "combined")
    assert not is_ahead_by_assumption(scenario, "combined", "dry_needling", draws=True)  # rho is drawn below 0 as well


def test_bands_are_those_between_groups() -> None:
    found = [size_words(POINTS, value) for value in (0.07, -0.5, 0.99, 1.0, 2.0, -2.01)]
    which = [f"which between groups counts as {name}" for name in ("small", "small", "moderate", "moderate", "large")]
    assert found == ["less than what between groups counts as small", *which]
    assert size_words(DAYS, 5.0) == ""


@pytest.mark.parametrize("given", ["points=-0.1", "share=-1", "otherwise=-0.01"])
def test_a_margin_below_0_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=rf"decision\.margin\.{given.split('=')[0]}.*at least 0"):
        load("acute.yaml", [f"decision.margin.{given}"])


def test_a_margin_is_a_choice_and_cannot_be_in_doubt() -> None:
    with pytest.raises(UsageError, match="is a choice"):
        load("acute.yaml", ["decision.margin.points={value: 0.5, uncertainty: {normal: {sd: 0.1}}}"])


def test_of_equal_arms_only_those_that_take_least_are_said_to_do() -> None:
    slow = {**BETTER, "practitioner_minutes": 240.0}
    panel = made({"usual_care": {}, "dry_needling": BETTER, "acupuncture": BETTER, "combined": slow})
    found = verdict_of(panel)
    assert found.arm is None
    assert found.choice is not None
    assert found.choice.tied == ("dry_needling", "acupuncture")
    assert choice_words(panel, found).endswith(
        "; dry needling and acupuncture cost and take least, and the same: either will do."
    )


def test_quicker_is_asked_only_of_those_that_cost_least() -> None:
    dear = {**BETTER, "cost": 900.0, "practitioner_minutes": 10.0}
    found = verdict_of(made({"usual_care": {}, "dry_needling": BETTER, "acupuncture": BETTER, "combined": dear}))
    assert found.choice is not None
    assert found.choice.tied == ("dry_needling", "acupuncture")


@pytest.mark.parametrize(("gain", "error", "flips"), [(0.04, 0.001, True), (0.06, 0.01, False), (0.06, 0.001, False)])
def test_only_what_is_surely_otherwise_for_a_kind_of_patient_is_said(gain: float, error: float, flips: bool) -> None:
    """Usual care is cheaper: it is named for a kind of patient if it is surely as good, not if it may be."""
    near = {**USUAL, "responder_day42": USUAL["responder_day42"] + gain, "cost": 390.0}
    panel = made({"usual_care": {}, "dry_needling": BETTER}, error=error, acute_strain={"dry_needling": near})
    assert [one.arms for one in verdict_of(panel).depends_on] == ([("usual_care",)] if flips else [])


def test_arms_that_may_be_behind_are_named_apart_from_those_that_are_not() -> None:
    perhaps = {**BEST, "responder_day42": BEST["responder_day42"] - 0.045, "cost": 300.0}
    panel = made({"usual_care": {}, "combined": BEST, "dry_needling": BETTER, "acupuncture": perhaps}, error=0.004)
    words = choice_words(panel, verdict_of(panel))
    assert words.startswith("Combined and dry needling cannot be told apart in any way that matters")
    assert "and whether acupuncture is behind, these patients are too few to say" in words
