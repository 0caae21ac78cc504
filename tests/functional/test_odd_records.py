"""Records as clinics have them: every oddity is read, counted and said, or refused with its file and row."""

from __future__ import annotations

import datetime
import random
import time

import openpyxl
import pytest

from sim.errors import ScenarioError, UsageError
from sim.learn.reading import read_records

HEADING = "patient,day,modality,pain,attended"
KNOWN = {"known_modalities": ("acupuncture", "dry_needling"), "known_profiles": ("acute_strain", "chronic")}


def written(place, text, name="visits.csv"):
    file = place / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def read(place, *rows, heading=HEADING, followup=None, **options):
    file = written(place, "\n".join([heading, *rows]) + "\n")
    later = None if followup is None else written(place, "\n".join(followup) + "\n", "followup.csv")
    return read_records(file, later, **(KNOWN | options))


def refused(place, *rows, **options):
    with pytest.raises(UsageError) as error:
        read(place, *rows, **options)
    return str(error.value).replace(str(place), "")


def said(records):
    return {one.what: (one.count, one.rows, one.done) for one in records.findings}


USUAL = [f"p{i},{7 * k},dry_needling,{6 - k},yes" for i in range(10) for k in range(4)]


def test_usual_records_have_nothing_odd(tmp_path):
    found = read(tmp_path, *USUAL)
    assert found.findings == ()
    assert [visit.pain for visit in found.patients[0].visits] == [6, 5, 4, 3]
    assert (len(found.patients), found.step, found.moment, found.has_attendance) == (10, 1.0, "before", True)


def test_two_readings_of_one_patient_on_one_day_are_one_visit_without_either(tmp_path):
    found = read(tmp_path, *USUAL, "p3,7,acupuncture,2,yes")
    visit = found.patients[3].visits[1]
    assert (visit.day, visit.modalities, visit.pain) == (7, ("acupuncture", "dry_needling"), None)
    count, rows, done = said(found)["further rows of a patient on one day"]
    assert (count, rows) == (1, (42,))
    assert "neither is used" in done


def test_a_second_row_without_a_reading_leaves_the_first_ones(tmp_path):
    assert read(tmp_path, *USUAL, "p3,7,acupuncture,,yes").patients[3].visits[1].pain == 5


def test_a_row_that_stands_twice_counts_once(tmp_path):
    found = read(tmp_path, *USUAL, USUAL[5])
    assert found.patients == read(tmp_path, *USUAL).patients
    assert said(found)["rows that repeat another one in full"][:2] == (1, (42,))


def test_visits_before_the_first_are_counted_anew_from_it(tmp_path):
    found = read(tmp_path, *USUAL, "p11,-7,dry_needling,7,yes", "p11,0,dry_needling,6,yes")
    assert [visit.day for visit in found.patients[2].visits] == [0, 7]
    assert said(found)["patients whose first visit is not on day 0"][:2] == (1, (42,))


def test_days_of_answers_move_with_those_of_the_visits(tmp_path):
    later = ["patient,day,pain,returned", "q,100,2,no"]
    found = read(tmp_path, "q,3,dry_needling,7,yes", "q,10,dry_needling,5,yes", followup=later)
    assert found.patients[0].followup[0].day == 97


def test_appointments_missed_before_the_first_visit_are_kept_apart(tmp_path):
    found = read(tmp_path, "q,0,,,no", "q,7,dry_needling,7,yes", "q,14,dry_needling,5,yes")
    one = found.patients[0]
    assert [visit.day for visit in one.visits] == [0, 7]
    assert [(visit.day, visit.attended) for visit in one.missed_before] == [(-7, False)]


def test_whoever_never_came_is_kept_and_said(tmp_path):
    found = read(tmp_path, *USUAL, "q,0,,,no", "q,7,,,no")
    assert not any(visit.attended for visit in found.patients[-1].visits)
    assert said(found)["patients who never came"][0] == 1


@pytest.mark.parametrize("pain", ["11", "3-4", "-1", "severe", "5.5.5", "1e3"])
def test_a_reading_that_cannot_be_is_left_out_and_said(tmp_path, pain):
    found = read(tmp_path, *USUAL, f"q,0,dry_needling,{pain},yes")
    assert found.patients[-1].visits[0].pain is None
    assert said(found)["pain that is no reading from 0 to 10"][:2] == (1, (42,))


def test_a_column_of_readings_that_cannot_be_is_refused_by_row(tmp_path):
    rows = [f"p{i},0,dry_needling,{55 + i},yes" for i in range(5)]
    message = refused(tmp_path, *rows)
    assert message.count("\n") == 4
    assert "/visits.csv:2: pain: must be a number from 0 to 10, or empty; given '55'" in message
    assert "divided by ten" in message


@pytest.mark.parametrize("empty", ["", "-", "n/a", "NA", "k.A.", "null", "#N/A"])
def test_words_for_nothing_are_no_readings(tmp_path, empty):
    found = read(tmp_path, *USUAL, f"q,0,dry_needling,{empty},yes", f"q,7,dry_needling,{empty},yes")
    assert [visit.pain for visit in found.patients[-1].visits] == [None, None]
    assert found.findings == ()


def test_a_patient_with_one_row_is_kept_and_said(tmp_path):
    found = read(tmp_path, *USUAL, "q,0,dry_needling,5,yes")
    assert len(found.patients[-1].visits) == 1
    assert said(found)["patients with a single row"][:2] == (1, (42,))


def test_a_file_of_answers_without_any_is_read(tmp_path):
    found = read(tmp_path, *USUAL, followup=["patient,day,pain,returned"])
    assert all(one.followup == () for one in found.patients)
    assert "nobody counts as followed up" in said(found)["no row below the heading"][2]


def test_answers_of_strangers_are_left_out_and_said(tmp_path):
    found = read(tmp_path, *USUAL, followup=["patient,day,pain", "p1,90,3", "zz,90,3"])
    assert said(found)["answers of patients who are not in the visits"][:2] == (1, (3,))
    assert found.patients[1].followup[0].pain == 3


def test_an_answer_from_before_the_first_visit_is_refused(tmp_path):
    message = refused(tmp_path, *USUAL, followup=["patient,day,pain", "p1,-9,3"])
    assert "/followup.csv:2: is before the patient's first visit" in message


def test_a_modality_that_the_scenario_lacks_is_refused_and_the_right_one_suggested(tmp_path):
    message = refused(tmp_path, *USUAL, "q,0,dry needeling,5,yes", "q,7,dry needeling,5,yes", "r,0,cupping,5,yes")
    first, second = message.split("\n")
    assert first.startswith("/visits.csv:42: modality: 'dry needeling' is none of the scenario")
    assert "(also in line 43)" in first
    assert "Did you mean 'dry_needling'?" in first
    assert second.startswith("/visits.csv:44: modality: 'cupping'")


def test_words_of_the_file_can_stand_for_modalities(tmp_path):
    meant = {"DN": "dry_needling", "Akup": "acupuncture", "kombi": "acupuncture+dry_needling"}
    rows = ["q,0,DN,5,yes", "q,7,DN+Akup,5,yes", "q,14,Kombi,4,yes", "q,21,None,4,yes"]
    found = read(tmp_path, *rows, modalities=meant)
    given = [visit.modalities for visit in found.patients[0].visits]
    assert given == [("dry_needling",), ("acupuncture", "dry_needling"), ("acupuncture", "dry_needling"), ()]


def test_a_profile_that_the_scenario_lacks_is_refused(tmp_path):
    message = refused(tmp_path, "q,0,dry_needling,5,yes,chronical", heading=f"{HEADING},profile")
    assert "profile: 'chronical' is none of the scenario" in message
    assert "Did you mean 'chronic'?" in message


def test_a_missed_visit_with_a_treatment_or_a_reading_is_missed(tmp_path):
    found = read(tmp_path, *USUAL, "q,0,dry_needling,5,yes", "q,7,dry_needling,4,no")
    visit = found.patients[-1].visits[1]
    assert (visit.attended, visit.modalities, visit.pain) == (False, (), None)
    assert said(found)["visits that were missed, with a treatment"][:2] == (1, (43,))
    assert said(found)["visits that were missed, with a reading of pain"][:2] == (1, (43,))


def test_an_appointment_to_come_is_left_out_and_said(tmp_path):
    found = read(tmp_path, *USUAL, "q,0,dry_needling,5,yes", "q,7,dry_needling,4,", "q,14,,,")
    assert [visit.day for visit in found.patients[-1].visits] == [0, 7]
    assert sum(count for what, (count, *_) in said(found).items() if "without a word on who came" in what) == 2


def test_without_a_word_on_who_came_every_row_is_a_visit(tmp_path):
    found = read(tmp_path, "q,0,dry_needling,5", "q,7,dry_needling,4", heading="patient,day,modality,pain")
    assert not found.has_attendance
    assert all(visit.attended for visit in found.patients[0].visits)
    assert said(found)["rows without a word on who came"][0] == 2


@pytest.mark.parametrize("missing", ["patient", "day", "modality", "pain"])
def test_a_column_that_is_missing_is_named(tmp_path, missing):
    names = HEADING.split(",")
    kept = [k for k, name in enumerate(names) if name != missing]
    rows = [",".join(row.split(",")[k] for k in kept) for row in USUAL]
    message = refused(tmp_path, *rows, heading=",".join(names[k] for k in kept))
    assert f"{missing} is missing" in message
    assert "/visits.csv:1:" in message


def test_a_column_can_have_another_name(tmp_path):
    rows = ["q,0,dry_needling,5,yes,9", "q,7,dry_needling,4,yes,9"]
    heading = "ID,Tag,modality,NRS before,attended,pain"
    found = read(tmp_path, *rows, heading=heading, columns={"patient": "id", "day": "TAG", "pain": "NRS_before"})
    assert [visit.pain for visit in found.patients[0].visits] == [5, 4]
    message = refused(tmp_path, *rows, heading=heading, columns={"patient": "id", "day": "TAG", "pain": "NRS befor"})
    assert "there is no column 'NRS befor'" in message
    assert "Did you mean 'NRS before'?" in message
    assert "there is no column 'pian'" in refused(tmp_path, *rows, heading=heading, columns={"pian": "NRS before"})


def test_dates_in_three_forms_are_refused_by_row(tmp_path):
    rows = ["q,2024-03-01,dry_needling,5,yes", "q,2024-03-08,dry_needling,5,yes", "q,15.03.2024,dry_needling,4,yes",
            "q,22/03/2024,dry_needling,4,yes"]  # fmt: skip
    first, second = refused(tmp_path, *rows, heading="patient,date,modality,pain,attended").split("\n")
    assert first.startswith(
        "/visits.csv:4: date: '15.03.2024' is written as day.month.year, 2 others as year-month-day"
    )
    assert second.startswith("/visits.csv:5: date: '22/03/2024' is written with slashes")


DATED = "patient,date,modality,pain,attended"


def dated(*dates):
    return [f"q{k},{date},dry_needling,5,yes" for k, date in enumerate(dates)]


def days(records):
    return [datetime.date.fromordinal(one.began).isoformat() for one in records.patients]


def test_the_day_stands_first_or_last_as_the_whole_column_says(tmp_path):
    found = read(tmp_path, *dated("03/04/2024", "25/04/2024"), heading=DATED)
    assert days(found) == ["2024-04-03", "2024-04-25"]
    found = read(tmp_path, *dated("03/04/2024", "04/25/2024"), heading=DATED)
    assert days(found) == ["2024-03-04", "2024-04-25"]


def test_dates_that_could_be_meant_in_two_ways_are_refused_unless_it_is_said(tmp_path):
    message = refused(tmp_path, *dated("03/04/2024", "05/04/2024"), heading=DATED)
    assert "/visits.csv:2: date: '03/04/2024' may be day/month or month/day" in message
    assert days(read(tmp_path, *dated("03/04/2024"), heading=DATED, dates="month-first")) == ["2024-03-04"]
    assert days(read(tmp_path, *dated("03/04/2024"), heading=DATED, dates="day-first")) == ["2024-04-03"]


def test_the_other_file_may_tell_which_way_dates_are_meant(tmp_path):
    later = ["patient,date,pain", "q0,25/06/2024,3"]
    assert days(read(tmp_path, *dated("03/04/2024"), heading=DATED, followup=later)) == ["2024-04-03"]


def test_dates_that_contradict_each_other_are_refused_with_the_row_that_shows_it(tmp_path):
    message = refused(tmp_path, *dated("13/04/2024", "25/04/2024", "04/25/2024"), heading=DATED)
    assert message.startswith("/visits.csv:4: date: '04/25/2024' can only have the month first")


@pytest.mark.parametrize("date", ["2024-02-30", "2023-02-29", "2024-13-01", "31.04.2024", "0204-01-01"])
def test_days_that_there_are_not_are_refused(tmp_path, date):
    message = refused(tmp_path, *dated(date), heading=DATED)
    assert "/visits.csv:2: date: there is no such day" in message


@pytest.mark.parametrize("date", ["soon", "2024-03", "yesterday", "12:30"])
def test_what_is_no_date_is_refused(tmp_path, date):
    assert "/visits.csv:3: date: must be a date" in refused(tmp_path, *dated("2024-03-01", date), heading=DATED)


def test_numbers_in_place_of_dates_are_explained(tmp_path):
    assert "--columns day=date" in refused(tmp_path, *dated("0", "7"), heading=DATED)


def test_many_faults_are_said_at_once_and_not_too_many(tmp_path):
    rows = [f"q,{7 * k},cure{k:02},5,perhaps{k}" for k in range(30)]
    lines = refused(tmp_path, *rows).split("\n")
    assert len(lines) == 21
    assert lines[-1] == "and 40 more faults of this kind"
    assert lines[0].startswith("/visits.csv:2:")


def test_a_decimal_comma_between_commas_is_explained(tmp_path):
    message = refused(tmp_path, *USUAL, "q,0,dry_needling,5,5,yes")
    assert "/visits.csv:42: has 6 cells; allowed: 5" in message
    assert "semicolons" in message


def test_an_export_with_all_of_it_at_once(tmp_path):
    text = (
        "Praxis Dr. Müller;;;;;\r\nExport vom 1.3.2025;;;;;\r\nPATIENT;DATE;MODALITY;PAIN;ATTENDED;REMARK\r\n"
        "(Nr.);(Tag);(was);(NRS);(ja/nein);\r\n"
        "Ä1;01.03.2024;Dry Needling;6,5;ja;\r\nÄ1;8.3.2024;dry_needling + Acupuncture;;ja;müde\r\n"
        "Ä1;15.3.2024;;;nein\r\n"
        "Ä2;01.03.2024;ACUPUNCTURE;7;JA;\r\n"
    )
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        found = read_records(written(tmp_path, text.encode(encoding)), **KNOWN)
        one, two = found.patients
        assert [visit.day for visit in one.visits] == [0, 7, 14]
        assert [visit.pain for visit in one.visits] == [6.5, None, None]
        assert one.visits[1].modalities == ("acupuncture", "dry_needling")
        assert (one.name, two.visits[0].pain, found.step) == ("Ä1", 7.0, 0.5)
        assert said(found)["lines about the table that hold no row"] == (3, (1, 2, 4), "passed over")
        assert "REMARK" in next(what for what in said(found) if what.startswith("columns"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"), (b"\n\n", "is empty"), (b"patient,day,modality,pain\n", "no row below its heading"),
        (b"\xff\xfeab", "is missing"), (b"PK\x03\x04abc", "is missing"), (b"a\0b\0c\xd8", "is no text"),
    ],
)  # fmt: skip
def test_files_that_are_no_tables_are_refused_in_one_message(tmp_path, content, message):
    with pytest.raises(UsageError, match=message):
        read_records(written(tmp_path, content), **KNOWN)


def test_a_directory_without_visits_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no visits\.csv"):
        read_records(tmp_path)
    with pytest.raises(UsageError, match="there is no such file"):
        read_records(tmp_path / "none.csv")


def test_an_empty_patient_is_refused(tmp_path):
    assert "/visits.csv:42: patient: must not be empty" in refused(tmp_path, *USUAL, ",0,dry_needling,5,yes")


def test_readings_finer_than_half_points_are_rounded_and_said(tmp_path):
    found = read(tmp_path, "q,0,dry_needling,6.7,yes", "q,7,dry_needling,5.2,yes")
    assert [visit.pain for visit in found.patients[0].visits] == [6.5, 5.0]
    assert said(found)["readings in finer steps than half points"][0] == 2


def test_the_order_of_rows_makes_no_difference(tmp_path):
    odd = [*USUAL, "p3,7,acupuncture,2,yes", USUAL[5], "q,0,,,no", "q,9,dry_needling,11,yes", "r,-3,dry_needling,1,yes"]
    one = read(tmp_path, *odd)
    for seed in range(5):
        other = read(tmp_path, *random.Random(seed).sample(odd, len(odd)))
        assert (other.patients, other.sha256, other.step) == (one.patients, one.sha256, one.step)
        assert [(f.what, f.count, f.done) for f in other.findings] == [(f.what, f.count, f.done) for f in one.findings]


def test_a_hundred_thousand_patients_take_bounded_time_and_memory(tmp_path):
    import tracemalloc

    luck = random.Random(1)
    rows = [
        f"p{i:06},{7 * k},dry_needling,{luck.randint(0, 10)},{'yes' if k == 0 or luck.random() < 0.9 else 'no'}"
        for i in range(100_000) for k in range(3)
    ]  # fmt: skip
    rows = [row if row.endswith("yes") else row.rsplit(",", 3)[0] + ",,,no" for row in rows]
    file = written(tmp_path, "\n".join([HEADING, *rows]))
    begin = time.process_time()
    found = read_records(file, **KNOWN)
    assert time.process_time() - begin < 30
    assert len(found.patients) == 100_000
    del found
    tracemalloc.start()
    read_records(written(tmp_path, "\n".join([HEADING, *rows[:30_000]])), **KNOWN)
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


def test_faults_are_of_the_kind_that_lists_them(tmp_path):
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, "q,0,cupping,5,perhaps")
    assert len(error.value.faults) == 2


def workbook(place, sheets, name="visits.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(place / name)
    return place / name


def test_a_workbook_is_read_from_the_sheet_that_has_the_visits(tmp_path):
    day = datetime.datetime(2024, 3, 1, 9, 30)
    rows = [["Export"], [], HEADING.replace("day", "date").split(","), ["q", day, "dry_needling", 6.5, True],
            ["q", day + datetime.timedelta(7), None, None, False], [12, day, "acupuncture", "5,5", "ja"]]  # fmt: skip
    found = read_records(workbook(tmp_path, {"Notes": [["hello"]], "Visits": rows}), **KNOWN)
    one, two = found.patients
    assert (one.name, two.name) == ("12", "q")
    assert [(visit.day, visit.pain, visit.attended) for visit in two.visits] == [(0, 6.5, True), (7, None, False)]
    assert one.visits[0].pain == 5.5
    assert one.began == datetime.date(2024, 3, 1).toordinal()


def test_a_workbook_of_two_tables_of_visits_is_refused(tmp_path):
    rows = [HEADING.split(","), ["q", 0, "dry_needling", 6, "yes"]]
    with pytest.raises(UsageError, match="the sheets 'A', 'B' all have 5 of the columns"):
        read_records(workbook(tmp_path, {"A": rows, "B": rows}), **KNOWN)


def test_faults_in_a_workbook_name_sheet_and_row(tmp_path):
    rows = [HEADING.split(","), ["q", 0, "cupping", 6, "yes"], ["q", 7, "cupping", 6, "yes"]]
    with pytest.raises(UsageError, match=r"visits.xlsx: sheet 'A', row 2: modality: 'cupping'.*\(also in row 3\)"):
        read_records(workbook(tmp_path, {"A": rows}), **KNOWN)


def test_a_formula_that_was_never_worked_out_is_refused(tmp_path):
    rows = [HEADING.split(","), ["q", 0, "dry_needling", "=2+3", "yes"]]
    with pytest.raises(UsageError, match="row 2: holds a formula without its result"):
        read_records(workbook(tmp_path, {"A": rows}), **KNOWN)


def test_dates_and_texts_that_look_like_dates_in_one_column_of_a_workbook_are_refused(tmp_path):
    """So a spreadsheet leaves dates of another country: those it could turn round as dates, the rest as text."""
    rows = [HEADING.replace("day", "date").split(","), ["q", datetime.date(2024, 4, 3), "dry_needling", 6, "yes"],
            ["r", "04/25/2024", "dry_needling", 6, "yes"]]  # fmt: skip
    with pytest.raises(UsageError, match="row 3: date: '04/25/2024' is written with slashes"):
        read_records(workbook(tmp_path, {"A": rows}), **KNOWN)


def test_further_answers_on_one_day_are_taken_as_one_and_said_once(tmp_path):
    later = ["patient,day,pain,returned", *(f"p{k},90,{pain},{back}" for k in range(3) for pain, back in
             ((3, "no"), (4, "yes"))), "p4,90,2,no", "p4,90,2,no"]  # fmt: skip
    found = read(tmp_path, *USUAL, followup=later)
    assert [(one.pain, one.returned) for one in found.patients[0].followup] == [(None, True)]
    assert [(one.pain, one.returned) for one in found.patients[4].followup] == [(2, False)]
    assert [one.count for one in found.findings] == [1, 3]
