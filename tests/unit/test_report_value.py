"""The report of an assessment: figures that can be read by everybody, for the oddest draws too."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.decision.value.assess import Assessment, assess
from sim.decision.value.efficiency import efficiency
from sim.decision.value.psa import Psa
from sim.decision.value.question import ask, wtp_values
from sim.luck.streams import stream
from sim.report.document.document import Table
from sim.report.drawing.rendering import render
from sim.report.value.document import value_document
from sim.report.value.figures import MOST_STRATEGIES, value_figures
from sim.report.value.files import structure_table
from sim.report.value.text import sentences
from sim.report.value.words import digits, effect_words, extra_effect, labels, money, money_with_error, percent
from sim.units import MINUS
from tests.unit.test_report_figures import HOSTILE, LONGEST, check_figure


def found_of(cost, effect, names=None, wtp=None, at=None, **more) -> Assessment:
    names = tuple(names or (f"s{k}" for k in range(np.shape(cost)[1])))
    psa = Psa(names, names, np.asarray(cost, float), np.asarray(effect, float), more.pop("parameters", {}), **more)
    strategies = efficiency(psa)
    return assess(psa, strategies, ask(psa, strategies, wtp, at))


def test_an_effect_without_a_name_is_counted_in_units_of_effect():
    generator = stream(3, 0, 0, "report")
    noise = generator.normal(0, 0.01, (200, 2))
    cost, effect = noise + np.array([1000, 800]), noise + np.array([1.0, 1.2])
    unnamed, named = (
        found_of(cost, effect),
        found_of(cost, effect, effect_name="walks", effect_unit="walks", per="walk"),
    )
    assert extra_effect(unnamed.psa, 0.2) == "0.200 units of effect per patient"
    assert effect_words(unnamed.psa) == "units of effect"
    assert extra_effect(named.psa, 0.2) == "0.200 walks per patient"
    assert effect_words(named.psa) == "walks"


def usual(count=5, n=200, **more):
    generator = stream(3, 0, 0, "report")
    steps = np.arange(count)
    names = [HOSTILE, LONGEST, *(f"Strategy {k}" for k in range(2, count))]
    x = generator.standard_normal(n)
    parameters = {f"{LONGEST} {HOSTILE}": x, "y": generator.standard_normal(n)}
    cost = generator.normal(500.0 * steps, 100, (n, count))
    effect = 0.02 * steps * (1 + 0.3 * x[:, None]) + generator.normal(0, 0.005, (n, count))
    return found_of(cost, effect, names, parameters=parameters, **more)


def forms() -> Assessment:
    places = np.arange(200) % 4 // 2.0
    effect = np.stack([0 * places, 1 - 3 * places], axis=1) + stream(4, 0, 0, "report").normal(0, 0.1, (200, 2))
    kinds = {"structure.fading": ("as_stated", "no_fading")}
    return found_of(
        np.tile([1.0, 1.5], (200, 1)), effect, ("Rest", "Needling"), "0,1", 1.0,
        parameters={"structure.fading": places, "x": effect[:, 0]}, kinds=kinds, distributions={"x": "normal"},
    )  # fmt: skip


ODD = {
    "usual": lambda: usual(currency="USD", effect_name="QALYs", effect_unit="QALY", per="QALY"),
    "many": lambda: usual(20, currency="CHF"),
    "no spread": lambda: found_of(np.tile([1.0, 2.0], (10, 1)), np.tile([1.0, 1.0], (10, 1))),
    "all alike": lambda: found_of(np.zeros((10, 3)), np.zeros((10, 3))),
    "negative": lambda: found_of(-np.outer(np.arange(10), [1.0, 2.0]), -np.outer(np.arange(10), [3.0, 1.0])),
    "huge": lambda: found_of(1e12 * np.outer(np.linspace(0.1, 1, 12), [1.0, -1.0]), np.outer(np.ones(12), [0.0, 1e12])),
    "tiny": lambda: found_of(1e-9 * np.outer(np.arange(10), [1.0, 2.0]), 1e-9 * np.outer(np.arange(10), [1.0, 3.0])),
    "share": lambda: found_of(
        np.outer(np.arange(10), [1.0, 2.0]), 0.05 * np.outer(np.arange(10), [1.0, 1.5]), effect_name="Lasting relief",
        effect_unit="share", per="lasting relief", currency="EUR",
    ),
    "two prices": lambda: usual(3, wtp="100,90000", at=100.0),
    "forms": lambda: forms(),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(ODD))
def test_figures_are_described_within_their_bounds_and_free_of_overlaps(kind: str) -> None:
    for figure in value_figures(ODD[kind]()):
        check_figure(figure)


@pytest.mark.parametrize("kind", list(ODD))
def test_the_document_says_what_was_found(kind: str) -> None:
    found = ODD[kind]()
    document = value_document(found, tuple(value_figures(found)), "Title", "a.csv", "simulate value", None)
    assert len({section.id for section in document.sections}) == len(document.sections)
    written = repr([section.blocks for section in (*document.opening, *document.sections) if section.id != "methods"])
    assert not re.search(r"\bnan\b|\binf\b", written.replace("figure=", ""))


def test_the_answer_is_shown_in_each_form_of_the_model_beside_that_of_all_draws() -> None:
    found = forms()
    document = value_document(found, tuple(value_figures(found)), "Title", "a.csv", "simulate value", None)
    sections = {section.id: section for section in document.sections}
    table = next(block for block in sections["structure"].blocks if isinstance(block, Table))
    shown = {heading.partition(";")[0]: {row.head: row.detail for row in rows} for heading, rows in table.groups}
    assert shown == {
        "All 200 draws": {"Rest": "preferred", "Needling": ""},
        "Form of the model: fading: as stated, 100 draws": {"Rest": "", "Needling": "preferred"},
        "Form of the model: fading: no fading, 100 draws": {"Rest": "preferred", "Needling": ""},
    }
    assert all("; knowing every input would be worth" in heading for heading, _ in table.groups[1:])
    said = " ".join(sentences(found)).replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "In another form of the model another strategy is preferred: with “fading: as stated” (in 100 draws) Needling."
        in said
    )
    assert "The input to check first is Form of the model: fading: knowing it exactly would be worth" in said
    drawn = next(block for block in sections["drawn"].blocks if isinstance(block, Table))
    assert [row.head for row in drawn.rows] == ["x"]  # the places of alternatives are no numbers to average
    rows = structure_table(found).to_csv().splitlines()
    assert rows[0].startswith("kind,alternative,draws,strategy,cost,")
    assert [line.split(",")[:4] for line in rows[1:]] == [
        ["fading", alternative, "100", name]
        for alternative in ("as_stated", "no_fading")
        for name in ("Rest", "Needling")
    ]


def test_many_strategies_are_cut_to_those_that_can_be_told_apart_and_the_rest_is_counted() -> None:
    found = usual(20)
    figures = {figure.name: figure for figure in value_figures(found)}
    assert f"{20 - MOST_STRATEGIES} more strategies are in the tables." in figures["acceptability"].caption


def test_the_same_draws_give_the_same_bytes() -> None:
    assert render(value_figures(usual())) == render(value_figures(usual()))


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [
        (0.0, np.nan, "0"), (1234.567, np.nan, "1,235"), (12.345, np.nan, "12.3"), (0.012345, np.nan, "0.0123"),
        (1234.567, 3.0, "1,235"), (0.6312, 0.0004, "0.6312"), (-2.5, 0.1, f"{MINUS}2.5"), (5.0, 200.0, "5"),
        (1e-9, np.nan, "1e-09".replace("-", MINUS)), (np.nan, 1.0, "–"), (np.inf, 1.0, "–"), (3.0, 0.0, "3.00"),
        (-0.0001, 0.1, "0.0"),
    ],
)  # fmt: skip
def test_numbers_have_as_many_digits_as_mean_something(value: float, error: float, written: str) -> None:
    assert digits(value, error) == written


def test_money_and_chances() -> None:
    psa = found_of(np.tile([1.0, 2.0], (10, 1)), np.tile([1.0, 2.0], (10, 1)), currency="EUR").psa
    plain = found_of(np.tile([1.0, 2.0], (10, 1)), np.tile([1.0, 2.0], (10, 1)), currency="CHF").psa
    gap = "\N{NO-BREAK SPACE}"
    assert money(psa, -1234.5) == f"{MINUS}€1,234"
    assert money(psa, 12.3456) == "€12.35"
    assert money(psa, 0.0123, signed=True) == "+€0.0123"
    assert money_with_error(psa, 412.2, 3.1) == f"€412{gap}±{gap}3"
    assert money_with_error(plain, 412.2, 3.1) == f"412{gap}±{gap}3{gap}CHF"
    assert money(plain, 20_000.0) == f"20,000{gap}CHF"
    assert percent(0.9999) == f">99.9{gap}%"
    assert percent(0.0001) == f"<0.1{gap}%"
    assert percent(1.0) == f"100{gap}%"


def test_names_that_look_alike_are_told_apart() -> None:
    names = ("a", "a\x01", " a ")
    psa = found_of(np.tile([1.0, 2.0, 3.0], (10, 1)), np.tile([1.0, 2.0, 3.0], (10, 1)), names).psa
    assert list(labels(psa).values()) == ["a", "a (2)", "a (3)"]


def test_willingness_to_pay_is_read_as_it_is_written() -> None:
    assert wtp_values("0:50000").tolist() == [500.0 * k for k in range(101)]
    assert wtp_values("0:10:4").tolist() == [0, 4, 8, 10]
    assert wtp_values("30000, 20000,20000").tolist() == [20000, 30000]
    assert wtp_values("0:1:0.1")[-1] == 1
