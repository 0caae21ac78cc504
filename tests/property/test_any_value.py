"""Any draws give measures within their bounds; any text is read or refused in one message."""

from __future__ import annotations

import math
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.decision.value.assess import assess
from sim.decision.value.efficiency import efficiency
from sim.decision.value.psa import Psa
from sim.decision.value.question import MOST_VALUES, ask, wtp_values
from sim.decision.value.subjects import Kind
from sim.decision.value.table import read_psa
from sim.errors import UsageError
from sim.report.value.files import curve_table, frontier_table, value_json
from sim.report.value.knowing import evppi_rows
from sim.report.value.text import sentences
from sim.report.value.words import digits

CELLS = ["1", "2", "a", "b", "", "NA", "1e3", "-5", '"', "=x", "1,5", "inf", " 7 "]
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False) | st.integers(-3, 3).map(float)


def check_message(error, start):
    assert str(error).startswith(start)
    assert str(error).isprintable()


@st.composite
def psas(draw, least=10, most=130):
    n, k = draw(st.integers(least, most)), draw(st.integers(2, 4))
    names = tuple("abcd"[:k])
    cost, effect = (draw(arrays(np.float64, (n, k), elements=NUMBERS)) for _ in range(2))
    inputs = draw(st.integers(0, 2))
    parameters = {f"x{j}": draw(arrays(np.float64, n, elements=NUMBERS)) for j in range(inputs)}
    return Psa(names, names, cost, effect, parameters)


@given(psas(), st.sampled_from(["0:50000", "0,1", "0:10:5", "1000,2000,1000000"]))
@settings(max_examples=60, deadline=None)
def test_measures_stay_within_their_bounds_and_can_be_said(psa, wtp):
    strategies = efficiency(psa)
    found = assess(psa, strategies, ask(psa, strategies, wtp))
    curves = found.curves
    assert curves.best.sum(axis=1) == pytest.approx(np.ones(len(curves.wtp)))
    assert ((curves.best >= 0) & (curves.best <= 1)).all()
    assert (curves.loss >= 0).all()
    scale = np.abs(curves.wtp[:, None] * psa.effect.max() + np.abs(psa.cost).max()).max() + 1
    assert curves.evpi == pytest.approx(curves.loss.min(axis=1), abs=1e-9 * scale)
    assert (curves.frontier <= curves.best.max(axis=1) + 1e-12).all()
    assert ((curves.not_best >= 0) & (curves.not_best <= 1)).all()
    assert {one.strategy for one in strategies} == set(psa.strategies)
    ratios = [one.ratio.estimate for one in strategies if one.ratio is not None]
    assert all(b - a >= -1e-6 * (abs(a) + abs(b)) for a, b in pairwise(ratios))
    whole = [one for one in found.partials if one.subject.kind is Kind.ALL]
    for one in found.partials:
        told = ~np.isnan(one.value)
        assert (one.value[told] >= 0).all()
        assert (one.value[told] <= found.thin.evpi[told]).all()
        assert np.isfinite(one.error[told]).all()
        for other in whole:
            both = told & ~np.isnan(other.value)
            assert (one.value[both] <= other.value[both]).all()
    said = " ".join(sentences(found))
    assert "nan" not in said.split()
    assert "inf" not in said.split()
    tables = (curve_table(found), evppi_rows(found), frontier_table(found))
    for text in (*(table.to_csv() for table in tables), value_json(found, "x")):
        assert "nan" not in text.lower().split(",")


@given(st.text(max_size=30) | st.from_regex(r"[0-9.:,e+-]{0,20}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_any_willingness_to_pay_is_a_rising_list_or_one_message(text):
    try:
        values = wtp_values(text)
    except UsageError as error:
        check_message(error, "--wtp ")
        return
    assert 2 <= len(values) <= MOST_VALUES + 1
    assert (np.diff(values) > 0).all()
    assert values[0] >= 0
    assert math.isfinite(values[-1])


@given(
    st.binary(max_size=200)
    | st.lists(
        st.lists(st.sampled_from(CELLS), max_size=5),
        max_size=30,
    ).map(lambda rows: "\n".join(["draw,strategy,cost,effect", *(",".join(row) for row in rows)]).encode())
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_file_is_read_or_refused_in_one_message(content):
    with tempfile.TemporaryDirectory() as where:
        path = Path(where) / "a.csv"
        path.write_bytes(content)
        try:
            read_psa(path)
        except UsageError as error:
            check_message(error, str(path))


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e300))
def test_a_number_is_short(value, error):
    assert len(digits(value, error)) <= 26
    assert "nan" not in digits(value, error)
    assert "inf" not in digits(value, error)
