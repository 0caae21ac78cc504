"""The library: what the command line gives, as objects; the same bytes, the same refusals."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.errors import ScenarioError, UsageError
from sim.output.directory import MANIFEST
from sim.report.result import Result
from sim.report.table import Table
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.commands import ROOT, SMALL_CLINIC_RECORDS
from tests.functional.test_run import simulate

FUNCTIONS = (
    "load", "run", "compare", "optimise", "sensitivity", "value", "clinic", "calibrate", "describe", "fit", "open",
    "outlook", "pool", "trial", "validate", "budget", "checklist",
)  # fmt: skip
GIVEN = {
    f"parameters.{name}": values
    for name, values in {
        "dry_needling": {"ceiling": 0.7, "half_life": 0.8, "satisfaction_threshold": 1.5, "relapse_scale": 400},
        "acupuncture": {"ceiling": 0.4, "half_life": 4.0, "satisfaction_threshold": 1.6, "relapse_scale": 250},
    }.items()
}
"""Parameters given, so that nothing but the natural course is calibrated."""


def scenario(**more: Any) -> sim.Scenario:
    return sim.load("acute.yaml", set={**GIVEN, **more})


ANALYSES = {
    "run": lambda: sim.run(scenario(), patients=500, seed=3, draws=20, patients_per_draw=50),
    "compare": lambda: sim.compare([scenario(), "chronic.yaml"], patients=300),
    "optimise": lambda: sim.optimise(scenario(), visits=[4, 6], every_days=[7], max_patients=4096, patients=2000),
    "sensitivity": lambda: sim.sensitivity(
        sim.load("acute.yaml", set={**GIVEN, "structure": {}}), draws=20, patients=200, patients_per_draw=50
    ),
    "value": lambda: sim.value(scenario(), draws=40, patients_per_draw=50),
    "clinic": lambda: sim.clinic("clinic.yaml", replications=2),
    "budget": lambda: sim.budget("budget.yaml", set=GIVEN, draws=20, patients=500, patients_per_draw=50),
    "checklist": lambda: sim.checklist(scenario()),
    "calibrate": lambda: sim.calibrate(scenario(), patients=500),
    "pool": lambda: sim.pool(ROOT / "tests" / "functional" / "arms.csv"),
    "validate": lambda: sim.validate(scenario(), draws=0, patients=1280),
    "describe": lambda: sim.describe("records", scenario=scenario(), columns={"pain": "Pain"}),
    "fit": lambda: sim.fit(
        SMALL_CLINIC_RECORDS / "visits.csv", scenario=SMALL_CLINIC_RECORDS / "small_clinic.yaml", draws=100
    ),
    "trial": lambda: sim.trial(
        scenario(), arms=["usual_care", "acupuncture"], n=[20, 60], days=[28, 42], trials=200, draws=20
    ),
    "outlook": lambda: sim.outlook(scenario(), visits={0: "dry_needling"}, readings={0: 7, 7: 5}),
}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: make() for name, make in ANALYSES.items()}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_has_the_same_parts(results: dict[str, Result], here: Path, name: str) -> None:
    result = results[name]
    assert result.parameters["analysis"] == name
    assert "\n" not in repr(result)
    assert result.summary is next(iter(result.tables.values()))
    assert "<table>" in result._repr_html_()
    for figure in result.figures.values():
        assert figure.svg.startswith("<?xml")
        assert len(figure.data) > 0, figure.name
        assert figure.data.columns
    place = result.save()
    assert place.parent == Path("outputs")
    assert result.report() == (place / "report.html").read_bytes()
    saved = sim.open(place)
    assert saved.parameters == json.loads(json.dumps(result.parameters))
    assert saved.tables == result.tables
    assert saved.figures.keys() == result.figures.keys()
    assert saved.report() == result.report()


def test_the_library_and_the_command_leave_the_same_bytes(here: Path) -> None:
    settings = [word for setting in GIVEN_PARAMETERS for word in ("--set", setting)]
    asked = {setting.partition("=")[0]: setting.partition("=")[2] for setting in GIVEN_PARAMETERS}
    assert simulate("--config", "acute.yaml", *settings, "--patients", "500", "--out", "by_command", "--quiet") == 0
    loaded = sim.Scenario.read("acute.yaml", [f"{path}={value}" for path, value in asked.items()])
    sim.run(loaded, patients=500).save("by_library")
    made = [json.loads((here / name / MANIFEST).read_text()) for name in ("by_command", "by_library")]
    for manifest in made:
        del manifest["created"]
    assert made[0] == made[1]


def test_values_of_python_and_text_of_a_command_are_the_same_scenario() -> None:
    by_value = sim.load("acute.yaml", set={"cohort.size": 77, "cohort.profiles": {"acute_strain": 1.0}})
    by_text = sim.Scenario.read("acute.yaml", ["cohort.size=77", "cohort.profiles={acute_strain: 1.0}"])
    assert by_value.model == by_text.model
    assert by_value.model.cohort.size == 77


def test_what_was_saved_can_be_done_again(results: dict[str, Result], here: Path) -> None:
    place = results["run"].save("made")
    again = sim.open(place).again()
    assert again.tables == results["run"].tables
    assert again.parameters == results["run"].parameters


def test_an_estimate_and_a_difference_of_a_run(results: dict[str, Result]) -> None:
    run = results["run"]
    one = run["dry_needling", "lasting_relief"]
    (row,) = run.summary.where(arm="dry_needling", outcome="lasting_relief", statistic="mean", subgroup="all")
    assert row["estimate"] == pytest.approx(one.estimate, rel=1e-9)
    assert row["mc_error"] == pytest.approx(one.mc_error, rel=1e-9)
    apart = run.difference("dry_needling", "usual_care", "lasting_relief")
    assert apart.estimate == pytest.approx(one.estimate - run["usual_care", "lasting_relief"].estimate, abs=1e-9)
    with pytest.raises(KeyError, match="no mean of 'nothing'"):
        run["dry_needling", "nothing"]
    patients = run.patients()
    assert patients.num_rows == 500 * 4
    assert patients.schema.field("cost").metadata == {b"unit": b"USD"}


def test_a_table_as_arrow_and_as_a_data_frame(results: dict[str, Result]) -> None:
    table = results["run"].summary
    assert table.to_arrow().num_rows == len(table)
    pandas = pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["estimate"].tolist()[:50] == pytest.approx(table["estimate"][:50], nan_ok=True)


def test_a_figure_is_saved_as_what_its_ending_says(results: dict[str, Result], here: Path) -> None:
    figure = results["run"].figures["pain_by_day"]
    assert figure.save("pain.svg").read_text().startswith("<?xml")
    assert figure.save(here / "pain.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match=r"pain.gif: a figure can be saved as .svg or .png"):
        figure.save("pain.gif")


REFUSED = {
    "--precision 0": (lambda: sim.run("acute.yaml", precision=0), ("--config", "acute.yaml", "--precision", "0")),
    "a path": (
        lambda: sim.load("acute.yaml", set={"cohort.siez": 5}), ("check", "acute.yaml", "--set", "cohort.siez=5"),
    ),
    "a file": (lambda: sim.load("acut.yaml"), ("check", "acut.yaml")),
    "an outcome": (
        lambda: sim.optimise("acute.yaml", objective="hapiness"),
        ("optimise", "acute.yaml", "--objective", "hapiness"),
    ),
    "a budget": (
        lambda: sim.optimise("acute.yaml", budget="cost<400"), ("optimise", "acute.yaml", "--budget", "cost<400"),
    ),
    "a grid": (lambda: sim.optimise("acute.yaml", visits="x"), ("optimise", "acute.yaml", "--visits", "x")),
    "an arm": (
        lambda: sim.sensitivity("acute.yaml", arms="nobody"), ("sensitivity", "acute.yaml", "--arms", "nobody"),
    ),
    "an arm of a trial": (
        lambda: sim.trial("acute.yaml", arms=["usual_care", "nobody"]),
        ("trial", "acute.yaml", "--arms", "usual_care,nobody"),
    ),
    "staff": (lambda: sim.clinic("clinic.yaml", staff="0:3"), ("clinic", "clinic.yaml", "--staff", "0:3")),
    "no budget": (lambda: sim.budget("acute.yaml"), ("budget", "acute.yaml")),
    "a standard": (lambda: sim.checklist("acute.yaml", standard="x"), ("checklist", "acute.yaml", "--standard", "x")),
    "one scenario": (lambda: sim.compare(["acute.yaml"]), ("compare", "acute.yaml")),
    "a table": (lambda: sim.value("none.csv"), ("value", "--table", "none.csv")),
    "a manifest": (lambda: sim.open("nowhere"), ("reproduce", "nowhere/manifest.json")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_command_refuses_the_library_refuses_in_the_same_words(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    call, words = REFUSED[name]
    with pytest.raises(UsageError) as caught:
        call()
    assert simulate(*words) == 2
    said = capsys.readouterr().err
    assert " ".join(str(caught.value).split()) in " ".join(said.removeprefix("error: ").split())


def test_a_table_with_the_wrong_columns_names_the_column(here: Path) -> None:
    (here / "psa.csv").write_text("draw,strategy,price,effect\n1,a,1,1\n")
    with pytest.raises(UsageError, match="cost"):
        sim.value("psa.csv")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_keyword_that_does_not_exist_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        getattr(sim, name)("acute.yaml", nonsense=1)
    options = list(inspect.signature(getattr(sim, name)).parameters.values())[1:]
    assert all(option.kind is inspect.Parameter.KEYWORD_ONLY for option in options)


def test_a_value_that_no_scenario_can_hold_is_refused_where_it_is() -> None:
    with pytest.raises(UsageError, match=r"set cohort.size: object cannot stand in a scenario"):
        sim.load("acute.yaml", set={"cohort.size": object()})
    with pytest.raises(ScenarioError, match=r"cohort\.size"):
        sim.load("acute.yaml", set={"cohort.size": -1})


def test_importing_takes_no_time_and_changes_nothing() -> None:
    words = (
        "import sys, time; before = set(sys.modules); start = time.perf_counter(); import sim; "
        "took = time.perf_counter() - start; "
        "heavy = {'numpy', 'numba', 'pydantic', 'matplotlib', 'typing', 'click'} & (set(sys.modules) - before); "
        "print(len(heavy), took)"
    )
    found = [
        subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    assert all(one.stdout.split()[0] == "0" for one in found)
    assert min(float(one.stdout.split()[1]) for one in found) < 0.05
    assert set(sim.__all__) <= set(dir(sim))


def test_progress_is_told(here: Path) -> None:
    told: list[tuple[str, int, int]] = []
    sim.run(scenario(), patients=300, progress=lambda *what: told.append(what))
    assert ("calibrating", 0, 0) in told
    assert ("simulating patients", 300, 300) in told


def test_a_table_is_what_its_file_holds() -> None:
    rows = [{"a": 1 / 3, "b": "=x", "c": True}, {"a": float("nan"), "b": "plain", "c": False}]
    table = Table(("a", "b", "c"), [*rows, {"a": float("inf"), "b": "y", "c": True}])
    assert Table.from_csv(table.to_csv()) == table
    assert next(iter(Table.from_csv(table.to_csv())))["b"] == "=x"
    assert table.where(b=("=x", "y"))["a"] == [0.3333333333, float("inf")]
    with pytest.raises(KeyError, match="no column 'd'"):
        table["d"]
