"""`simulate reproduce MANIFEST`: run again what a manifest describes, and compare file by file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from sim.cli.options import output_place, saved_reports
from sim.cli.progress import Progress
from sim.errors import CoursesimError, UsageError, visible
from sim.output.directory import MANIFEST, changed_since, read_manifest, usable_place
from sim.report.command import command_line
from sim.report.document.formats import formats_among


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
    from sim.api.saved import again as made_again
    from sim.study.kept import nothing_kept

    with tempfile.TemporaryDirectory(prefix="coursesim-") as space, nothing_kept(), Progress(quiet) as progress:
        target = Path(space) / "again" if out is None else output_place(out, "")
        formats, patients = _written_as(manifest["files"])
        with usable_place(target):
            result = made_again(manifest, progress.part, workers)
            saved_reports(result, target, formats, progress, **({"patients": True} if patients else {}))
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
            f"{file}: {', '.join(changed)}: not what the recorded parameters and scenario give; "
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


def _written_as(files: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
    """Return in which formats these files were written, and whether with the patients."""
    return formats_among(files), "patients.parquet" in files


def _report(manifest: dict[str, Any], again: dict[str, Any], differing: list[str]) -> None:
    files = manifest["files"]
    same = len(files) - len(set(differing) & set(files))
    click.echo(f"{visible(command_line(manifest['parameters']))}: {same} of {len(files)} files the same")
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
