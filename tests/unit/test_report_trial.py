"""The report of a virtual trial: figures that everybody can read, and words that fit, for the oddest trials too."""

from __future__ import annotations

import pytest

import sim
from sim.report.document.document import Table
from sim.report.document.workbook_words import SHEETS, meaning
from sim.report.trial.figures import trial_figures
from sim.report.trial.result import TrialResult
from tests.conftest import GIVEN_PARAMETERS
from tests.unit.test_report_figures import HOSTILE, LONGEST, check_figure

SMALL = {"trials": 60, "draws": 0, "n": "5,20"}
HOSTILE_ARMS = (
    "arms=[usual_care, long, odd]",
    f"protocols.long={{label: '{LONGEST}', visits: 4, every_days: 7, each_visit: acupuncture}}",
    f"protocols.odd={{label: '{HOSTILE}', visits: 1, each_visit: dry_needling}}", "costs.currency=CHF",
)  # fmt: skip


def trial(*settings: str, **options) -> TrialResult:
    return sim.trial(sim.Scenario.read("acute.yaml", (*GIVEN_PARAMETERS, *settings)), **{**SMALL, **options})


ODD = {
    "hostile": lambda: trial(*HOSTILE_ARMS, outcome="pain_reduction,responder", days="28,42"),
    "one size": lambda: trial(arms="usual_care,acupuncture", n=12, draws=20),
    "two patients": lambda: trial(arms="usual_care,acupuncture", n=2, outcome="responder_day42"),
    "constant": lambda: trial(arms="usual_care,acupuncture", outcome="cost"),
    "odds": lambda: trial(arms="usual_care,acupuncture", outcome="responder_day42", analysis="odds_ratio"),
    "itself": lambda: trial(arms="acupuncture,acupuncture"),
    "worse": lambda: trial(arms="dry_needling,usual_care", outcome="qaly,serious_events_per_100000", allocation=3.0),
    "therapists": lambda: trial(arms="usual_care,acupuncture", therapists=3, icc=0.2, dropout=0.5, draws=20),
}
"""Trials whose numbers are zero, missing, one alone or hard to name."""


@pytest.fixture(scope="module", params=list(ODD))
def result(request: pytest.FixtureRequest) -> TrialResult:
    found: TrialResult = ODD[request.param]()
    return found


def test_figures_are_described_within_their_bounds_and_free_of_overlaps(result: TrialResult) -> None:
    figures = list(trial_figures(result.found))
    assert len({figure.name for figure in figures}) == len(figures) > 0
    for figure in figures:
        check_figure(figure)
        assert len(figure.source.of(result.tables)) > 0


def test_the_report_has_no_undefined_words_and_its_tables_fit(result: TrialResult) -> None:
    document = result.document
    text = result.report("html").decode()
    for word in ("nan", " inf ", "None", "<script>alert(1)"):
        assert word not in text.replace("finance", "").replace("Nonetheless", ""), word
    for section in (*document.opening, *document.sections):
        for block in section.plain:
            if isinstance(block, Table):
                assert all(len(row.cells) == len(block.columns) - 1 for row in block.rows)
    assert all(sentence.endswith(".") for sentence in result.sentences)


def test_every_sheet_and_column_of_a_workbook_is_explained(result: TrialResult) -> None:
    for name, table in result.tables.items():
        assert name in SHEETS
        assert all(meaning(name, column) for column in table.columns), name
