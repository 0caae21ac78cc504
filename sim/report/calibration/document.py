"""The report of a calibration: claims as they are met, what stands against them, and the parameters found."""

from __future__ import annotations

import math

from sim.report.document.document import Block, Cell, Document, Facts, Row, Section, Table, Text
from sim.report.document.sections import limits, made
from sim.report.words.claims import claim_sentences
from sim.report.words.numbers import format_count
from sim.scenario.schema import Scenario
from sim.study.check import CheckedCalibration, CheckedClaim
from sim.units import UNDEFINED


def calibration_document(checked: CheckedCalibration, scenario: Scenario, command: str) -> Document:
    """Return the report of a calibration that was checked on random patients."""
    said = claim_sentences(scenario, checked.calibration)
    opening: list[Block] = [Text(words) for words in said] or [Text("All claims are met within their doubts.", "lead")]
    return Document(
        scenario.title,
        "Calibration to claims",
        "",
        Facts((("Patients of the check", format_count(checked.patients)), ("Seed", str(scenario.seed)))),
        opening=(Section("summary", "In short", tuple(opening)),),
        sections=(
            Section("claims", "Claims and what the model reaches", (_claims(checked),)),
            Section("parameters", "Parameters found", (_parameters(checked), _natural(checked))),
            limits(),
            made(scenario, checked.patients, command),
        ),
    )


def _claims(checked: CheckedCalibration) -> Table:
    columns = ("Claim", "Claimed", "Doubt (sd)", "Reached", "Off, in doubts", "On random patients")
    return Table("How nearly each claim is met", columns, tuple(map(_claim, checked.claims)))


def _claim(one: CheckedClaim) -> Row:
    found = one.result
    span = found.claimed.range
    checked = one.simulated
    simulated = f"{checked.estimate:.3f} ± {checked.mc_error:.3f}" if math.isfinite(checked.estimate) else UNDEFINED
    cells = (
        f"{span[0]:g} to {span[1]:g}" if span else f"{found.value:g}",
        f"{found.doubt:.2g}",
        f"{found.reached:.3f}",
        f"{found.off:+.2f}" if found.is_target else "not a target",
        simulated,
    )
    head = found.name.replace("_", " ")
    return Row(head, tuple(map(Cell, cells)), found.claimed.unit, group=(found.modality or found.profile))


def _parameters(checked: CheckedCalibration) -> Table:
    columns = ("Modality", "Ceiling (share)", "Half-life (visits)", "Satisfied from (points)", "Relapse scale (days)")
    rows = (
        Row(name.replace("_", " "), tuple(Cell(_number(value)) for value in one))
        for name, one in checked.calibration.parameters.items()
    )
    return Table("What was found for each modality", columns, tuple(rows))


def _natural(checked: CheckedCalibration) -> Table:
    rows = (
        Row(name.replace("_", " "), tuple(Cell(_number(value)) for value in one))
        for name, one in checked.calibration.natural.items()
    )
    return Table(
        "What was found for the natural course", ("Profile", "Plateau (share)", "Time constant (days)"), tuple(rows)
    )


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else UNDEFINED
