"""An estimate: its interval, what its error is over, and what files write of it."""

from __future__ import annotations

import pytest

from sim.decision.sensitivity.rank_correlation import RankCorrelation
from sim.decision.value.assess import Worth
from sim.decision.verdict import Needed
from sim.estimate.estimate import ArmEstimate, Difference, Estimate
from sim.report.run.alternatives import AlternativeAnswer
from sim.report.run.files import SUMMARY_COLUMNS
from sim.study.curves import Point
from sim.study.uncertainty import UncertainEstimate
from sim.units import DAYS, POINTS


def test_the_normal_interval_reaches_two_errors_to_either_side() -> None:
    found = Estimate.normal(POINTS, 3.0, 0.5)
    assert (found.lower, found.upper) == pytest.approx((2.02, 3.98), abs=1e-3)
    assert found.over == "patients"


def test_files_have_the_columns_of_an_estimate_in_order() -> None:
    found = ArmEstimate(DAYS, 3.0, 0.5, 2.0, 4.0, "usual_care", "all", "pain_free_days", "mean")
    assert tuple(found.record()) == SUMMARY_COLUMNS[1:]
    assert found.record()["unit"] == DAYS
    assert list(found.record().values())[:4] == ["usual_care", "all", "pain_free_days", "mean"]


@pytest.mark.parametrize(
    "kind",
    [
        Estimate, ArmEstimate, Difference, UncertainEstimate, AlternativeAnswer, Point, Needed, Worth, RankCorrelation,
    ],
)  # fmt: skip
def test_what_files_write_is_there(kind: type[Estimate]) -> None:
    assert set(kind.COLUMNS) <= set(kind.__dataclass_fields__)
    assert len(set(kind.COLUMNS)) == len(kind.COLUMNS)


def test_a_difference_turned_round_has_its_interval_turned_round() -> None:
    found = Difference(POINTS, 1.0, 0.1, 0.8, 1.3, "combined", "usual_care", "all", "relief", 0.4)
    turned = found.reversed()
    assert (turned.arm, turned.versus) == ("usual_care", "combined")
    assert (turned.estimate, turned.lower, turned.upper) == (-1.0, -1.3, -0.8)
    assert turned.reversed() == found
