"""A table of arms: how it may be written, and what is refused by file and line."""

from __future__ import annotations

import math

import pytest

from sim.errors import UsageError
from sim.learn.arm_table import read_arms
from sim.learn.contrasts import effects_of

GOOD = """\
trial,year,arm,n,reduction,sd
A,2001,needle,50,2.0,2.0
A,2001,sham,50,1.0,2.0
B,2002,needle,40,2.5,2.0
B,2002,sham,40,1.2,2.0
"""


def read(tmp_path, text, **options):
    file = tmp_path / "arms.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_arms(file, **options)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(",", ";").replace("2.0", "2,0").replace("1.2", "1,2").replace("2.5", "2,5").replace("1.0", "1,0"),
        "\ufeff" + GOOD.replace("\n", "\r\n"),
        GOOD.replace("trial,year,arm", "Trial,Year,Arm").replace(",n,", ",N,"),
        GOOD.replace(",sd\n", ",sd,remark\n").replace(",2.0\n", ",2.0,whatever it is\n"),
    ],
    ids=["plain", "semicolons", "windows", "capitals", "another column"],
)
def test_tables_are_read_as_spreadsheets_write_them(tmp_path, text):
    asked = effects_of(read(tmp_path, text))
    assert (asked.question.of, asked.question.versus) == ("needle", "sham")
    assert asked.effects.trials == ("A 2001", "B 2002")
    assert asked.effects.values == pytest.approx([1.0, 1.3])
    assert asked.effects.errors == pytest.approx([math.sqrt(8 / 50), math.sqrt(8 / 40)])


def test_pain_left_and_changes_are_turned_to_falls(tmp_path):
    for name, sign in (("pain", -1), ("change", -1), ("reduction", 1)):
        asked = effects_of(read(tmp_path, GOOD.replace("reduction", name)))
        assert asked.effects.values == pytest.approx([sign * 1.0, sign * 1.3])


def test_columns_are_named_and_rows_chosen(tmp_path):
    text = (
        "study,who,NRS,spread,number,week\nA,needle,3,2,50,6\nA,sham,4,2,50,6\nB,needle,3,2,50,6\nB,sham,4,2,50,6\n"
        "A,needle,1,2,50,26\n"
    )
    names = {"trial": "study", "arm": "who", "pain": "NRS", "sd": "spread", "n": "number"}
    table = read(tmp_path, text, columns=names, only={"week": "6"})
    assert len(table.rows) == 4
    assert table.left_out == ("1 rows that --only does not ask for",)


def test_what_is_left_out_is_said(tmp_path):
    text = GOOD + "C,2003,needle,40,,2.0\nC,2003,sham,40,1.0,2.0\nD,2004,sham,40,1.0,2.0\n"
    asked = effects_of(read(tmp_path, text))
    assert len(asked.effects.names) == 2
    assert any("arms.csv:6: C 2003 has no value in column reduction" in note for note in asked.notes)
    assert "C 2003 has no arm with needle and is left out." in asked.notes
    assert "D 2004 has no arm with needle and is left out." in asked.notes


def test_several_arms_to_compare_with_are_taken_as_one(tmp_path):
    text = GOOD.replace("arm,n", "arm,treatment,n").replace("needle,", "needle,needle,").replace("sham,", "sham,sham,")
    asked = effects_of(read(tmp_path, text + "A,2001,sham two,sham,50,1.0,2.0\n"), "needle", "sham")
    assert asked.effects.values == pytest.approx([1.0, 1.3])
    assert asked.effects.errors[0] == pytest.approx(math.sqrt(4 / 50 + 4 / 100))
    assert any("taken as one" in note for note in asked.notes)


def test_nobody_or_everybody_gets_half_a_patient_and_it_is_said(tmp_path):
    text = "trial,arm,n,events\nA,x,10,0\nA,y,10,4\nB,x,20,5\nB,y,20,9\nC,x,9,0\nC,y,9,0\n"
    asked = effects_of(read(tmp_path, text))
    assert asked.effects.trials == ("A", "B")
    assert asked.effects.values[0] == pytest.approx(math.log(0.5 / 10.5) - math.log(4.5 / 6.5))
    assert any("half a patient" in note for note in asked.notes)
    assert any("C has nobody, or everybody" in note for note in asked.notes)


def test_differences_of_one_trial_need_what_they_share(tmp_path):
    text = "trial,arm,difference,error\nA,one,1.0,0.3\nA,two,1.2,0.3\nB,one,0.8,0.2\n"
    with pytest.raises(UsageError, match=r"arms.csv:2: A has 2 differences, which share an arm.*shared_error"):
        effects_of(read(tmp_path, text))
    text = (
        text.replace("error\n", "error,shared_error\n").replace("0.3\n", "0.3,0.2\n").replace("0.2\n", "0.2,0.1\n", 9)
    )
    text = text.replace("0.3,0.2,0.1", "0.3,0.2")
    effects = effects_of(read(tmp_path, text)).effects
    assert effects.covariance[0, 1] == pytest.approx(0.04)
    assert effects.covariance[2, 2] == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,50,2.0,0", "arms.csv:2", "column sd: must be above 0; given 0"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,,2.0,2.0", "arms.csv:2", "column n: is missing"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,50,2.0,", "arms.csv:2", "has no error"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,50,2.0 to 3.0,2.0", "arms.csv:2", "must be a number"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,1,2.0,2.0", "arms.csv:2", "column n: must be at least 2"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,-5,2.0,2.0", "arms.csv:2", "column n: must be above 0"),
        ("A,2001,needle,50,2.0,2.0", "A,2001,needle,50,2.0,2.0,9", "arms.csv:2", "has 7 columns; allowed: 6"),
        ("A,2001,sham", "A,2001,needle", "arms.csv:3", "is there twice (first in"),
        ("A,2001,needle", ",2001,needle", "arms.csv:2", "column trial: must not be empty"),
        ("A,2001,needle", "A,2001,", "arms.csv:2", "column arm: must not be empty"),
        ("trial,", "study,", "arms.csv:1", "column trial is missing in the heading, the first line"),
        ("reduction,sd", "relief,sd", "arms.csv:1", "needs one column with what was found"),
        ("reduction,sd", "reduction,pain", "arms.csv:1", "found: pain, reduction"),
        ("n,reduction", "sd,reduction", "arms.csv:1", "column sd is there twice"),
        ("trial,year,arm,n,reduction,sd\n", "trial,year,arm,n,reduction,sd\n,,,(count),(points),(points)\n",
         "arms.csv:2", "must be a number; given '(points)'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_file_and_line(tmp_path, old, new, place, words):
    assert old in GOOD
    with pytest.raises(UsageError) as error:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert place in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("cells", "words"),
    [("10,1.2", "column share: must be from 0 to 1; given 1.2"), (",0.4", "column n: is missing; a share needs")],
)
def test_shares_that_cannot_be_are_refused(tmp_path, cells, words):
    with pytest.raises(UsageError) as error:
        read(tmp_path, f"trial,arm,n,share\nA,x,{cells}\nA,y,10,0.5\n")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of": "needel"}, "Did you mean 'needle'?"),
        ({"versus": "sham"}, "name what is compared with --of"),
        ({"of": "needle", "versus": "needle"}, "must name another treatment"),
    ],
)
def test_treatments_that_the_table_lacks_are_refused(tmp_path, options, words):
    with pytest.raises(UsageError) as error:
        effects_of(read(tmp_path, GOOD), **options)
    assert words in str(error.value)


def test_one_trial_is_no_synthesis(tmp_path):
    with pytest.raises(UsageError, match=r"needs two trials at least; found: A 2001"):
        effects_of(read(tmp_path, "".join(GOOD.splitlines(keepends=True)[:3])))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00a", b"trial,arm\0,n\n"])
def test_what_is_no_table_is_refused(tmp_path, content):
    with pytest.raises(UsageError, match=r"arms.csv"):
        read(tmp_path, content)
