"""Tables of a fit, as people read them and as files hold them."""

from __future__ import annotations

import math

from sim.learn.checks import Check
from sim.learn.fit import Fit
from sim.learn.second_opinion import SecondOpinion
from sim.quantities import BY_NAME
from sim.report.document.document import Cell, Row, Table
from sim.report.document.sections import MOST_ROWS
from sim.report.fit.words import form_name, kinds_told, span_text, value_text, worth_words
from sim.report.table import Table as Data
from sim.report.validation.files import RESULTS, comparison_record
from sim.report.validation.tables import comparison_table
from sim.units import MINUS

TOLD_COLUMNS = (
    "path", "name", "prior", "prior_lower", "prior_upper", "posterior", "mc_error", "lower", "upper", "overlap",
    "overlap_error", "narrower", "prior_worth_patients", "says_something", "is_held",
)  # fmt: skip
CHECK_COLUMNS = ("check", "observed", "expected", "lower", "upper", "below", "n", "is_missed")
FORM_COLUMNS = ("form", "before", "after")
SECOND_COLUMNS = ("path", "name", "mean", "sd", "second_mean", "second_sd", "apart", "is_alike")
ARM_COLUMNS = (
    "arm", "outcome", "unit", "before", "before_lower", "before_upper", "before_mc_error", "after", "after_lower",
    "after_upper", "after_mc_error",
)  # fmt: skip


def told_table(found: Fit, names: dict[str, str], *, short: bool = False) -> Table:
    """Return prior beside posterior for each unknown; if `short`, those of which most was learnt."""
    rows = sorted(found.told, key=lambda one: (one.is_held, one.overlap))
    if short:
        rows = rows[:MOST_ROWS]
    made = tuple(
        Row(
            names.get(one.path, one.path),
            (
                Cell(value_text(one.prior, one.path), span_text(one.prior_lower, one.prior_upper, one.path)),
                Cell(value_text(one.posterior, one.path), span_text(one.lower, one.upper, one.path)),
                *(() if short else (Cell(f"{one.overlap:.2f}"), Cell(*worth_words(one)))),
            ),
            path="" if short else one.path,
        )
        for one in rows
    )
    columns = ("Input", "Before: middle, 95 %", "With the data: middle, 95 %")
    if short:
        return Table("What was learnt most", columns, made)
    return Table("Each unknown before and with the data", (*columns, "In common", "What the data say"), made)


def arm_table(found: Fit) -> Table:
    """Return what draws of the inputs say of every arm on the primary outcome, before and with the data."""
    scenario = found.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    unit = outcome.unit.of(scenario.costs.currency)
    rows = []
    for arm in scenario.arms:
        before, after = (of.get(arm, outcome.name) for of in (found.before, found.after))
        cells = tuple(
            Cell(unit.with_error(one.estimate, one.mc_error), unit.interval(one.lower, one.upper))
            for one in (before, after)
        )
        rows.append(Row(scenario.arm_label(arm), cells))
    caption = f"{outcome.label} by arm: mean of draws ± its error, and 95 % of them"
    return Table(caption, ("Arm", "Before", "With the data"), tuple(rows))


def check_table(found: Fit) -> Table:
    """Return what the records show beside what the fitted model makes."""
    rows = tuple(
        Row(
            one.name[0].upper() + one.name[1:],
            (Cell(f"{one.observed:.2f}"), Cell(f"{one.expected:.2f}", f"{one.lower:.2f} to {one.upper:.2f}"),
             Cell("no" if one.is_missed else "yes"), Cell(f"{one.n:,}")),
        )
        for one in found.checks
    )  # fmt: skip
    return Table(
        "What the records show, and what the fitted model makes of the same visits",
        ("", "Records", "Model: mean, 95 %", "Alike", "Readings or patients"), rows,
    )  # fmt: skip


def second_table(second: SecondOpinion, names: dict[str, str]) -> Table:
    """Return mean and spread of each input by both samplers."""
    rows = tuple(
        Row(
            names.get(one.path, one.path),
            (
                Cell(value_text(one.mean, one.path), f"± {value_text(one.sd, one.path)}"),
                Cell(value_text(one.second_mean, one.path), f"± {value_text(one.second_sd, one.path)}"),
                Cell(f"{one.apart:+.2f}".replace("-", MINUS)),
                Cell("yes" if one.is_alike else "no"),
            ),
        )
        for one in second.inputs
    )
    columns = ("Input", "This fit: mean ± sd", "Second: mean ± sd", "Apart", "Alike")
    return Table("Each input by two samplers", columns, rows)


def second_data(second: SecondOpinion, names: dict[str, str]) -> Data:
    """Return mean and spread of each input by both samplers."""
    return Data(
        SECOND_COLUMNS,
        (
            {
                "path": one.path, "name": names.get(one.path, one.path), "mean": one.mean, "sd": one.sd,
                "second_mean": one.second_mean, "second_sd": one.second_sd, "apart": one.apart,
                "is_alike": one.is_alike,
            }
            for one in second.inputs
        ),
    )  # fmt: skip


def result_tables(found: Fit) -> tuple[Table, ...]:
    """Return published results that were held out, then those that were read, beside what is expected of them."""
    if found.trials is None:
        return ()
    sure = [one for one in found.results if math.isfinite(one.z)]
    parts = (
        ("Held out: published, and expected from what was read", [one for one in sure if one.is_held_out]),
        ("Read: published, and expected with the data", [one for one in sure if not one.is_held_out]),
    )
    return tuple(comparison_table(found.trials, some, caption) for caption, some in parts if some)


def form_table(found: Fit) -> Table | None:
    """Return the forms of the model with their weights; None if the data were held against one only."""
    if len(found.posterior.weights) < 2:
        return None
    kinds = kinds_told(found)
    rows = tuple(
        Row(form_name(one.form, kinds), (Cell(f"{100 * one.before:.0f} %"), Cell(f"{100 * one.after:.0f} %")))
        for one in found.posterior.weights
    )
    return Table("How likely each form of the model is", ("Form", "Before", "With the data"), rows)


def told_data(found: Fit, names: dict[str, str]) -> Data:
    """Return prior and posterior of each unknown."""
    return Data(
        TOLD_COLUMNS,
        (
            {
                "path": one.path, "name": names.get(one.path, one.path), "prior": one.prior,
                "prior_lower": one.prior_lower, "prior_upper": one.prior_upper, "posterior": one.posterior,
                "mc_error": one.mc_error, "lower": one.lower, "upper": one.upper, "overlap": one.overlap,
                "overlap_error": one.overlap_error, "narrower": one.narrower,
                "prior_worth_patients": one.worth if math.isfinite(one.worth) else math.nan,
                "says_something": one.says_something, "is_held": one.is_held,
            }
            for one in found.told
        ),
    )  # fmt: skip


def check_data(found: Fit) -> Data:
    """Return all checks."""
    return Data(CHECK_COLUMNS, (_check(one) for one in found.checks))


def _check(one: Check) -> dict[str, object]:
    return {
        "check": one.name, "observed": one.observed, "expected": one.expected, "lower": one.lower, "upper": one.upper,
        "below": one.below, "n": one.n, "is_missed": one.is_missed,
    }  # fmt: skip


def result_data(found: Fit) -> Data:
    """Return every published result, read or held out, beside what is expected of it with the data."""
    trials = found.trials
    return Data(RESULTS, () if trials is None else (comparison_record(trials, one) for one in found.results))


def form_data(found: Fit) -> Data:
    """Return the forms of the model with their weights."""
    return Data(
        FORM_COLUMNS,
        ({"form": one.form.name, "before": one.before, "after": one.after}
         for one in found.posterior.weights),
    )  # fmt: skip


def arm_data(found: Fit) -> Data:
    """Return what draws of the inputs say of every arm before and with the data, for every outcome that has a mean."""
    rows = []
    for one in found.before.estimates:
        if one.versus or one.subgroup != "all" or one.statistic != "mean":
            continue
        after = found.after.get(one.arm, one.outcome)
        rows.append({
            "arm": one.arm, "outcome": one.outcome, "unit": str(one.unit), "before": one.estimate,
            "before_lower": one.lower, "before_upper": one.upper, "before_mc_error": one.mc_error,
            "after": after.estimate, "after_lower": after.lower, "after_upper": after.upper,
            "after_mc_error": after.mc_error,
        })  # fmt: skip
    return Data(ARM_COLUMNS, rows)
