"""Standard output that is full, no longer read or not there, and nobody to tell: one line, the exit code, no harm."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.functional.commands import PROGRAM, WRITING, begun, broken, ended, is_complete, left_in

FULL = "error: standard output cannot be written: No space left on device\n"
UNREAD = "error: standard output was closed before everything was printed\n"
RUN = (*WRITING["run"], "--out", "there", "--workers", "1")


@pytest.mark.parametrize(("way", "said"), [("full", FULL), ("unread", UNREAD)])
@pytest.mark.parametrize("words", [RUN, ("schema",), ("--help",)], ids=lambda words: words[0])
def test_output_that_cannot_be_printed_is_said_and_what_was_written_stays(tmp_path, words, way, said):
    code, _, err = ended(words, tmp_path, preexec_fn=broken(way))
    assert (code, err) == (1, said)
    if words is RUN:
        assert left_in(tmp_path) == ["there"]
        assert is_complete(tmp_path / "there")


def test_a_reader_that_has_seen_enough_is_no_alarm_in_a_shell(tmp_path):
    line = f'{PROGRAM[0]} -c "{PROGRAM[2]}" schema | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "{"
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] in ("0", "1")  # all of it may have fitted into the pipe


@pytest.mark.parametrize("way", ["closed", "full", "unread"])
def test_nobody_to_tell_changes_no_exit_code(tmp_path, way):
    for code, words in ((2, ("check", "acute.yaml", "--set", "seed=x")), (2, ("--nonsense",)), (0, ("schema",))):
        assert ended(words, tmp_path, stderr=None, preexec_fn=broken(way, 2))[0] == code, words


def test_a_run_with_no_stream_at_all_writes_whole_files(tmp_path):
    """As on Windows, where a program without a console has none."""

    def close_all():
        for descriptor in range(3):
            os.close(descriptor)

    process = begun(RUN, tmp_path, stdin=None, stdout=None, stderr=None, preexec_fn=close_all)
    assert process.wait(timeout=300) == 0
    assert left_in(tmp_path) == ["there"]
    assert is_complete(tmp_path / "there")
