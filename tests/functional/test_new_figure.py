"""A figure and a property of a modality, added as CONTRIBUTING.md says, are in the report, the result and the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.functional.test_api import GIVEN
from tests.functional.test_new_outcome import edited_copy, ran

ROOT = Path(__file__).resolve().parents[2]

PROPERTY = """    rest_minutes: Minutes | None = Field(default=None, title="Minutes of rest afterwards")
"""
FIGURE = """

def rest_figure(panel: Panel) -> FigureFile:
    \"\"\"Return a figure of what visits cost.\"\"\"
    sheet = Sheet("What rest costs", "Per patient.")
    return FigureFile(
        "rest", "effort", "What rest costs", "Nothing is seen yet, of 2 things.", "Per patient.", sheet.finish(),
        Source("summary", outcome="cost", statistic="mean", subgroup="all"),
    )
"""
EDITS = {
    "sim/scenario/modality.py": [
        ("    first_visit_cost: Money", f"{PROPERTY}    first_visit_cost: Money"),
    ],
    "sim/report/run/figures.py": [
        ("    yield event_figure(panel)\n", "    yield event_figure(panel)\n    yield rest_figure(panel)\n"),
        ("import FigureFile\n", "import FigureFile, Sheet, Source\n"),
    ],
}
PROGRAM = """
import json, sys
import sim
settings = json.loads(sys.argv[1])
run = sim.run(sim.load("acute.yaml", set={**settings, "modalities.dry_needling.rest_minutes": 12}), patients=200)
run.save("made")
from sim.page.inputs import inputs_of
model = sim.load("acute.yaml", set={"modalities.dry_needling.rest_minutes": 12}).model
print(json.dumps({
    "figures": list(run.figures),
    "rows": len(run.figures["rest"].data),
    "report": run.report().decode(),
    "page": [one.path for one in inputs_of(model)],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a directory with a copy of the program, its compiled functions too, to which both were added."""
    place = edited_copy(tmp_path_factory.mktemp("copy"), EDITS)
    with (place / "sim/report/run/figures.py").open("a", encoding="utf-8") as file:
        file.write(FIGURE)
    return place


def test_they_appear_without_another_edit(copy, tmp_path):
    found = json.loads(ran(PROGRAM, copy, tmp_path, json.dumps(GIVEN)))
    assert "rest" in found["figures"]
    assert found["rows"] == 4
    assert "What rest costs" in found["report"]
    assert "Minutes of rest afterwards" in found["report"]
    assert "modalities.dry_needling.rest_minutes" in found["page"]
    assert (tmp_path / "made/figures/rest.svg").exists()
