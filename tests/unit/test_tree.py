"""The reader of YAML: values by the 1.2 core schema, the place of every entry, and what it refuses."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sim.errors import ScenarioError, UsageError
from sim.scenario.tree import MAX_BYTES, Mark, parse_tree, read_tree


def faults(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_tree(text, "f.yaml")
    return caught.value.faults


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("0x1f", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("2024-01-02", "2024-01-02"),
        ("'1'", "1"),
        ('"true"', "true"),
        ('"\\u00e9"', "é"),
        ('"\\ud83d\\ude00"', "\U0001f600"),  # as JSON spells it
        ("dry needling", "dry needling"),
        ("[1, [a, {b: 2}]]", [1, ["a", {"b": 2}]]),
        ("{}", {}),
    ],
)
def test_values_follow_the_core_schema_of_yaml_1_2(written: str, value: object) -> None:
    read = parse_tree(f"key: {written}\n", "f.yaml").tree["key"]
    assert read == value
    assert type(read) is type(value)


def test_nan_is_read_as_nan() -> None:
    assert math.isnan(parse_tree(".nan", "f.yaml").tree)


def test_block_styles_give_the_same_tree_as_flow_style() -> None:
    block = "a:\n  - x\n  - b: |\n      one\n      two\n    c: >-\n      three\n      four\n"
    flow = '{a: [x, {b: "one\\ntwo\\n", c: "three four"}]}'
    assert parse_tree(block, "f").tree == parse_tree(flow, "f").tree


def test_every_entry_knows_the_place_of_its_key_and_value() -> None:
    text = "cohort: {size: 5}\narms:\n  - first\n  - second\nclaims:\n  x:\n    y: 3.8\n"
    places = parse_tree(text, "f.yaml").places
    assert places[("cohort",)] == (Mark("f.yaml", 1, 1), Mark("f.yaml", 1, 9))
    assert places[("cohort", "size")] == (Mark("f.yaml", 1, 10), Mark("f.yaml", 1, 16))
    assert places[("arms", 1)].value == Mark("f.yaml", 4, 5)
    assert places[("claims", "x", "y")] == (Mark("f.yaml", 7, 5), Mark("f.yaml", 7, 8))
    assert str(places[("claims", "x", "y")].value) == "f.yaml:7:8"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: duplicate key 'a' (first at 1:1)"),
        ("a: {b: 1, b: 2}\n", "f.yaml:1:11: duplicate key 'b' (first at 1:5)"),
        ("a: &x 1\n", "f.yaml:1:4: anchors (&x) are not allowed"),
        ("a: *x\n", "f.yaml:1:4: aliases (*x) are not allowed; write the value again"),
        ("a: !!int 3\n", "f.yaml:1:4: tags (!...) are not allowed"),
        ("a: ! 3\n", "f.yaml:1:4: tags (!...) are not allowed"),
        ("a: !!python/object:os.system {}\n", "f.yaml:1:4: tags (!...) are not allowed"),
        ("1: a\n", "f.yaml:1:1: a key must be text; put it in quotes"),
        ("true: a\n", "f.yaml:1:1: a key must be text; put it in quotes"),
        ("[a]: b\n", "f.yaml:1:1: a key must be text, not a mapping or a list"),
        ("a: 1\n--- \nb: 2\n", "f.yaml:2:1: a second document begins; a scenario is one document"),
        ("%YAML 1.1\n---\na: no\n", "f.yaml:2:1: directives (%...) are not allowed"),
        ("", "f.yaml:1:1: is empty"),
        ("# only a comment\n", "f.yaml:1:1: is empty"),
        ("a: 1\nb: \x07\n", "f.yaml:2:4: control character U+0007: a scenario is a plain text file"),
        ('a: "\\x1b[31m"\n', "f.yaml:1:4: control character in a text"),
        ('a: "\\ud800"\n', "f.yaml:1:4: control character in a text"),
        ('a: "\\ude00\\ud83d"\n', "f.yaml:1:4: control character in a text"),
        ("a: " + "9" * 5000 + "\n", "f.yaml:1:4: a number of 5,000 characters"),
        ("a: 0x" + "f" * 5000 + "\n", "f.yaml:1:4: a number of 5,002 characters"),
        ("a: " + "x" * 30_000, "f.yaml:1:1: a line of more than 20,000 characters"),
        ("a: " + "[" * 1000 + "\n", "f.yaml:1:43: nested more than 40 levels deep"),
        ("- " * 1000, "f.yaml:1:81: nested more than 40 levels deep"),
    ],
)
def test_what_a_scenario_does_not_need_is_refused_with_its_place(text: str, fault: str) -> None:
    assert faults(text) == [fault]


@pytest.mark.parametrize(
    "text", ["a: [1, 2\n", "a: b: c\n", "a: 'open\n", "a:\n\t- 1\n", "a: }\n", "%YAML 1.3\n---\na"]
)
def test_broken_yaml_is_one_line_with_a_place(text: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith("f.yaml:")
    assert "not readable as YAML" in fault
    assert "\n" not in fault


def test_escapes_that_are_no_character_are_refused() -> None:
    assert "not readable as YAML" in faults('a: "\\UFFFFFFFF"')[0]


def test_several_faults_are_reported_together() -> None:
    assert [fault.split(": ")[0] for fault in faults("a: 1\na: 2\nb: !x 3\nc: &y 4\n")] == [
        "f.yaml:2:1",
        "f.yaml:3:4",
        "f.yaml:4:4",
    ]


def test_merge_keys_are_ordinary_keys() -> None:
    assert parse_tree("<<: {a: 1}\n", "f").tree == {"<<": {"a": 1}}


def test_an_alias_bomb_stays_small() -> None:
    lines = ["a0: &a0 [x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    found = faults("\n".join(lines))
    assert len(found) <= 31
    assert max(map(len, found)) < 100


def test_too_many_entries_are_refused() -> None:
    assert "more than 100,000 entries" in faults("-\n" * 100_001)[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00a", "is not text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is not text in UTF-8"),
        (b"a: caf\xe9\n", "f.yaml:1: is not text in UTF-8"),
        (b"a: 1\x00\n", "control character U+0000"),
        (b"\x7fELF\x02\x01\x01", "control character U+007F"),
        (b"- a\n", "the top level must be a mapping"),
        (b"just words\n", "the top level must be a mapping"),
        (b"null\n", "the top level must be a mapping"),
        (b"", "is empty"),
    ],
)
def test_files_that_are_no_scenario_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_tree(file, "f.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read_tree(file, "f.yaml")
    assert document.tree == {"a": 1, "b": 2}
    assert document.places[("b",)].key == Mark("f.yaml", 2, 1)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(UsageError, match="too large for a scenario"):
        read_tree(file, "f.yaml")
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match="too large for a scenario"):
        read_tree(file, "f.yaml")


def test_a_directory_and_a_missing_file_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        read_tree(tmp_path, "here")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_tree(tmp_path / "none.yaml", "none.yaml")
