"""`simulate new NAME`: a commented scenario to start from, with what a person says of their own practice."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from sim.errors import UsageError, WriteError, visible
from sim.output.names import fault_of_name
from sim.output.signals import undisturbed

_ENDINGS = (".yaml", ".yml")
_LONGEST_NAME = 80

EPILOG = """\b
Examples:
  simulate new my_clinic
  simulate new my_clinic --currency EUR --visit-price 45 --no-shows 12%
  simulate new my_clinic --patients-are "acute=60%, chronic=30%, stress=10%"
  simulate new my_clinic --treatment "massage: minutes=30, price=40" \\
    --protocol "massage, 4 visits every 7 days, 2 boosters every 30 days"
"""


@click.command("new", short_help="Write a commented scenario to start from.", epilog=EPILOG)
@click.argument("name")
@click.option("--currency", metavar="CODE", help="What you charge in, as EUR; all prices are then yours.")
@click.option("--visit-price", metavar="AMOUNT", help="Price of a visit itself, whatever is done at it.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="TREATMENT=AMOUNT",
    help="What it costs on top of the visit; repeatable.",
)
@click.option("--patients-are", multiple=True, metavar="KIND=SHARE,...", help='Who comes, as "acute=60%, chronic=40%".')
@click.option("--offer", multiple=True, metavar="ARM,...", help="What is compared, of the protocols that come along.")
@click.option(
    "--treatment",
    "treatments",
    multiple=True,
    metavar="NAME:...",
    help='Your own treatment without needles, as "massage: minutes=30, price=40, removes=30%"; also half_after '
    "(visits), fades (days), acts_on (muscular, central); repeatable.",
)
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    metavar="NAME:...",
    help='Your own course, as "massage + exercise, 4 visits every 7 days, 2 boosters every 30 days"; repeatable.',
)
@click.option("--no-shows", metavar="PERCENT", help="Visits that patients miss, as 12%.")
@click.option("--clinic/--no-clinic", default=None, help="Plan a clinic too: waiting times, hours, rooms and money.")
@click.option("--new-patients", metavar="N", help="New patients of the clinic a week.  [default: 10]")
@click.option("--practitioners", metavar="N", help="Practitioners of the clinic.  [default: 2]")
@click.option("--hours", metavar="HOURS", help='When the clinic is open.  [default: "09:00-13:00, 14:00-18:00"]')
@click.option("--wage", metavar="AMOUNT", help="What an hour on duty costs the clinic; if not said, no margin is told.")
@click.option("--yes", is_flag=True, help="Ask nothing; what no option says is as in the program.")
def command(name: str, yes: bool, **given: Any) -> None:
    """Write NAME.yaml, a commented scenario to start from, and beside it the schema for editors.

    On a terminal it asks for what no option says.
    """
    from sim.cli.answered import answered
    from sim.scenario.answers import ClinicPlan, assumed_lines, cost_lines
    from sim.scenario.starter import checked_starter, shipped_scenario, starter

    file = file_of(name)
    shipped = shipped_scenario()
    answers = answered(given, shipped)
    if not yes and can_ask():
        from sim.cli.questions import asked

        answers = asked(answers, shipped)
    text = starter(file.stem, answers, shipped)
    scenario = checked_starter(file, text).scenario
    for one in written(file, text):
        click.echo(f"wrote {one}")
    for line in (*assumed_lines(answers.treatments), *cost_lines(scenario)):
        click.echo(visible(line))
    typed = shlex.quote(str(file))
    clinic = f", `simulate clinic {typed}`" if isinstance(answers.clinic, ClinicPlan) else ""
    click.echo(f"next: edit it, then `simulate check {typed}` and `simulate --config {typed}`{clinic}")


def can_ask() -> bool:
    """Tell whether somebody is there to answer: standard input and standard error are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def file_of(name: str) -> Path:
    """Return the file of a new scenario; UsageError for a name that cannot be a file's, or of a file that is there."""
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
    if os.path.lexists(file):
        raise _is_there(file)
    return file


def written(file: Path, text: str) -> Sequence[Path]:
    """Write a scenario, and the schema if there is none beside it; return the files written.

    Both are written or none. Raises UsageError rather than overwrite a scenario, WriteError if the disk is full.
    """
    from sim.cli.schema import schema_text
    from sim.scenario.schema_json import SCHEMA_FILE

    schema = file.with_name(SCHEMA_FILE)
    texts = {file: text} | ({} if schema.exists() else {schema: schema_text()})
    made: list[Path] = []
    with undisturbed():
        try:
            for one, content in texts.items():
                with _opened(one) as stream:
                    made.append(one)
                    stream.write(content)
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
        raise _is_there(file) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from error


def _is_there(file: Path) -> UsageError:
    return UsageError(f"{file}: exists already; it is left as it is")
