"""`simulate fit`: from records to a scenario and draws that other commands take, and nothing of a single patient."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil

import numpy as np
import pytest

import sim
from sim.errors import UsageError
from sim.report.fit.text import sentences
from sim.study.draws import run_draws
from sim.study.given_draws import given_draws
from sim.study.prepare import prepare
from tests.functional.commands import SMALL_CLINIC_RECORDS, ended, is_complete
from tests.made_records import Treatment, Truth, made_records

SECRET = "Zacharias Unverwechselbar"
PATHS = (
    "parameters.dry_needling.ceiling", "parameters.dry_needling.half_life",
    "profiles.acute_strain.reading_noise.mean", "response.context.ceiling",
)  # fmt: skip
"""The four inputs of the small clinic that are unknown and that records depend on."""
FIT = ("fit", "records", "--scenario", "small_clinic.yaml", "--draws", "200")
SAME = ("--format", "html", "--quiet")


def small(place):
    """Put the small scenario into a directory, and return that."""
    place.mkdir(exist_ok=True, parents=True)
    shutil.copy(SMALL_CLINIC_RECORDS / "small_clinic.yaml", place)
    return place


def rows_of(file):
    with file.open(newline="") as opened:
        return list(csv.reader(opened))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with a scenario and records of 60 patients, one of them with a name, and what a fit left of them."""
    here = small(tmp_path_factory.mktemp("clinic"))
    (here / "records").mkdir()
    truth = Truth({"dry_needling": Treatment(0.7, 1.0, 60)})
    course = tuple((7 * k, ("dry_needling",)) for k in range(4))
    made_records(truth, [course], patients=60, seed=4).write(here / "records")
    visits = here / "records" / "visits.csv"
    visits.write_text(visits.read_text().replace("p000017", SECRET))
    assert SECRET in visits.read_text()
    code, out, err = ended((*FIT, "--workers", "1", "--out", "first"), here)
    assert code == 0, err
    (here / "said.txt").write_text(out)
    # A scenario reaches only what lies beside it.
    for name in ("fitted.yaml", "posterior.csv"):
        shutil.copy(here / "first" / name, here)
    return here


@pytest.fixture(scope="module")
def again(place, tmp_path_factory):
    """The same data in another order, with other line ends, by two workers."""
    here = small(tmp_path_factory.mktemp("again"))
    (here / "records").mkdir()
    heading, *rows = (place / "records" / "visits.csv").read_text().splitlines()
    random.Random(1).shuffle(rows)
    (here / "records" / "visits.csv").write_bytes("\r\n".join([heading, *rows]).encode("utf-8-sig"))
    code, _, err = ended((*FIT, "--workers", "2", "--out", "first", "--quiet"), here)
    assert code == 0, err
    return here / "first"


def test_it_leaves_what_others_take(place):
    files = {path.name for path in (place / "first").iterdir()}
    assert files >= {
        "report.html", "fitted.yaml", "posterior.csv", "summary.csv", "summary.json", "arms.csv", "checks.csv",
        "forms.csv", "manifest.json",
    }  # fmt: skip
    assert is_complete(place / "first")
    said = json.loads((place / "first" / "summary.json").read_text())
    assert said["learnt_from"] == "60 patients' records"
    assert {one["path"] for one in said["inputs"]} == set(PATHS)
    assert said["estimator"]["draws"] == 200


def test_the_draws_have_a_column_for_each_path(place):
    heading, *rows = rows_of(place / "posterior.csv")
    assert heading == ["draw", *PATHS]
    assert [row[0] for row in rows] == [str(k) for k in range(1, 201)]
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    assert np.isfinite(numbers).all()
    assert ((numbers[:, [0, 3]] > 0) & (numbers[:, [0, 3]] < 1)).all()


def test_the_answer_is_on_the_terminal_and_in_the_report(place):
    said = " ".join((place / "said.txt").read_text().split())
    report = " ".join((place / "first" / "report.html").read_text().split())
    for text in ("With 60 patients’ records read", "Most was learnt of", "Of 12 patients who were left out"):
        plain = text.replace("’", "'")
        assert plain in said, plain
        assert plain in report.replace("&#x27;", "'").replace("&#39;", "'"), plain
    assert "cannot tell what would have become of the same people without treatment" in report
    answer = json.loads((place / "first" / "summary.json").read_text())["answer"]
    assert answer[0].startswith("With 60 patients' records read, Dry needling is expected to lead Usual care")
    assert not re.search(r"\d\.\d{4}", " ".join(answer)), "more digits than anybody reads"


def test_what_was_learnt_is_nearer_to_the_truth_than_what_was_believed(place):
    said = {one["path"]: one for one in json.loads((place / "first" / "summary.json").read_text())["inputs"]}
    ceiling = said["parameters.dry_needling.ceiling"]
    assert ceiling["says_something"]
    assert abs(ceiling["posterior"] - 0.7) < abs(ceiling["prior"] - 0.7)
    assert ceiling["lower"] < 0.7 < ceiling["upper"]
    for one in said.values():
        assert 0 < one["narrower"] < 1.2
        assert 0 < one["overlap"] <= 1


def test_the_fitted_scenario_runs_with_its_own_draws(place, monkeypatch):
    monkeypatch.chdir(place)
    fewer = {"draws.number": 20, "draws.patients": 50}
    drawn = {name: run_draws(prepare(sim.load(name, set=fewer).model)) for name in ("fitted.yaml", "small_clinic.yaml")}
    _, *rows = rows_of(place / "posterior.csv")
    for column, path in enumerate(PATHS, 1):
        at = [one.path for one in drawn["fitted.yaml"].inputs].index(path)
        expected = [float(row[column]) for row in rows[:20]]
        assert drawn["fitted.yaml"].values[:, at].tolist() == expected
        assert drawn["small_clinic.yaml"].values[:, at].tolist() != expected
    assert (drawn["fitted.yaml"].estimates != drawn["small_clinic.yaml"].estimates).any()
    model = sim.load("fitted.yaml").model
    ceiling = model.parameters["dry_needling"].ceiling
    assert (ceiling.source, ceiling.status) == ("fit", "own")
    assert float(ceiling) == pytest.approx(np.mean([float(row[1]) for row in rows]), rel=1e-3)


def test_the_command_runs_it(place):
    words = ("--config", "fitted.yaml", "--draws", "20", "--patients-per-draw", "20", "--patients", "200", "--quiet")
    code, out, err = ended((*words, "--out", "run"), place)
    assert (code, out, err) == (0, "", "")
    assert is_complete(place / "run")


def test_order_of_rows_line_ends_and_workers_change_no_byte(place, again):
    names = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(place / "first") for path in (place / "first").rglob("*") if path.is_file()
    )  # fmt: skip
    different = [
        str(name) for name in names
        if name.name != "manifest.json" and (again / name).read_bytes() != (place / "first" / name).read_bytes()
    ]  # fmt: skip
    assert different == []
    hashes = [json.loads((one / "manifest.json").read_text()) for one in (again, place / "first")]
    assert hashes[0]["files"] == hashes[1]["files"]


def test_nothing_of_a_single_patient_is_in_any_file(place):
    names = {row[0] for row in rows_of(place / "records" / "visits.csv")[1:]}
    assert SECRET in names
    for file in (place / "first").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [name for name in names if name.encode() in content], file.name
    said = (place / "said.txt").read_text()
    assert not [name for name in names if name in said]


def test_it_can_be_made_again(place):
    code, out, err = ended(("reproduce", "first/manifest.json"), place)
    assert code == 0, err
    assert "files the same" in out
    assert "differ" not in out


def fitted_in(place, directory):
    """Copy the small scenario, what was fitted, and the draws into a directory."""
    small(directory)
    for name in ("fitted.yaml", "posterior.csv"):
        shutil.copy(place / name, directory)
    return directory


@pytest.mark.parametrize("words", [("--config", "fitted.yaml", "--draws", "20"), ("check", "fitted.yaml")])
def test_draws_that_were_changed_are_refused(place, tmp_path, words):
    fitted_in(place, tmp_path)
    text = (tmp_path / "posterior.csv").read_text()
    (tmp_path / "posterior.csv").write_text(text + text.splitlines()[-1] + "\n")
    code, out, err = ended(words, tmp_path)
    assert (code, out) == (2, "")
    assert "is not the file that `draws.sha256` names; it was changed or replaced" in " ".join(err.split())
    assert "Traceback" not in err


OWN = "extends: small_clinic.yaml\ntitle: Mine\ndraws: {from: mine.csv}\n"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("draw,parameters.dry_needling.ceilling\n1,0.5\n",
         "column 'parameters.dry_needling.ceilling' is no number of this scenario. Did you mean "
         "'parameters.dry_needling.ceiling'?"),
        ("draw,response.context.ceiling\n1,much\n", "row 2, column 'response.context.ceiling': 'much' is no number"),
        ("draw,response.context.ceiling\n1,nan\n", "'nan' is no number"),
        ("draw,response.context.ceiling\n1,0.1,0.2\n", "row 2 has 3 cells, the heading 2"),
        ("draw,response.context.ceiling\n", "has no row of draws"),
        ("", "has no row of draws"),
        ("a,a\n1,2\n", "names a column twice"),
        ("draw,structure.relapse\n1,none\n", "no such kind of structure"),
    ],
)  # fmt: skip
def test_draws_that_cannot_be_are_refused(tmp_path, monkeypatch, table, message):
    monkeypatch.chdir(small(tmp_path))
    (tmp_path / "mine.yaml").write_text(OWN)
    (tmp_path / "mine.csv").write_text(table)
    with pytest.raises(UsageError) as refused:
        given_draws(sim.load("mine.yaml").model)
    assert message in str(refused.value)


def test_draws_that_are_not_there_are_refused(tmp_path):
    (small(tmp_path) / "mine.yaml").write_text(OWN)
    code, out, err = ended(("--config", "mine.yaml", "--draws", "20"), tmp_path)
    assert (code, out) == (2, "")
    assert "mine.csv cannot be read" in err


def test_draws_of_ones_own_are_used_again_from_the_first_where_more_are_wanted(tmp_path, monkeypatch):
    monkeypatch.chdir(small(tmp_path))
    (tmp_path / "mine.yaml").write_text(OWN)
    (tmp_path / "mine.csv").write_text("draw,response.context.ceiling\n1,0.10\n2,0.12\n3,0.14\n")
    drawn = run_draws(prepare(sim.load("mine.yaml", set={"draws.number": 20, "draws.patients": 10}).model))
    at = [one.path for one in drawn.inputs].index("response.context.ceiling")
    assert drawn.values[:5, at].tolist() == [0.10, 0.12, 0.14, 0.10, 0.12]
    other = [one.path for one in drawn.inputs].index("parameters.dry_needling.ceiling")
    assert len(set(drawn.values[:, other].tolist())) == 20


def records(place, patients, modality="dry_needling", pain="5"):
    rows = [f"p{k},{7 * n},{modality},{pain}" for k in range(patients) for n in range(3)]
    (place / "visits.csv").write_text("\n".join(["patient,day,modality,pain", *rows]) + "\n")


REFUSED = {
    "nine patients": (9, {}, ("visits.csv",), "9 patients with a visit that took place; allowed: 10 at least"),
    "a modality that the scenario lacks": (12, {"modality": "cupping"}, ("visits.csv",), "cupping"),
    "no table": (0, {}, ("nowhere.csv",), "there is no such file"),
    "no trials": (12, {}, ("visits.csv", "--trials", "nowhere.yaml"), "nowhere.yaml"),
    "few draws": (12, {}, ("visits.csv", "--draws", "5"), "--draws: given 5; allowed: 100 to 100,000"),
    "draws in words": (12, {}, ("visits.csv", "--draws", "many"), "--draws: given many"),
    "no data": (12, {}, (), "nothing to learn from: name a table of visits, or trials with --trials FILE"),
    "readings that cannot be": (12, {"pain": "11"}, ("visits.csv",), "visits.csv"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_fitted_is_refused_plainly(tmp_path, name):
    patients, how, words, message = REFUSED[name]
    records(small(tmp_path), patients, **how)
    code, out, err = ended(("fit", *words, "--scenario", "small_clinic.yaml", "--out", "there"), tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert not (tmp_path / "there").exists()


def test_therapies_that_patients_chose_are_held_unless_said_otherwise(tmp_path, monkeypatch):
    """A difference that is held is said to be, keeps its prior and is no fitted number; `exchangeable` learns it."""
    monkeypatch.chdir(small(tmp_path))
    text = (tmp_path / "small_clinic.yaml").read_text()
    doubt = "acupuncture: {ceiling: {value: 0.4, uncertainty: {beta: {sd: 0.1}}},"
    assert "acupuncture: {ceiling: 0.4," in text
    (tmp_path / "small_clinic.yaml").write_text(text.replace("acupuncture: {ceiling: 0.4,", doubt))
    truth = Truth({"dry_needling": Treatment(0.9, 0.8, 60), "acupuncture": Treatment(0.05, 4, 1200, target="central")})
    courses = [tuple((7 * k, (name,)) for k in range(3)) for name in ("dry_needling", "acupuncture")]
    made_records(truth, courses, patients=60, seed=2).write(tmp_path)
    found = sim.fit("visits.csv", scenario="small_clinic.yaml", draws=100)
    held = {one.path for one in found.found.told if one.is_held}
    assert held == {"parameters.dry_needling.ceiling", "parameters.acupuncture.ceiling"}
    said = " ".join(sentences(found.found, found.names))
    assert "was not learnt from these records, because patients were not assigned by chance" in said
    assert "--exchangeable would learn it" in said
    assert not [one.place for one in found.found.numbers if one.place[-1] == "ceiling" and one.place[0] == "parameters"]
    learnt = sim.fit("visits.csv", scenario="small_clinic.yaml", draws=100, exchangeable=True)
    assert not any(one.is_held for one in learnt.found.told)
    assert "exchangeable" not in " ".join(sentences(learnt.found, learnt.names))
    between = [
        one.found.posterior.values[:, one.found.posterior.place("parameters.dry_needling.ceiling")]
        - one.found.posterior.values[:, one.found.posterior.place("parameters.acupuncture.ceiling")]
        for one in (found, learnt)
    ]
    assert between[0].mean() == pytest.approx(0.5 - 0.4, abs=0.03)
    assert between[0].std() == pytest.approx(np.hypot(0.12, 0.1), rel=0.2)
    assert between[1].mean() > 0.15
