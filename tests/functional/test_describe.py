"""`simulate describe`: what it says of records, from anywhere, and nothing of a single patient."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from docs import made_up_records
from sim.errors import UsageError
from sim.report.description.text import sentences
from sim.scenario.load import config_folders
from tests.functional.commands import ended
from tests.made_records import Treatment, Truth, made_records

SHIPPED = Path(made_up_records.__file__).parents[1] / "configs" / "records"
SECRET = "Zacharias Unverwechselbar"


@pytest.fixture(scope="module")
def shipped():
    return sim.describe("records")


@pytest.fixture(scope="module")
def saved(shipped, tmp_path_factory):
    return shipped.save(tmp_path_factory.mktemp("saved") / "there", formats=("html", "xlsx"))


def estimate(result, topic, at, statistic=None):
    return result.found.one(topic, at, statistic).estimate


def test_the_records_that_ship_are_those_that_the_script_makes():
    visits, answers = made_up_records.made()
    assert (SHIPPED / "visits.csv").read_text() == visits
    assert (SHIPPED / "followup.csv").read_text() == answers
    assert "nobody in them is real" in visits.split("\n")[0].lower()


@pytest.mark.parametrize("name", ["records", "configs/records"])
def test_shipped_records_are_found_from_any_directory(tmp_path, name):
    code, out, err = ended(("describe", name, "--out", "there"), tmp_path)
    assert (code, err.count("error")) == (0, 0), err
    assert "people who began" in out
    assert "cannot tell how much of that is due to the treatment" in " ".join(out.split())
    assert (tmp_path / "there" / "fragment.yaml").is_file()


def test_what_is_true_of_the_shipped_records_is_found(shipped):
    # Their truth stands in the script: 10 % of visits missed, 3 % leave after a visit, half of the people acute.
    for topic, at, truth in (
        ("no-shows", "all appointments", 0.1), ("ends", "drop-out per visit", 0.03), ("profiles", "acute_strain", 0.5),
        ("profiles", "chronic", 0.3), ("profiles", "stress_linked", 0.2),
    ):  # fmt: skip
        one = shipped.found.one(topic, at)
        assert abs(one.estimate - truth) < 4 * one.mc_error, at


def test_numbers_are_those_of_a_count_by_hand():
    rows = list(
        csv.DictReader(io.StringIO("\n".join((SHIPPED / "visits.csv").read_text().split("\n")[1:])), delimiter=";")
    )
    seen = list({tuple(row.values()): row for row in rows}.values())  # one row stands twice
    assert len(rows) == len(seen) + 1
    found = sim.describe("records")
    came = [row for row in seen if row["Attended"] == "ja"]
    assert found.found.people.visits == len(came)
    assert estimate(found, "no-shows", "all appointments") == pytest.approx(1 - len(came) / len(seen))
    first = {}
    for row in came:
        day = tuple(reversed(row["Date"].split(".")))
        first[row["Patient"]] = min(first.get(row["Patient"], (day, row["Pain"])), (day, row["Pain"]))
    readings = [float(pain.replace(",", ".")) for _, pain in first.values() if pain not in ("", "3-4")]
    assert estimate(found, "pain", "visit 1", "mean") == pytest.approx(np.mean(readings))
    assert estimate(found, "pain", "visit 1", "sd") == pytest.approx(np.std(readings, ddof=1))


def test_a_scenario_that_extends_the_fragment_runs(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("fragment.yaml").write_text(shipped.fragment)
    Path("mine.yaml").write_text("extends: fragment.yaml\ntitle: Mine\ncohort: {size: 500}\n")
    scenario = sim.load("mine.yaml")
    one = shipped.found.one("no-shows", "all appointments")
    assert float(scenario.model.attendance.no_show) == pytest.approx(one.estimate, rel=1e-3)
    assert scenario.model.attendance.no_show.status == "own"
    assert sum(scenario.model.cohort.profiles.values()) == pytest.approx(1)
    assert sim.run(scenario).summary["estimate"]


def test_a_fragment_for_a_clinic_says_how_many_come(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = sim.describe("records", scenario="clinic.yaml")
    Path("fragment.yaml").write_text(found.fragment)
    per_week = sim.load("fragment.yaml").model.clinic.arrivals.per_week
    assert float(per_week) == pytest.approx(found.found.people.began / 40, rel=0.03)
    assert per_week.uncertainty.family == "gamma"


def test_a_fragment_gives_the_first_reading_back(tmp_path, monkeypatch):
    """Patients simulated from the fragment report at the first visit what the records say."""
    from sim.study.prepare import prepare
    from sim.study.trajectories import trace_first_block

    monkeypatch.chdir(tmp_path)
    found = sim.describe("records")
    Path("fragment.yaml").write_text(found.fragment)
    traced = trace_first_block(prepare(sim.load("fragment.yaml").model), 4096)
    readings = traced.patients.cohort.baseline_reading
    mean = found.found.one("first reading", "all", "mean")
    assert abs(readings.mean() - mean.estimate) < 0.1
    assert abs(readings.std() - found.found.one("first reading", "all", "sd").estimate) < 0.15


def written(place, patients, extra=()):
    place.mkdir(exist_ok=True)
    rows = ["patient,day,modality,pain,attended,profile"]
    for k in range(patients):
        rows += [f"p{k},{7 * n},dry_needling,{6 - n},{'yes'},chronic" for n in range(4)]
    (place / "visits.csv").write_text("\n".join([*rows, *extra]) + "\n")
    return place


def rows_in(file):
    return list(csv.DictReader(io.StringIO(file.read_text())))


def all_text(directory):
    for file in directory.rglob("*"):
        if file.is_file() and file.suffix in (".csv", ".json", ".html", ".yaml", ".svg"):
            yield file.name, file.read_text()


def test_nothing_of_a_single_patient_is_written(tmp_path):
    extra = [f"{SECRET},{day},acupuncture,{pain},yes,acute_strain" for day, pain in ((0, 9.5), (3, 8.5), (10, 0.5))]
    result = sim.describe(written(tmp_path / "mine", 30, extra))
    place = result.save(tmp_path / "out")
    for name, text in all_text(place):
        assert SECRET not in text, name
        assert "acute_strain" not in text or name in ("manifest.json", "summary.csv", "summary.json", "report.html"), (
            name
        )
    row = next(row for row in result.tables["summary"].where(topic="profiles", at="acute_strain"))
    assert np.isnan(row["estimate"])
    assert row["patients"] == ""
    rest = next(row for row in result.tables["summary"].where(topic="profiles", at="chronic"))
    assert np.isnan(rest["estimate"]), "the one that is hidden could be worked out"
    assert '"acute_strain"' in (place / "summary.json").read_text()
    found = json.loads((place / "summary.json").read_text())
    assert all(one["estimate"] is None for one in found["estimates"] if one["at"] == "acute_strain")
    assert "not shown" in (place / "report.html").read_text()


def test_every_number_that_is_written_is_of_five_patients_or_none(saved):
    rows = rows_in(saved / "summary.csv")
    assert rows
    for row in rows:
        assert row["patients"] == "" or int(row["patients"]) >= 5, row
        assert (row["patients"] == "") == (row["estimate"] == ""), row
    curve = rows_in(saved / "returns.csv")
    assert all(int(row["at_risk"]) >= 5 for row in curve)
    assert {int(row["day"]) % 7 for row in curve} == {0}
    for name in ("people.csv", "findings.csv"):
        assert all(row["count"] == "" or not 0 < int(row["count"]) < 5 for row in rows_in(saved / name))
    patients = {line.split(";")[0] for line in (SHIPPED / "visits.csv").read_text().split("\n")[2:] if line}
    for name, text in all_text(saved):
        assert not any(patient in text for patient in patients), name


@pytest.mark.parametrize("patients", [1, 4])
def test_of_fewer_than_five_patients_it_says_that_it_says_nothing(tmp_path, patients):
    result = sim.describe(written(tmp_path / "few", patients))
    assert not any(one.is_shown for one in result.found.estimates)
    assert sentences(result.found)[0].startswith("fewer than 5 people began")
    result.save(tmp_path / "out")


def test_ten_patients_are_described(tmp_path):
    result = sim.describe(written(tmp_path / "ten", 10))
    assert sentences(result.found)[0] == (
        "Of 10 people who began, all missed no appointment; in the 10 who were asked at the first and the fourth "
        "visit, pain fell from 6.0 to 3.0 points. Records cannot tell how much of that is due to the treatment."
    )
    assert "of appointments were missed" in sentences(result.found)[1]


def test_order_and_line_ends_give_the_same_bytes(tmp_path):
    first, second = tmp_path / "one" / "records", tmp_path / "two" / "records"
    shutil.copytree(SHIPPED, first)
    second.mkdir(parents=True)
    for name in ("visits.csv", "followup.csv"):
        title, heading, *rows = (SHIPPED / name).read_text().rstrip("\n").split("\n")
        random.Random(1).shuffle(rows)
        (second / name).write_bytes("\r\n".join([title, heading, *rows]).encode("utf-8-sig"))
    one, two = sim.describe(first), sim.describe(second)
    assert one.found.records.sha256 == two.found.records.sha256
    assert one.summary_json() == two.summary_json()
    assert {k: v.to_csv() for k, v in one.tables.items()} == {k: v.to_csv() for k, v in two.tables.items()}
    assert one.fragment == two.fragment
    assert {k: v.svg for k, v in one.figures.items()} == {k: v.svg for k, v in two.figures.items()}


def test_it_can_be_made_again_with_a_scenario_and_options(tmp_path):
    (tmp_path / "v.csv").write_text(
        "ID,Tag,Was,NRS\n" + "\n".join(f"p{k},{d},DN,{5 - d // 7}" for k in range(9) for d in (0, 7))
    )
    words = ("describe", "v.csv", "--scenario", "acute.yaml", "--columns", "patient=ID,day=Tag", "--columns",
             "modality=Was,pain=NRS", "--modalities", "DN=dry_needling", "--reading", "after")  # fmt: skip
    code, _, err = ended((*words, "--out", "there"), tmp_path)
    assert code == 0, err
    code, out, err = ended(("reproduce", "there/manifest.json"), tmp_path)
    assert code == 0, err
    assert "files the same" in out
    (tmp_path / "v.csv").write_text(
        "ID,Tag,Was,NRS\n" + "\n".join(f"p{k},{d},DN,{6 - d // 7}" for k in range(9) for d in (0, 7))
    )
    assert ended(("reproduce", "there/manifest.json"), tmp_path)[0] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reading": "during"}, "--reading: given 'during'"), ({"dates": "any"}, "--dates: given 'any'"),
        ({"columns": "pain"}, "--columns: given 'pain'; must read NAME=NAME"),
        ({"columns": {"pain": "VAS"}}, "no column 'VAS'"), ({"followup": "nowhere.csv"}, "there is no such file"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        sim.describe("records", **options)


def test_faults_are_one_message_without_a_traceback(tmp_path):
    (tmp_path / "visits.csv").write_text(
        "patient,day,modality,pain,attended\na,0,cupping,5,perhaps\nb,x,cupping,5,yes\n"
    )
    code, out, err = ended(("describe", "visits.csv", "--scenario", "acute.yaml", "--out", "there"), tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("error: visits.csv:2: ")
    assert err.count("visits.csv:") == 3
    assert not (tmp_path / "there").exists()


def test_shares_are_found_where_the_truth_is_known(tmp_path):
    truth = Truth({"dry_needling": Treatment(0.6, 1.4, 60)}, no_show=0.2, drop_out=0.1)
    course = tuple((7 * k, ("dry_needling",)) for k in range(6))
    made_records(truth, [course], patients=3000, seed=4).write(tmp_path)
    found = sim.describe(tmp_path)
    for topic, at, true in (("no-shows", "all appointments", 0.2), ("adverse events", "soreness", 0.1)):
        one = found.found.one(topic, at)
        assert abs(one.estimate - true) < 4 * one.mc_error
        assert one.mc_error < 0.01


def test_folders_of_records_are_those_of_scenarios():
    assert any((folder / "records" / "visits.csv").is_file() for folder in config_folders())
