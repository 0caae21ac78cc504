"""`simulate`: the group, the default run, and what every error looks like."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from sim import __version__
from sim.cli.caches import find_caches
from sim.cli.limits import NO_THREAD, is_want_of_memory, refuse_too_little_memory
from sim.cli.options import executor_options, resuming_option, running_options
from sim.errors import EXIT_FAILURE, EXIT_INTERRUPTED, NO_NEW_THREAD, CoursesimError, UsageError, visible

__all__ = ["cli", "main"]

COMMANDS = {
    "budget": "Say what a change of treatments costs by year, and what it takes.",
    "calibrate": "Show the claims, what the model reaches, and the parameters found.",
    "checklist": "Fill in check lists of reporting standards.",
    "clinic": "Plan a clinic: waiting times, hours, rooms and money.",
    "compare": "Compare scenarios, varied values and evidence sets on the same patients.",
    "check": "Check a scenario and say what it is.",
    "describe": "Describe a clinic's records: who comes, how often, and how pain went.",
    "fit": "Learn a scenario's numbers from a clinic's records or from trials.",
    "new": "Write a commented scenario to start from.",
    "optimise": "Search a grid of protocols for the best one.",
    "outlook": "Say what the model expects of one patient, if the course goes on or stops.",
    "pool": "Pool the arms of several trials.",
    "reproduce": "Run again what a manifest describes, and compare every file.",
    "schema": "Print the JSON Schema of scenario files.",
    "sensitivity": "Say which inputs the result depends on, and when the choice would change.",
    "trial": "Say what a trial would find, and how many patients it takes.",
    "tune": "Tune a scenario with sliders, on a page in your browser.",
    "validate": "Hold the model against published trials.",
    "value": "Say what strategies, and knowing more, are worth.",
}

EPILOG = """\b
Examples:
  simulate --config acute.yaml
  simulate --config acute.yaml --set claims.dry_needling.pain_reduction=4.4
  simulate --config reference.yaml --patients 200000 --workers 2
  simulate --config acute.yaml --draws 1000
  simulate optimise acute.yaml --objective lasting_relief --budget 'cost<=400'
  simulate compare acute.yaml chronic.yaml stress.yaml
  simulate compare acute.yaml --vary protocols.combined.visits=4,6,8
  simulate clinic clinic.yaml --staff 1:6 --target "wait_p90_days<=7"
  simulate reproduce outputs/acute/manifest.json
  simulate new my_clinic
"""


class _LazyGroup(click.Group):
    """Loads a command's module when the command is used, so that help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"sim.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from sim.cli.meant import no_such_command

            raise no_such_command(args[0], args[1:], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config", metavar="FILE", help="Scenario to run: a file here, in configs/, or shipped with the program."
)
@running_options
@click.option("--precision", type=float, metavar="SE", help="Add patients until the primary difference is this sure.")
@click.option("--draws", metavar="N", help="Draw the uncertain inputs so many times, and report what they do.")
@click.option("--patients-per-draw", metavar="N", help="Patients in each draw.  [default: 1000]")
@click.option("--strict", is_flag=True, help="Fail if a claim is missed by more than its doubt.")
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/<config name>]")
@executor_options
@resuming_option
@click.option("--save-patients", is_flag=True, help="Also write patients.parquet, a row per patient and arm.")
@click.version_option(__version__, prog_name="simulate")
@click.pass_context
def cli(ctx: click.Context, /, config: str | None, **options: Any) -> None:
    """Simulate courses of treatment for back spasm and report what happens to the patients.

    Dry needling, acupuncture, both, or usual care: the scenario file says which, for whom and on what evidence.
    """
    if ctx.invoked_subcommand != "schema" and (config is not None or ctx.invoked_subcommand is not None):
        _refuse_to_be_nowhere()
        refuse_too_little_memory()
        find_caches()
    given = {name: value for name, value in options.items() if value not in (None, False, ())}
    if ctx.invoked_subcommand is not None:
        if config is not None or given:
            raise click.UsageError(f"options belong after the command: simulate {ctx.invoked_subcommand} ...")
        return
    if config is None:
        if given:
            raise click.UsageError("which scenario? Give --config FILE, for example --config acute.yaml")
        click.echo(ctx.get_help())
        return
    from sim.cli.run import run

    run(config, **options)


def _refuse_to_be_nowhere() -> None:
    """Raise UsageError if the directory one is in has been removed."""
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the directory you are in cannot be used: {error.strerror}; go to another one") from error


def _refuse_what_is_no_text(arguments: Sequence[str]) -> None:
    """Raise UsageError for an argument that is not UTF-8: manifests and reports say what was asked for."""
    for argument in arguments:
        if any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError(f"{visible(argument)[:200]}: is not text in UTF-8")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 failure, 2 usage or configuration, 130 interrupted."""
    try:
        _refuse_what_is_no_text(sys.argv[1:] if arguments is None else arguments)
        cli.main(args=arguments, prog_name="simulate", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CoursesimError as error:
        _fail(_with_notes(str(error), error), error.exit_code)
    except KeyboardInterrupt as error:
        _fail("; ".join(["interrupted", *getattr(error, "__notes__", [])]), EXIT_INTERRUPTED)
    except click.Abort:
        _fail("interrupted", EXIT_INTERRUPTED)
    except (MemoryError, ImportError, OSError) as error:
        if is_want_of_memory(error):
            _fail(_with_notes("out of memory", error), EXIT_FAILURE)
        if isinstance(error, ImportError):
            raise
        said = NO_THREAD if getattr(error, "errno", None) == errno.EAGAIN else str(error)
        _fail(_with_notes(said, error), EXIT_FAILURE)
    except RuntimeError as error:
        if NO_NEW_THREAD not in str(error):
            raise
        _fail(_with_notes(NO_THREAD, error), EXIT_FAILURE)
    sys.exit(0)


def _with_notes(message: str, error: BaseException) -> str:
    return "\n".join([message, *getattr(error, "__notes__", [])])


def _fail(message: str, code: int) -> NoReturn:
    for number, line in enumerate(message.split("\n")):
        click.echo(f"{'       ' if number else 'error: '}{visible(line)}", err=True)
    sys.exit(code)
