"""What the terminal shows of a calibration: claims, values reached with their errors, and the parameters found."""

from __future__ import annotations

import math

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.report.run.terminal import console_for
from sim.report.words.claims import assumed_effects, missed_sentences, no_effect, own_against_article
from sim.scenario.schema import Scenario
from sim.study.check import CheckedCalibration
from sim.units import NOT_REACHED, UNDEFINED


def print_calibration(scenario: Scenario, checked: CheckedCalibration) -> None:
    """Print claims, values reached with their errors, and the parameters found."""
    console = console_for()
    console.print("Claims and what the calibrated model reaches", style="bold")
    console.print(_claims(checked))
    console.print("A range aims at its middle. The check runs random patients through the whole model.", style="dim")
    console.print()
    words = [
        *assumed_effects(scenario),
        *filter(None, (own_against_article(scenario, checked.calibration),)),
        *no_effect(scenario, checked.calibration),
    ]
    for sentence in (*words, *missed_sentences(checked.calibration)):
        console.print(escape(sentence), soft_wrap=True)
    if words or checked.calibration.missed:
        console.print()
    console.print("Parameters", style="bold")
    parameters = Table(box=SIMPLE_HEAD, pad_edge=False)
    parameters.add_column("modality")
    for column in ("ceiling (share)", "half-life (visits)", "satisfied from (points)", "relapse scale (days)"):
        parameters.add_column(column, justify="right")
    for name, values in checked.calibration.parameters.items():
        parameters.add_row(
            name,
            f"{values.ceiling:.4f}",
            f"{values.half_life:.3f}",
            _known(values.satisfaction_threshold, 3),
            _known(values.relapse_scale, 1),
        )
    console.print(parameters)
    natural = Table(box=SIMPLE_HEAD, pad_edge=False)
    natural.add_column("natural course")
    for column in ("plateau (share)", "time constant (days)"):
        natural.add_column(column, justify="right")
    for name, means in checked.calibration.natural.items():
        natural.add_row(name, f"{means.plateau:.4f}", f"{means.time_constant:.2f}")
    console.print(natural)


def _claims(checked: CheckedCalibration) -> Table:
    claims = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    claims.add_column("of", overflow="fold", min_width=8)  # names may be long
    claims.add_column("claim", overflow="fold", min_width=len("pain_left day_182"))
    claims.add_column("unit", min_width=len("points"))
    for column in ("claimed", "doubt", "reached", "sd off", f"checked on\n{checked.patients:,} patients"):
        claims.add_column(column, justify="right", no_wrap=True)
    for claim in checked.claims:
        found, simulated = claim.result, claim.simulated
        span, off = found.claimed.range, f"{round(found.off, 2) + 0.0:+.2f}" if math.isfinite(found.off) else UNDEFINED
        error = f" ± {simulated.mc_error:.4f}" if math.isfinite(simulated.estimate + simulated.mc_error) else ""
        claims.add_row(
            found.modality or found.profile,
            found.name if found.modality else f"pain_left {found.name}",
            found.claimed.unit.removeprefix("NRS "),
            f"{span[0]:g} to {span[1]:g}" if span else f"{found.value:g}",
            f"{found.doubt:.3g}",
            _reached(found.reached),
            off if found.is_target else "no target",
            "" if math.isnan(simulated.estimate) else f"{_reached(simulated.estimate)}{error}",
        )
    return claims


def _reached(value: float) -> str:
    return NOT_REACHED if math.isinf(value) else f"{value:.4f}"


def _known(value: float, decimals: int) -> str:
    """Return a parameter; a dash for one that nothing is known of, so that the others' stands for it."""
    return f"{value:.{decimals}f}" if math.isfinite(value) else UNDEFINED
