"""`simulate new NAME`: a commented scenario to start from."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TextIO

import click

from sim.errors import UsageError, WriteError
from sim.output.names import fault_of_name
from sim.output.signals import undisturbed

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

    Both are written or none. Raises UsageError for a name that cannot be a file's, and rather than overwrite a
    scenario.
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
    if fault := fault_of_name(stem):
        raise UsageError(f"{name!r} {fault}; give a name such as my_clinic")
    if not os.path.isdir(file.parent):  # noqa: PTH112 (false too where the path is too long to be one)
        raise UsageError(f"{file}: there is no directory {file.parent}")
    schema = file.with_name(SCHEMA_FILE)
    texts = {file: starter(stem)} | ({} if schema.exists() else {schema: schema_text()})
    made: list[Path] = []
    with undisturbed():
        try:
            for one, text in texts.items():
                with _opened(one) as stream:
                    made.append(one)
                    stream.write(text)
        except BaseException as error:
            for one in made:
                one.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise WriteError(f"{file}: cannot be written: {error.strerror or error}") from error
            raise
    return made


def _opened(file: Path) -> TextIO:
    """Return a new file to write to; UsageError if it cannot be made, or is there already."""
    try:
        return file.open("x", encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise UsageError(f"{file}: exists already; it is left as it is") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from error
