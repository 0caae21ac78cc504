"""`simulate trial`: what a trial would find, and how many patients it takes."""

from __future__ import annotations

import click

from sim.cli.options import keeping, output_place, replicating_options, resuming_option, saved_reports
from sim.cli.progress import Progress


@click.command("trial", short_help="Say what a trial would find, and how many patients it takes.")
@click.argument("file")
@click.option("--arms", metavar="A,B", help="The arms; one twice shows the type-I error.  [default: the scenario's]")
@click.option("--reference", metavar="ARM", help="What the others are compared with.  [default: the first arm]")
@click.option("--n", metavar="RANGE", help="Patients in each arm, as 20:400 or 50,100,200.  [default: 20:400]")
@click.option(
    "--outcome",
    metavar="NAMES",
    help="What is measured, as responder_day42 or responder with --days.  [default: the primary outcome]",
)
@click.option("--days", metavar="DAYS", help="Days of assessment, as 14,42,91.  [default: the outcome's]")
@click.option(
    "--analysis",
    metavar="NAME",
    help="ancova, difference, follow_up or odds_ratio.  [default: ancova of means, difference of shares]",
)
@click.option(
    "--hypothesis",
    metavar="NAME",
    help="superiority, non_inferiority or superiority_by_margin.  [default: superiority]",
)
@click.option("--margin", type=float, metavar="X", help="The difference that matters.  [default: the scenario's]")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Two-sided level of the tests.")
@click.option("--entry", type=float, metavar="POINTS", help="Only who reports so much pain.  [default: the scenario's]")
@click.option(
    "--allocation",
    type=float,
    default=1.0,
    show_default=True,
    metavar="X",
    help="Patients in the reference for each in another arm.",
)
@click.option("--dropout", metavar="SHARE", help="Assessments that are missing, as 0.15 or ARM=0.2,ARM=0.1.")
@click.option(
    "--missing", metavar="NAME", help="complete_cases, or no_change since the start.  [default: complete_cases]"
)
@click.option("--therapists", type=int, metavar="N", help="Therapists in each arm, whose patients are alike.")
@click.option("--icc", type=float, metavar="X", help="How alike: intraclass correlation.  [default: 0]")
@click.option("--therapist-sd", type=float, metavar="POINTS", help="Or the spread between therapists.")
@click.option("--clusters", metavar="NAME", help="Analyse therapists' means, or have them ignored.  [default: means]")
@click.option("--trials", type=int, metavar="N", help="Trials at the stated inputs.  [default: 2000]")
@click.option("--draws", metavar="N", help="Draws of the uncertain inputs, 0 for none.  [default: 200]")
@click.option("--trials-per-draw", type=int, metavar="N", help="Trials in each draw.  [default: 10]")
@click.option("--patients", hidden=True)
@replicating_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/trial-<name>]")
def command(
    file: str,
    arms: str | None,
    reference: str | None,
    n: str | None,
    outcome: str | None,
    days: str | None,
    analysis: str | None,
    hypothesis: str | None,
    margin: float | None,
    alpha: float,
    entry: float | None,
    allocation: float,
    dropout: str | None,
    missing: str | None,
    therapists: int | None,
    icc: float | None,
    therapist_sd: float | None,
    clusters: str | None,
    trials: int | None,
    draws: str | None,
    trials_per_draw: int | None,
    overrides: tuple[str, ...],
    evidence: str | None,
    seed: int | None,
    patients: str | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what a trial of the arms of the scenario in FILE would find, and how many patients it takes.

    The trial is done many times, each with patients of its own in every arm: power, and power over the doubt in the
    inputs (assurance), the type-I error, how wide the interval is, and all of it beside the textbook's formula.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    if patients is not None:
        raise click.UsageError("--patients is not used here; a trial has --n patients in each arm")
    scenario = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("trial", scenario.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.trial(
            scenario, arms=arms, reference=reference, n=n, outcome=outcome, days=days, analysis=analysis,
            hypothesis=hypothesis, margin=margin, alpha=alpha, entry=entry, allocation=allocation, dropout=dropout,
            missing=missing, therapists=therapists, icc=icc, therapist_sd=therapist_sd, clusters=clusters,
            trials=trials, draws=draws, trials_per_draw=trials_per_draw, seed=seed, workers=workers,
            progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.trial.terminal import print_trial

        print_trial(result, reports)
