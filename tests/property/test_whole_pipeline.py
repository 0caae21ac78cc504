"""Any valid scenario goes the whole way: file, run, report, tables, figures, manifest, and the same again from that."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.cli.main import main
from sim.plain_text import plain_name
from sim.quantities import OUTCOMES
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.commands import is_complete
from tests.property.test_any_scenario import CHOSEN, NAMES

TITLES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufeff"), min_size=1, max_size=80
).filter(str.strip)
DRAWS = st.sampled_from([(), (), ("draws.number=20", "draws.patients=10")])
MORE = st.sets(st.sampled_from(["--save-patients", "--docx", "--two"]), max_size=3)


def simulate(*words):
    out, err = io.StringIO(), io.StringIO()
    with patch("sys.stdout", out), patch("sys.stderr", err), pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code, out.getvalue(), err.getvalue()


def goes_the_whole_way(name, title, chosen, draws, more):
    overrides = [*GIVEN_PARAMETERS, "cohort.size=15", *(text for _, text in chosen), *draws]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        file, target = place / "any.yaml", place / "there"
        file.write_text(f"extends: {name}\ntitle: {json.dumps(title)}\n", encoding="utf-8")
        words = ["--config", str(file), "--out", str(target), "--workers", "2" if "--two" in more else "1", "--json"]
        words += [word for text in overrides for word in ("--set", text)]
        words += ["--format", "html,docx"] if "--docx" in more else []
        words += ["--save-patients"] if "--save-patients" in more else []
        code, out, err = simulate(*words)
        assert (code, err) == (0, "")
        assert out == (target / "summary.json").read_text(encoding="utf-8")
        is_whole(target, more, draws)
        assert json.loads(out)["title"] == plain_name(title)
        file.unlink()  # the manifest alone is enough
        code, out, err = simulate("reproduce", str(target / "manifest.json"), "--workers", "1")
        assert (code, err) == (0, ""), out
        assert sorted(path.name for path in place.iterdir()) == ["there"]


def is_whole(target, more, draws):
    """Check every file of a run."""
    assert is_complete(target)
    reports = {"report.html"} | ({"report.docx"} if "--docx" in more else set())
    may_be_empty = {"differences.csv", "calibration.csv"}  # with one arm; without claims
    tables = {"summary.csv", "trajectories.csv", "examples.csv"} | may_be_empty
    tables |= {"uncertainty.csv", "draws.csv"} if draws else set()
    rest = {"summary.json", "manifest.json"} | ({"patients.parquet"} if "--save-patients" in more else set())
    assert {path.name for path in target.iterdir()} == reports | tables | rest | {"figures"}
    for table in tables:
        rows = list(csv.DictReader(io.StringIO((target / table).read_text(encoding="utf-8"), newline=""), strict=True))
        assert rows or table in may_be_empty
        for row in rows:
            assert None not in row
            for column in {"estimate", "mc_error", "lower", "upper"} & row.keys():
                assert row[column] == "" or not math.isnan(float(row[column]))
    summary = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    assert {one["outcome"] for one in summary["estimates"]} == {outcome.name for outcome in OUTCOMES}
    figures = {path.stem for path in (target / "figures").iterdir()}
    for figure in figures:
        ElementTree.parse(target / "figures" / f"{figure}.svg")
        assert (target / "figures" / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
    page = HTMLParser()
    html = (target / "report.html").read_text(encoding="utf-8")
    page.feed(html)
    assert html.rstrip().endswith("</html>")
    assert html.count("<svg ") == len(figures)


def settings_for(examples):
    """Nothing is made smaller: each step of that is a run."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    return settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))


@settings_for(6)
@given(NAMES, TITLES, CHOSEN, DRAWS, MORE)
def test_any_scenario_goes_the_whole_way_and_again(name, title, chosen, draws, more):
    goes_the_whole_way(name, title, chosen, draws, more)


@pytest.mark.long
@settings_for(300)
@given(NAMES, TITLES, CHOSEN, DRAWS, MORE)
def test_three_hundred_scenarios_go_the_whole_way_and_again(name, title, chosen, draws, more):
    goes_the_whole_way(name, title, chosen, draws, more)
