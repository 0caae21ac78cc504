"""The cells of the tutorial run in their order, and give what its text says."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text(encoding="utf-8"))
CELLS = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the directory in which the cells ran, their names, and what each showed: the value of its last line."""
    place, names, shown = tmp_path_factory.mktemp("notebook"), {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for number, cell in enumerate(CELLS, 1):
            name = f"cell {number}"
            tree = ast.parse("".join(cell["source"]), name)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), names)
            shown.append(eval(compile(ast.Expression(last.value), name, "eval"), names) if last else None)
    return place, names, shown


def test_it_holds_no_results_of_earlier_runs():
    assert len(CELLS) >= 7
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in CELLS)


def test_the_cells_before_the_last_give_what_the_text_says(ran):
    place, names, shown = ran
    assert shown[0] == ("usual_care", "dry_needling", "acupuncture", "combined")
    assert repr(shown[1]).startswith("<Run: simulate --config acute.yaml")
    assert set(names["lasting"]) == set(shown[0])
    assert all(0 < share < 1 for share in names["lasting"].values())
    assert names["lasting"]["dry_needling"] - names["lasting"]["usual_care"] == pytest.approx(
        names["difference"].estimate, abs=1e-9
    )
    assert names["difference"].mc_error > 0
    assert set(names["days"]["outcome"]) == {"pain"}
    assert (place / names["picture"]).read_text(encoding="utf-8") == names["figure"].svg
    visits = names["comparison"].parameters["vary"]
    assert list(visits) == ["protocols.combined.visits=4,8"]
    assert len(set(names["comparison"].summary["scenario"])) == 2


def test_the_last_cell_opens_what_was_saved(ran):
    place, names, shown = ran
    assert shown[-1] is True
    assert (place / names["directory"] / "report.html").is_file()
    assert names["saved"].parameters == names["run"].parameters
