"""`simulate reproduce MANIFEST`: run again what a manifest describes, and compare file by file."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from sim.cli.options import output_place
from sim.errors import CoursesimError, UsageError, visible
from sim.output.directory import MANIFEST, changed_since, read_manifest

_BREAKS = frozenset("\x85\u2028\u2029\ufeff")
_TOKEN = re.compile(r"\\u[0-9a-f]{4}|\\.|[^\\]")
_PIECE = 2000
_CONTINUED = "\\\n"
"""In a text in double quotes, a line end that is not part of it."""

REPEATABLE = ("clinic", "compare", "optimise", "sensitivity", "value")
NOT_RECORDED = {
    "--executor", "--format", "--help", "--json", "--out", "--quiet", "--resume", "--save-patients", "--scheduler",
    "--strict", "--version", "--workers", "-h",
}  # fmt: skip
"""Options that make no difference to the numbers: no run of ours puts them into its manifest."""


@click.command("reproduce", short_help="Run again what a manifest describes, and compare every file.")
@click.argument("file", metavar="MANIFEST", type=click.Path(path_type=Path))
@click.option("--out", metavar="DIR", help="Keep the new run in this directory.  [default: it is not kept]")
@click.option("--workers", type=click.IntRange(1, 256), help="Parallel workers; the results do not depend on it.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(file: Path, out: str | None, workers: int | None, quiet: bool) -> None:
    """Run again what the manifest of an output directory describes, and compare the files hash by hash.

    The scenario is the one that the manifest holds, whatever became of its file; a comparison reads its files again.
    Ends with 0 if every file came out the same, with 1 if one did not, and says which version differs.
    """
    if file.is_dir():
        file = file / MANIFEST
    manifest = read_manifest(file)
    if changed := changed_since(file.parent, manifest["files"]):
        raise UsageError(
            f"{file}: {', '.join(sorted(changed))}: not what was written with this manifest; "
            "the file or its hash has been changed since"
        )
    words = _words(file, manifest)
    with tempfile.TemporaryDirectory(prefix="coursesim-") as space, _recorded(manifest, words, Path(space)):
        target = Path(space) / "again" if out is None else output_place(out, "")
        options = [*_options_for(manifest["files"]), "--out", str(target), "--quiet"]
        if workers is not None:
            options += ["--workers", str(workers)]
        from sim.cli.main import cli

        cli.main(args=[*words, *options], prog_name="simulate", standalone_mode=False)
        again = read_manifest(target / MANIFEST)
    differing = sorted(
        name
        for name in manifest["files"].keys() | again["files"].keys()
        if manifest["files"].get(name) != again["files"].get(name)
    )
    facts = sorted(_facts(manifest) | _facts(again))
    changed = [name for name in facts if manifest.get(name) != again.get(name)]
    if changed and not differing:  # where files differ, so may what is said of them
        raise UsageError(
            f"{file}: {', '.join(changed)}: not what the recorded command and scenario give; "
            "the manifest has been changed since"
        )
    if not quiet:
        _report(manifest, again, differing)
    if differing:
        raise CoursesimError(
            f"{', '.join(differing[:3])}{', ...' if len(differing) > 3 else ''}: did not come out the same"
        )


def _facts(manifest: dict[str, Any]) -> set[str]:
    """Return the entries that follow from command and scenario, and say what was run."""
    return manifest.keys() - {"program", "version", "versions", "created", "files", "configuration", "configurations"}


def _words(file: Path, manifest: dict[str, Any]) -> list[str]:
    """Return the arguments of the command that a manifest records; UsageError if it is not one to be repeated."""
    try:
        program, *words = shlex.split(manifest["command"])
    except ValueError:
        program, words = "", []
    # A manifest may come from anybody: what it asks for must be what a report says, and nothing else.
    asked = {word.partition("=")[0] for word in words if word.startswith("-")}
    if program != "simulate" or not words or words[0] not in ("--config", *REPEATABLE) or asked & NOT_RECORDED:
        raise UsageError(f"{file}: command: cannot be repeated; given {manifest['command'][:200]!r}")
    return words


@contextmanager
def _recorded(manifest: dict[str, Any], words: list[str], space: Path) -> Iterator[None]:
    """Have the recorded scenario read wherever the command names its file; only a comparison has several."""
    from sim.scenario.load import reading_instead

    name, configuration = manifest.get("scenario"), manifest.get("configuration")
    named = [word for word in words if not word.startswith("-") and Path(word).stem == name]
    if configuration is None or not named:
        yield
        return
    recorded = space / f"{name}.yaml"
    recorded.write_text(_as_yaml(configuration), encoding="utf-8")
    with reading_instead(dict.fromkeys(named, recorded)):
        yield


def _as_yaml(tree: Any) -> str:
    """Return a tree as YAML: as JSON, but with what YAML takes for the end of a line spelled out, and no long lines."""
    lines = json.dumps(tree, indent=0, ensure_ascii=False).split("\n")
    return "\n".join(_CONTINUED.join(_pieces(line)) if len(line) > _PIECE else line for line in map(_spelled, lines))


def _spelled(line: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if c in _BREAKS else c for c in line)


def _pieces(line: str) -> Iterator[str]:
    """Yield a line with a text in it in pieces, none of which cuts an escape in two or begins with a space."""
    tokens = _TOKEN.findall(line)
    for start in range(0, len(tokens), _PIECE):
        first, *others = tokens[start : start + _PIECE]
        yield "".join(["\\ " if start and first == " " else first, *others])


def _options_for(files: dict[str, Any]) -> list[str]:
    """Return the options that made these files, which change no number and so are not in the command."""
    formats = [form for form in ("html", "docx") if f"report.{form}" in files]
    options = ["--format", ",".join(formats)] if formats else []
    return [*options, "--save-patients"] if "patients.parquet" in files else options


def _report(manifest: dict[str, Any], again: dict[str, Any], differing: list[str]) -> None:
    files = manifest["files"]
    same = len(files) - len(set(differing) & set(files))
    click.echo(f"{visible(manifest['command'])}: {same} of {len(files)} files the same")
    for name in differing:
        what = "is new" if name not in files else "was not made" if name not in again["files"] else "differs"
        click.echo(f"  {visible(name)}: {what}")
    ours, theirs = ({"coursesim": one["version"], **one["versions"]} for one in (again, manifest))
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            click.echo(visible(f"  {name}: {theirs.get(name, 'none')} then, {ours.get(name, 'none')} now"))
    if differing:
        for entry in ("configuration", "configurations"):
            if manifest.get(entry) != again.get(entry):
                click.echo("  the scenario files have changed since")
