"""`simulate new NAME`: a commented scenario to start from."""

from __future__ import annotations

from pathlib import Path

import click

from sim.errors import UsageError

_ENDINGS = (".yaml", ".yml")
_LONGEST_NAME = 80


@click.command("new", short_help="Write a commented scenario to start from.")
@click.argument("name")
def command(name: str) -> None:
    """Write NAME.yaml, a commented scenario to start from, and beside it the schema for editors."""
    for file in written(name):
        click.echo(f"wrote {file}")
    click.echo("next: edit it, then `simulate check` and `simulate --config`")


def written(name: str) -> list[Path]:
    """Write the scenario, and the schema if there is none beside it; return the files written.

    Raises UsageError for a name that cannot be a file's, and rather than overwrite a scenario.
    """
    from sim.cli.schema import schema_text
    from sim.scenario.schema_json import SCHEMA_FILE
    from sim.scenario.starter import starter

    file = Path(name)
    if file.suffix not in _ENDINGS:
        file = file.with_name(f"{file.name}.yaml") if file.name else file
    stem = file.stem
    if not stem or stem.startswith((".", "-")) or not name.isprintable() or len(stem) > _LONGEST_NAME:
        raise UsageError(f"{name!r} cannot be the name of a scenario; give a name such as my_clinic")
    if not file.parent.is_dir():
        raise UsageError(f"{file}: there is no directory {file.parent}")
    _write_new(file, starter(stem))
    schema = file.with_name(SCHEMA_FILE)
    if schema.exists():
        return [file]
    _write_new(schema, schema_text())
    return [file, schema]


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file}: exists already; it is left as it is") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from error
