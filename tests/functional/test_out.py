"""`--out` and names of scenarios: the right place or a clear refusal, and nobody's files ever touched."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sim.cli.main import main
from sim.errors import OutputError
from sim.output.directory import output_directory
from tests.functional.commands import ended, is_complete, is_one_message

FAST = ("--config", "acute.yaml", "--patients", "20", "--workers", "1", "--quiet")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a directory to be in, beside one with somebody's things, which is home."""
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home, here, here / "configs"):
        folder.mkdir()
    (home / "letters.txt").write_text("mine")
    (here / "configs" / "mine.yaml").write_text("extends: acute.yaml\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path.parent))  # matplotlib may be loaded only now
    monkeypatch.chdir(here)
    return here


def simulate(*words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


def tree(folder):
    """Return everything in a directory, links as links, with the content of files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        found[inside] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


REFUSED = {
    "/": "holds the directory where you are",
    ".": "is where you are",
    "..": "holds the directory where you are",
    "x/..": "is where you are",
    "../here": "is where you are",
    "../here/": "is where you are",
    "../../../../../../../../../..": "holds the directory where you are",
    "": "names no directory",
    "  ": "names no directory",
    "../home": "is your home directory",
    "../home/letters.txt": "is a file",
    "../home/letters.txt/below": "cannot be written",
    "configs": "holds something that is not an earlier run (mine.yaml)",
    "configs/../configs": "holds something that is not an earlier run (mine.yaml)",
    "/usr": "holds something that is not an earlier run (",
    "/etc": "holds something that is not an earlier run (",
    "/proc": "is where a disk is mounted",
    "/dev/null": "is a file",
    "x" * 300: "File name too long",
    "x" * 250: "File name too long",
    "a/" * 3000 + "b": "File name too long",
    "nul\0nul": "cannot be written: embedded null byte",
    "run ": "ends in a dot or a space, which Windows drops",
    "link_to_home": "is your home directory",
    "link_to_configs": "holds something that is not an earlier run (mine.yaml)",
    "link_to_nowhere": "is a link to nowhere",
    "link_to_itself": "is a link to nowhere",
}


@pytest.mark.parametrize("out", REFUSED, ids=lambda out: repr(out[:30]))
def test_a_place_that_is_not_free_is_refused_and_nothing_changes(place, capsys, out):
    (place / "link_to_home").symlink_to("../home")
    (place / "link_to_configs").symlink_to("configs")
    (place / "link_to_nowhere").symlink_to("nowhere")
    (place / "link_to_itself").symlink_to("link_to_itself")
    before = tree(place.parent)
    assert simulate(*FAST, "--out", out) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert REFUSED[out] in " ".join(said.err.split()).replace("( ", "(")
    assert "Traceback" not in said.err
    assert tree(place.parent) == before


@pytest.mark.parametrize("out", ["a\nb", "ü 针灸 'q' \"d\"", "--", "$(id)", "\u202egnp", "a/b/c", "~", ".hidden"])
def test_an_odd_name_is_a_name(place, capsys, out):
    """What the shell has not made something else of is taken as it is."""
    assert simulate(*FAST[:-1], f"--out={out}") == 0
    assert is_complete(place / out)
    said = capsys.readouterr()
    assert said.err == ""
    (line,) = (line for line in said.out.splitlines() if line.startswith("report: "))
    assert line.isprintable()


def test_a_run_replaces_the_run_that_a_link_leads_to_and_keeps_the_link(place):
    assert simulate(*FAST, "--out", "../home/run") == 0
    (place / "link").symlink_to("../home/run")
    assert simulate(*FAST, "--seed", "5", "--out", "link") == 0
    assert (place / "link").is_symlink()
    assert is_complete(place.parent / "home" / "run")
    assert json.loads((place / "link" / "manifest.json").read_text())["seed"] == 5
    assert sorted(path.name for path in (place.parent / "home").iterdir()) == ["letters.txt", "run"]


def add_link(folder):
    (folder / "link").symlink_to("summary.csv")


def add_link_to_a_directory(folder):
    (folder / "figures" / "more").symlink_to("../../../home")


def add_directory(folder):
    (folder / "mine").mkdir()


def add_file_below(folder):
    (folder / "figures" / "deep").mkdir()
    (folder / "figures" / "deep" / "x").write_text("")


def put_a_link_in_place_of_a_file(folder):
    (folder / "summary.csv").rename(folder.parent / "kept.csv")
    (folder / "summary.csv").symlink_to("../kept.csv")


@pytest.mark.parametrize(
    "change", [add_link, add_link_to_a_directory, add_directory, add_file_below, put_a_link_in_place_of_a_file]
)
def test_anything_added_to_an_earlier_run_keeps_it(place, capsys, change):
    assert simulate(*FAST, "--out", "run") == 0
    change(place / "run")
    before = tree(place.parent)
    assert simulate(*FAST, "--seed", "5", "--out", "run") == 2
    assert "holds something that is not an earlier run" in capsys.readouterr().err
    assert tree(place.parent) == before


def test_a_manifest_of_somebody_elses_program_makes_nothing_ours(place, capsys):
    (place / "theirs").mkdir()
    for content in ("{}", '{"program": "other", "files": {"a": ""}}', "[1]", "{", "[" * 100_000):
        (place / "theirs" / "manifest.json").write_text(content)
        assert simulate(*FAST, "--out", "theirs") == 2
        assert "manifest.json" in capsys.readouterr().err
        assert (place / "theirs" / "manifest.json").read_text() == content


def test_an_empty_directory_keeps_who_may_use_it(place):
    (place / "empty").mkdir()
    (place / "empty").chmod(0o2770)
    assert simulate(*FAST, "--out", "empty") == 0
    assert is_complete(place / "empty")
    assert (place / "empty").stat().st_mode & 0o7777 == 0o2770


def test_a_mounted_disk_is_refused_itself_and_takes_a_directory(place, capsys):
    disk = place / "a disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("the tests may not mount a disk here")
    try:
        assert simulate(*FAST, "--out", "a disk") == 2
        assert "is where a disk is mounted, which cannot be replaced; name a directory in it" in capsys.readouterr().err
        assert simulate(*FAST, "--out", "a disk/run") == 0
        (place / "link").symlink_to("a disk/run")
        assert simulate(*FAST, "--out", "link") == 0, "the other disk's directory is replaced on the other disk"
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_checkpoint_takes_no_strangers_with_it(place):
    kept = place / "outputs" / ".acute.checkpoint"
    kept.mkdir(parents=True)
    (kept / "mine.txt").write_text("mine")
    (kept / "part.checkpoint").write_bytes(b"")
    assert simulate(*FAST) == 0
    assert [path.name for path in kept.iterdir()] == ["mine.txt"]


NAMES = ["..yaml", "...yaml", ".yaml", ".hidden.yaml", "a\nb.yaml", "\u202eb.yaml"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
@pytest.mark.parametrize(
    "words",
    [
        ("--config", "NAME", "--patients", "9000000000"),
        ("value", "--table", "NAME"),
    ],
    ids=["run", "value"],
)
def test_a_name_that_cannot_be_a_directorys_is_refused(place, capsys, name, words):
    (place / name).write_text("extends: acute.yaml\n")
    code = simulate(*(word.replace("NAME", name) for word in words))
    said = capsys.readouterr().err
    assert code == 2
    assert "cannot be the name of an output directory; choose one with --out" in said or "value" in words
    assert not (place / "outputs").exists()
    assert is_one_message(said)


@pytest.mark.parametrize("name", [".yaml", "a\nb.yaml"], ids=repr)
def test_the_same_with_a_directory_chosen_is_a_run(place, name):
    (place / name).write_text("extends: acute.yaml\ncohort: {size: 20}\n")
    assert simulate("--config", name, "--workers", "1", "--quiet", "--out", "there") == 0
    assert is_complete(place / "there")
    assert simulate("reproduce", "there", "--quiet") == 0


@pytest.mark.parametrize("name", ["a/b", "x'y $(id)", "ü", "a.b.yaml", "-x"])
def test_an_odd_name_of_a_scenario_stays_within_outputs(place, name):
    file = place / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("extends: acute.yaml\ncohort: {size: 20}\n")
    for words in ((f"--config={name}.yaml",), ("compare", "--patients", "20", "--", f"{name}.yaml", "acute.yaml")):
        assert simulate(*words[:1], "--quiet", "--workers", "1", *words[1:]) == 0
    outputs = sorted(path for path in (place / "outputs").iterdir())
    assert len(outputs) == 2
    assert Path(name).name.removesuffix(".yaml") in [path.name.removesuffix(".yaml") for path in outputs]
    assert all(is_complete(path) for path in outputs)


def test_an_argument_that_is_no_text_is_refused(tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.yaml")).write_text("extends: acute.yaml\n")
    for words in ((b"--config", b"a\xff.yaml"), (b"check", b"a\xff.yaml"), (b"schema", b"--out\xff")):
        code, out, err = ended([os.fsdecode(word) for word in words], tmp_path)
        assert (code, out) == (2, "")
        assert err.endswith("\\udcff.yaml: is not text in UTF-8\n") or "\\udcff: is not text" in err
        assert is_one_message(err)


def test_a_place_taken_while_a_run_was_made_is_refused_at_the_end(place):
    run = output_directory(Path("run"))
    run.__enter__()
    Path("run").mkdir()
    Path("run/mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something that is not an earlier run"):
        run.__exit__(None, None, None)
    assert tree(place / "run") == {"mine.txt": b"mine"}
