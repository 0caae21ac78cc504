"""Standard output that is closed, full or no longer read, and nobody to tell: one line, the exit code, no harm."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.functional.commands import (
    COMMANDS,
    PROGRAM,
    WRITING,
    begun,
    broken,
    ended,
    is_complete,
    is_one_message,
    left_in,
)

CLOSED = "error: standard output cannot be written: Bad file descriptor\n"
FULL = "error: standard output cannot be written: No space left on device\n"
UNREAD = "error: standard output was closed before everything was printed\n"
WAYS = {"closed": CLOSED, "full": FULL, "unread": UNREAD}
SHORT = [(name, list(WAYS)[number % len(WAYS)]) for number, name in enumerate(COMMANDS)]
REST = [(name, way) for name in COMMANDS for way in WAYS if (name, way) not in SHORT]
CASES = [*SHORT, *(pytest.param(*case, marks=pytest.mark.long) for case in REST)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("made")
    assert ended((*WRITING["run"], "--quiet", "--out", "made", "--workers", "1"), place)[0] == 0
    return place / "made"


def words_of(name, made):
    words = [str(made) if word == "MADE" else word for word in COMMANDS[name]]
    return [*words, *(("--out", "there", "--workers", "1") if name in WRITING else ())]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_output_that_cannot_be_printed_is_said_and_what_was_written_stays(tmp_path, made, name, way):
    code, _, err = ended(words_of(name, made), tmp_path, preexec_fn=broken(way))
    assert (code, err) == (1, WAYS[way])
    if name in WRITING:
        assert left_in(tmp_path) == ["there"]
        assert is_complete(tmp_path / "there")


def test_a_run_that_prints_nothing_needs_no_output(tmp_path):
    words = (*WRITING["run"], "--quiet", "--out", "there")
    assert ended(words, tmp_path, preexec_fn=broken("closed"))[::2] == (0, "")
    assert is_complete(tmp_path / "there")


def test_a_reader_that_has_seen_enough_is_no_alarm_in_a_shell(tmp_path):
    line = f'{PROGRAM[0]} -c "{PROGRAM[2]}" schema | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "{"
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] in ("0", "1")  # all of it may have fitted into the pipe


@pytest.mark.parametrize("way", ["closed", "full", "unread"])
def test_nobody_to_tell_changes_no_exit_code(tmp_path, way):
    for code, words in (
        (2, ("--config", "none.yaml")),
        (2, ("check", "acute.yaml", "--set", "seed=x")),
        (2, ("--nonsense",)),
        (0, ("schema",)),
        (0, (*WRITING["run"], "--out", "there", "--workers", "2")),
    ):
        assert ended(words, tmp_path, stderr=None, preexec_fn=broken(way, 2))[0] == code, words
    assert is_complete(tmp_path / "there")


def test_a_run_with_no_stream_at_all_writes_whole_files(tmp_path):
    """A file that is opened would take the number of a closed stream, and get what is printed."""

    def close_all():
        for descriptor in range(3):
            os.close(descriptor)

    process = begun(
        (*WRITING["run"], "--quiet", "--out", "there", "--workers", "2"), tmp_path,
        stdin=None, stdout=None, stderr=None, preexec_fn=close_all,
    )  # fmt: skip
    assert process.wait(timeout=300) == 0
    assert left_in(tmp_path) == ["there"]
    assert is_complete(tmp_path / "there")


def test_help_goes_wrong_in_one_line_too(tmp_path):
    for words in (("--help",), ("compare", "--help"), ("--version",)):
        code, _, err = ended(words, tmp_path, preexec_fn=broken("full"))
        assert (code, err) == (1, FULL)
        assert is_one_message(err)
