"""Whatever the records, and whatever the form that a clinic's program writes them in: they are read back the same."""

from __future__ import annotations

import csv
import datetime
import io
import random
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.learn.reading import HALF_POINTS_FROM, read_records
from sim.learn.records import FollowUp, Patient, Visit

MODALITIES = ("acupuncture", "advice", "dry_needling")
PROFILES = ("acute_strain", "chronic")
FIRST_DAY = datetime.date(2023, 1, 1).toordinal()
TRUTH = {
    "yes": ("yes", "no"), "Ja": ("Ja", "Nein"), "1": ("1", "0"), "TRUE": ("TRUE", "FALSE"), "x": ("x", "n"),
}  # fmt: skip
DATES = {
    "iso": "%Y-%m-%d", "time": "%Y-%m-%d 09:30:00", "dotted": "%d.%m.%Y", "short": "%d.%m.%y", "day-first": "%d/%m/%Y",
    "month-first": "%m/%d/%Y", "hyphens": "%d-%m-%Y", "named": "%d-%b-%Y", "compact": "%Y%m%d",
}  # fmt: skip
FORM = st.fixed_dictionaries({
    "dates": st.sampled_from([None, *DATES, "serial", "cells"]),
    "separator": st.sampled_from([",", ";", "\t", "|"]),
    "comma": st.booleans(),
    "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    "ends": st.sampled_from(["\n", "\r\n", "\r"]),
    "truth": st.sampled_from(sorted(TRUTH)),
    "names": st.sampled_from([str.lower, str.upper, str.title]),
    "title": st.booleans(),
    "units": st.booleans(),
    "empty": st.sampled_from(["", "-", "n/a"]),
    "workbook": st.booleans(),
    "seed": st.integers(0, 10**6),
})  # fmt: skip

maybe = st.sampled_from([None, True, False])
names = st.text("abcXYZ019 äÖß_.-", min_size=1, max_size=8).filter(lambda name: name == name.strip())
given_at_visit = st.sets(st.sampled_from(MODALITIES), max_size=2).map(lambda some: tuple(sorted(some)))


@st.composite
def visits_of(draw, readings):
    days = sorted(draw(st.sets(st.integers(0, 150), max_size=6)) | {0})
    found = []
    for day in days:
        came = day == 0 or draw(st.booleans())
        pain = draw(st.none() | readings) if came else None
        waited = draw(st.none() | st.integers(0, 60))
        found.append(
            Visit(day, draw(given_at_visit) if came else (), pain, came, draw(maybe), draw(maybe), waited)
        )  # fmt: skip
    return tuple(found)


@st.composite
def patients_of(draw, name, readings):
    visits = draw(visits_of(readings))
    missed = tuple(Visit(-day, (), None, False) for day in sorted(draw(st.sets(st.integers(1, 30), max_size=2)))[::-1])
    later = tuple(
        FollowUp(day, draw(st.none() | readings), draw(maybe))
        for day in sorted(draw(st.sets(st.integers(0, 400), max_size=3)))
    )
    profile = draw(st.none() | st.sampled_from(PROFILES))
    ended = draw(st.sampled_from([None, "completed", "relieved", "dropped_out"]))
    return Patient(name, visits, later, profile, ended, draw(maybe), missed, FIRST_DAY + draw(st.integers(40, 400)))


@st.composite
def all_records(draw):
    half = draw(st.booleans())
    readings = st.integers(0, 20).map(lambda k: k / 2) if half else st.integers(0, 10).map(float)
    called = sorted(draw(st.sets(names, min_size=1, max_size=5)))
    return tuple(draw(patients_of(name, readings)) for name in called)


def written_day(day, patient, dates):
    if dates is None:
        return str(day)
    moment = datetime.date.fromordinal(patient.began + day)
    if dates == "cells":
        return moment
    return str((moment - datetime.date(1899, 12, 30)).days) if dates == "serial" else moment.strftime(DATES[dates])


def rows_of(patients, form):
    """Return rows of visits and of answers, by the names of their columns."""
    yes, no = TRUTH[form["truth"]]
    word = {True: yes, False: no, None: form["empty"]}

    def number(value):
        return form["empty"] if value is None else f"{value:g}".replace(".", "," if form["comma"] else ".")

    visits, answers = [], []
    for one in patients:
        entries = [*one.missed_before, *one.visits]
        for k, visit in enumerate(entries):
            last = k == len(entries) - 1
            visits.append({
                "patient": one.name, "day": written_day(visit.day, one, form["dates"]),
                "modality": "+".join(visit.modalities), "pain": number(visit.pain), "attended": word[visit.attended],
                "profile": one.profile if k == 0 and one.profile else form["empty"],
                "soreness": word[visit.sore], "bruising": word[visit.bruised],
                "ended": one.ended if last and one.ended else form["empty"],
                "satisfied": word[one.satisfied] if last else form["empty"],
                "booked": form["empty"] if visit.waited is None else str(visit.waited),
            })  # fmt: skip
        answers += [
            {
                "patient": one.name, "day": written_day(later.day, one, form["dates"]), "pain": number(later.pain),
                "returned": word[later.returned],
            }
            for later in one.followup
        ]  # fmt: skip
    return visits, answers


def as_file(rows, columns, place, form):
    """Write rows in a form and return the file."""
    shuffled = random.Random(form["seed"]).sample(rows, len(rows))
    called = [form["names"]("date" if name == "day" and form["dates"] else name) for name in columns]
    table = [called]
    if form["title"]:
        table = [["Praxis am Markt, export of 1 March"], [], *table]
    if form["units"]:
        table.append(["(number)", "(when)", *["(as asked)"] * (len(columns) - 2)])
    table += [[row[name] for name in columns] for row in shuffled]
    if form["workbook"] or form["dates"] == "cells":
        book = openpyxl.Workbook()
        for cells in table:
            book.active.append(cells)
        book.save(place.with_suffix(".xlsx"))
        return place.with_suffix(".xlsx")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form["separator"], lineterminator=form["ends"]).writerows(table)
    place.with_suffix(".csv").write_bytes(text.getvalue().encode(form["encoding"]))
    return place.with_suffix(".csv")


VISIT_COLUMNS = (
    "patient", "day", "modality", "pain", "attended", "profile", "soreness", "bruising", "ended", "satisfied", "booked",
)  # fmt: skip
ANSWER_COLUMNS = ("patient", "day", "pain", "returned")


def read_back(patients, form, place):
    visits, answers = rows_of(patients, form)
    first = as_file(visits, VISIT_COLUMNS, place / "visits", form)
    second = as_file(answers, ANSWER_COLUMNS, place / "followup", form) if answers else None
    order = form["dates"] if form["dates"] in ("day-first", "month-first") else "day-first"
    return read_records(first, second, known_modalities=MODALITIES, known_profiles=PROFILES, dates=order)


def as_known(patients, form):
    """Return patients without what a form cannot say: the date on which days that are counted began."""
    if form["dates"] is not None:
        return patients
    return tuple(Patient(**{**vars(one), "began": None}) for one in patients)


@settings(max_examples=150, deadline=None)
@given(all_records(), FORM)
def test_records_in_any_form_are_read_back_the_same(patients, form):
    with tempfile.TemporaryDirectory() as place:
        found = read_back(patients, form, Path(place))
    assert found.patients == as_known(patients, form)
    readings = [visit.pain for one in patients for visit in one.visits if visit.pain is not None]
    halves = sum(pain % 1 != 0 for pain in readings)
    assert found.step == (0.5 if readings and halves >= HALF_POINTS_FROM * len(readings) else 1.0)


@settings(max_examples=40, deadline=None)
@given(all_records(), FORM, FORM)
def test_the_hash_is_that_of_what_was_read_whatever_the_form(patients, form, other):
    other = {**other, "dates": "iso" if form["dates"] else None}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        assert read_back(patients, form, Path(one)).sha256 == read_back(patients, other, Path(two)).sha256


def test_another_reading_gives_another_hash(tmp_path):
    hashes = set()
    for k, pain in enumerate((5, 6)):
        file = tmp_path / f"{k}.csv"
        file.write_text(f"patient,day,modality,pain,attended\na,0,dry_needling,{pain},yes\n")
        hashes.add(read_records(file).sha256)
    assert len(hashes) == 2


@pytest.mark.long
@settings(max_examples=2000, deadline=None)
@given(all_records(), FORM)
def test_records_in_very_many_forms_are_read_back_the_same(patients, form):
    with tempfile.TemporaryDirectory() as place:
        assert read_back(patients, form, Path(place)).patients == as_known(patients, form)
