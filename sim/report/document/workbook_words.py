"""What the sheets and columns of a workbook are, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.capacity.catalogue import MEASURE
from sim.quantities import BY_NAME
from sim.report.document import (
    workbook_budget_words,
    workbook_clinic_words,
    workbook_trial_words,
    workbook_value_words,
)

_PARTS = (workbook_budget_words, workbook_clinic_words, workbook_trial_words, workbook_value_words)

GUIDE = (
    ("What this is", "Results of a simulation, which shows the consequences of assumptions, or what a clinic's records "
     "say by themselves. Neither is evidence that a treatment works, or medical advice."),
    ("Simulation error", "The column mc_error, and others that end in error: one standard error. Run again with other "
     "random patients, a number would typically move by about that much. More patients make it smaller. It says "
     "how exact the simulation is, not how true the assumptions are."),
    ("Standard error", "The column standard_error of records: with other patients of the same kind, a number would "
     "typically move by about that much."),
    ("95 % interval", "The columns lower and upper: with other random patients, about 95 in 100 such intervals would "
     "hold the number that endlessly many patients would give. Where the inputs were drawn (the sheet “Uncertain "
     "inputs”), it holds the middle 95 % of the draws: how far doubt about the inputs moves the number."),
    ("Errors on the first sheet", "They stand to the right of the main numbers, in columns that are hidden. The + "
     "above the columns shows them, the − hides them."),
    ("Numbers", "All digits are in the cell; how many are seen is the format of the cell. A share is a number from 0 "
     "to 1, shown in per cent: 0.79 is seen as 79.0%."),
    ("Differences", "The first arm named less the other one. Between shares they are percentage points: 5.0% is the "
     "difference of 60% and 55%."),
    ("Empty cell", "The number is not defined, as the share of the relieved where nobody was; or it does not apply."),
    ("not reached", "The number is infinite: most patients never had the event whose time is told."),
    ("TRUE and FALSE", "Yes and no."),
    ("Names", "Names such as dry_needling are those of the scenario file, so that tables can be joined by them."),
)  # fmt: skip
"""What holds for all sheets."""

SHEETS: dict[str, tuple[str, str]] = {
    "summary": ("Estimates", "Every result, one a row."),
    "differences": ("Differences", "Differences in the same patients with the same luck, one a row."),
    "trajectories": ("Over time", "Pain, relief and relapse along days and visits, one number a row."),
    "calibration": ("Calibration", "How nearly the model meets each claim that it was set by, one claim a row."),
    "claims": ("Calibration", "How nearly the model meets each claim that it was set by, one claim a row."),
    "parameters": ("Response", "The numbers by which patients respond to each treatment, as calibration found them."),
    "natural": ("Natural course", "How pain falls without treatment in each kind of patient, as calibration found it."),
    "examples": ("Example patients", "The diaries of the patients that the report shows, one day a row."),
    "uncertainty": ("Uncertain inputs", "Every result with the inputs drawn anew again and again, one a row."),
    "draws": ("Draws", "One draw of the uncertain inputs a row, with what came of it."),
    "ranks": ("Ranks", "How often each arm is the best."),
    "candidates": ("Candidates", "Every protocol that was tried and every arm of the scenario, one a row."),
    "frontier": ("Frontier", "What more money or time buys, from the cheapest up."),
    "tornado": ("One at a time", "The result with one input at a time at an end of its range, or another form of the "
                "model."),
    "indices": ("All at once", "How much of the spread of the result each input explains, one input a row."),
    "scan": ("Ranges", "Every arm's result at nine values of each input's range."),
    "thresholds": ("Thresholds", "At which value of an input another arm becomes the preferred one."),
    "map": ("Two at once", "The result over two inputs at once, one pair of values a row."),
    "curves": ("Willingness to pay", "What each strategy is worth at each price that one would pay for an effect."),
    "evppi": ("Worth of knowing", "What it would be worth to know an input exactly before choosing."),
    **{name: words for part in _PARTS for name, words in part.TABLES.items()},
    "structure": ("Forms of the model", "The draws with each form of the model taken by themselves."),
    "people": ("People", "How many people and visits there are in the records; too few to be shown are empty."),
    "returns": ("Returns", "In how many the complaint came back, one week a row."),
    "findings": ("Odd rows", "What looked odd in the records, and what was done about it."),
    "arms": ("Arms", "What is expected of each arm before and with the data."),
    "trials": ("Trials", "Published results, read or held out, and what the fitted model expects of them."),
    "second": ("Second opinion", "Each input by another sampler beside the one that the fit is made by."),
    "checks": ("Checks", "What the records show, and what the fitted model makes of the same visits."),
    "forms": ("Forms of the model", "How likely each form of the model is before and with the data."),
    "posterior": ("Joint draws", "One joint draw of the inputs a row, given the data."),
    "ways": ("Ways to go on", "What becomes of relief under each way to go on."),
    "pooled": ("Pooled", "The mean of all trials, and the range for a new group of patients."),
    "effects": ("Effects", "What each trial gives."),
    "leave_one_out": ("Without one", "The mean of all trials but one, one left out a row."),
    "validation": ("Trials", "Published figures beside what the model predicts for them, one a row."),
    "scores": ("Scores", "How well each evidence set and each form of the model predicts."),
    "inputs": ("Inputs", "Every number and choice that the simulation was given, and where it comes from."),
}  # fmt: skip
"""The name of each table's sheet, and what it holds."""

COLUMNS: dict[str, str] = {
    "scenario": "Name of the scenario.",
    "arm": "What patients get.",
    "versus": "The arm that it is compared with: the numbers are the arm's less this one's.",
    "subgroup": "Kind of patient; all for all of them.",
    "outcome": "What is counted. The sheet “Estimates” of a run and the report say what each is.",
    "statistic": "mean (of a share: how many), sd (how much patients differ), or a quantile: p05, p25, p50, p75, p95; "
                 "p50 is the median.",
    "unit": "Unit of the numbers in the row.",
    "estimate": "The number.",
    "mc_error": "Simulation error (±) of the number.",
    "lower": "Lower end of the 95 % interval.",
    "upper": "Upper end of the 95 % interval.",
    "axis": "Whether it is told along days or visits.",
    "at": "Number of the day or the visit; of records, what the number is of.",
    "topic": "What the number is about.",
    "standard_error": "Standard error (±) of the number, over recorded patients.",
    "patients": "Patients that the number rests on; empty for fewer than five, of whom nothing is shown.",
    "observations": "Visits, gaps or readings that it rests on.",
    "at_risk": "Patients who were still watched then.",
    "what": "What is counted, or looked odd.",
    "count": "How many; empty for fewer than five.",
    "done": "What was done about it.",
    "file": "The file in which it is.",
    "n": "How many the number rests on.",
    "place": "Where it stands in the scenario file.",
    "modality": "Treatment.",
    "profile": "Kind of patient.",
    "claim": "What is claimed.",
    "claimed": "What the source says.",
    "doubt": "How sure that is: a standard deviation.",
    "reached": "What the model reaches.",
    "error": "Reached less claimed.",
    "off": "The error in units of the doubt; within −1 and 1 it is met.",
    "is_target": "Whether the model was set by it.",
    "simulated": "What random patients reach.",
    "patient": "Number of the patient; on the sheet “Ranks”, for how large a share of patients this arm is the best.",
    "day": "Day since the first visit, or since asking.",
    "pain": "Pain in points, 0 to 10.",
    "is_relapse": "Whether a relapse begins on this day.",
    "input_sd": "How far doubt about the inputs moves it: a standard deviation.",
    "input_sd_error": "Simulation error of that.",
    "noise_sd": "How far chance in the simulation moves a single draw: a standard deviation.",
    "noise_share": "Share of the spread of the draws that is chance in the simulation.",
    "draw": "Number of the draw.",
    "versus_scenario": "The scenario that it is compared with.",
    "versus_arm": "The arm that it is compared with.",
    "unpaired_error": "What the simulation error would be with other patients in each.",
    "tied": "Share of patients for whom several arms are equally good.",
    "cohort": "How sure it is that this arm is the best for the mean of all patients.",
    "kind": "On the sheet “Candidates”: a candidate, or an arm of the scenario. Else what is varied in the model.",
    "name": "Name of the protocol or arm.",
    "protocol": "What is done.",
    "sequence": "Treatments, in order.",
    "planned_visits": "Visits as planned.",
    "every_days": "Days between visits.",
    "first_visits": "Visits of the first treatment, before another follows.",
    "stop_after_relief": "Visits with relief after which the course ends.",
    "discharge_without_relief_by": "Visit at which the course ends without relief.",
    "status": "What the search says of it; on the sheet “Inputs”, how far the source can be trusted.",
    "on_frontier": "Whether nothing gives more for less.",
    "patients_to_select": "Patients simulated to select it or give it up.",
    "estimated_on": "Patients that the numbers rest on.",
    "estimated_afresh": "Whether these are others than those that it was selected by.",
    "difference_from_best": "The objective less that of the best.",
    "difference_mc_error": "Simulation error of that difference.",
    "extra_cost": "What is spent more than by the one below it on the frontier.",
    "extra_cost_error": "Error of that.",
    "extra_gain": "What is gained by it.",
    "extra_gain_mc_error": "Simulation error of that.",
    "extra_gain_error": "Error of that.",
    "cost_per_unit_of_gain": "What is spent for one unit more.",
    "input": "Path of the input in the scenario file.",
    "base": "Its value in the scenario.",
    "end": "low or high end of its range, or the form of the model.",
    "value": "Value of the input.",
    "weight": "How likely the form of the model is taken to be.",
    "target_base": "The result with all inputs as they stand.",
    "target": "The result with this input at this value.",
    "change": "How much that is more.",
    "change_error": "Simulation error of the change.",
    "preferred": "The arm to prefer there.",
    "swing": "How far the result goes over the range of the input.",
    "swing_error": "Simulation error of that.",
    "first": "Share of the spread of the result that the input explains by itself.",
    "total": "Share that it explains by itself and together with others.",
    "rank_correlation": "Whether the result rises (to 1) or falls (to −1) with the input; 0: neither.",
    "partial_rank_correlation": "The same with the other inputs held fixed.",
    "is_preferred": "Whether it is the one to prefer there.",
    "low": "Low end of the range.",
    "high": "High end of the range.",
    "threshold": "Value at which the preferred arm changes; empty if it does not.",
    "threshold_error": "Simulation error of that.",
    "preferred_below": "The arm to prefer below it.",
    "preferred_above": "The arm to prefer above it.",
    "across_input": "Path of the one input.",
    "across": "Its value.",
    "up_input": "Path of the other input.",
    "up": "Its value.",
    "strategy": "The strategy, or arm.",
    "label": "What people call it.",
    "dominated_by": "Strategies that give as much for no more.",
    "cost": "Mean cost of a patient.",
    "cost_error": "Error of that.",
    "effect": "Mean effect in a patient.",
    "effect_error": "Error of that.",
    "icer": "What one unit of effect more costs (incremental cost-effectiveness ratio).",
    "icer_error": "Error of that.",
    "wtp": "What one would pay for one unit of effect (willingness to pay).",
    "net_benefit": "Willingness to pay times effect, less cost.",
    "probability_best": "Share of the draws in which it is worth most.",
    "expected_loss": "What is lost on average by choosing it, against the best in each draw.",
    "expected_loss_error": "Error of that.",
    "evpi": "What it would be worth, per patient, to know everything before choosing.",
    "evpi_error": "Error of that.",
    "evppi": "What it would be worth, per patient, to know this input exactly before choosing.",
    "evppi_error": "Error of that.",
    "evppi_bias": "How much was taken off as too high.",
    "share_of_draws_that_would_change": "Share of draws in which knowing it would change the choice.",
    "alternative": "Which form of the model.",
    "draws": "How many draws took it.",
    "ceiling": "Most of the pain that it removes.",
    "half_life": "How slowly it works, in visits.",
    "satisfaction_threshold": "Fall in pain from which half of the patients are satisfied, in points.",
    "relapse_scale": "How long relief lasts, in days.",
    "plateau": "Share of pain that stays without treatment.",
    "time_constant": "How slowly pain falls without treatment, in days.",
    "prior": "Middle of what was believed before the data.",
    "posterior": "Middle of what is believed with the data.",
    "overlap": "Share that both have in common: 1 where nothing was learnt.",
    "overlap_error": "Standard error of that share, by chance in the draws.",
    "narrower": "Spread with the data over spread before, on the scale of the prior.",
    "prior_worth_patients": "What was believed before weighs as much as the records of so many patients.",
    "says_something": "Whether the data say anything of it to speak of.",
    "is_held": "Whether it is part of a difference between therapies that was not learnt.",
    "before": "Before the data: mean of draws; of a form, how likely it is.",
    "after": "With the data: mean of draws; of a form, how likely it is.",
    "check": "What is compared.",
    "observed": "What the records show.",
    "expected": "What the fitted model makes on average.",
    "below": "Share of replicated records that lie below the real ones.",
    "is_missed": "Whether next to no replicated records are as the real ones.",
    "form": "The form of the model.",
    "way": "How the course goes on: stop, or a protocol.",
    **{f"reading_p{k:02d}": f"Reading of pain that {k} of 100 such people do not exceed." for k in (5, 25, 50, 75, 95)},
    "pain_of_all": "Pain of all patients of the kind who were treated in this way, whatever they reported.",
    "in_relief": "Share in relief on that day.",
    "visit_days": "Days of the visits to come.",
    "relief_lost": "Share who lose relief from now to the end of the follow-up.",
    "trial": "Name of the trial in its file.",
    "year": "Year of publication.",
    "doi": "Where it is published.",
    "evidence": "The evidence set of the prediction.",
    "of": "What the numbers are about.",
    "scale": "The scale on which trials are pooled.",
    "trials": "How many trials there are.",
    "effects": "How many effects they give.",
    "spread": "How the spread between trials was found.",
    "prior_scale": "Scale of the half-normal prior of the spread, if there was one.",
    "new_sd": "Standard deviation of the range for a new group of patients.",
    "tau": "Spread between trials, as a standard deviation.",
    "i2": "Share of the differences between trials that chance does not explain.",
    "q": "Cochran's Q.",
    "df": "Degrees of freedom of Q.",
    "p": "Chance of so large a Q if all trials were alike.",
    "left_out": "The trial without which the others are pooled.",
    "is_difference": "Whether it is a difference between two arms of a trial.",
    "fell_by": "From which fall in pain on a patient counts as a responder.",
    "certainty": "Whether the figure is sure, or marked.",
    "is_sure": "Whether it is counted.",
    "second_mean": "Mean by the second sampler.",
    "second_sd": "Standard deviation by the second sampler.",
    "apart": "Second mean less mean, in standard deviations.",
    "is_alike": "Whether chance explains what differs.",
    "held_out": "Whether the trials' file marks it as not to be read by a fit.",
    "published": "What was published.",
    "predicted": "What the model predicts with every input as stated.",
    "draws_mean": "Mean of the predictions over draws of the inputs.",
    "z": "Published less the mean of the draws (without draws, what is predicted), in spreads of what is expected.",
    "rank": "Share of what is expected that lies below the published figure.",
    "published_sd": "Published spread between patients, as a standard deviation.",
    "predicted_sd": "Predicted spread between patients, as a standard deviation.",
    "rms_z": "Root mean square of z; 1 for an honest model, where inputs were drawn.",
    "rms_off": "Root mean square of published less predicted, in points.",
    **{f"within{k}": f"Within the interval that holds {k} % of what is expected." for k in (50, 80, 95)},
    "section": "What the input is about.",
    "path": "Where it stands in the scenario file; --set PATH=VALUE changes it.",
    "as_written": "The value as the report writes it.",
    "source": "Where it comes from.",
    "quote": "What the source says, word for word.",
    **{name: words for part in _PARTS for name, words in part.COLUMNS.items()},
    "note": "What else is to be known of it.",
    "uncertainty": "How far it may be wrong.",
}  # fmt: skip
"""Columns by name, where they mean the same in every table, or say in which they do not."""

IN_TABLES: dict[tuple[str, str], str] = {
    **{name: words for part in _PARTS for name, words in part.IN_TABLES.items()},
    ("inputs", "input"): "What people call it.",
    ("inputs", "value"): "The number in its unit, or the choice.",
    ("frontier", "place"): "Whether it is on the efficient frontier, or what it is dominated by.",
    ("evppi", "input"): "Path of the input in the scenario file, or its name.",
    ("calibration", "error"): "Reached less claimed.",
    ("summary", "name"): "What people call it.",
    ("trials", "predicted"): "What the fitted model predicts in the middle.",
}
_MEASURES = {one.name: f"{one.label}: {one.definition}" for one in MEASURE.values()}
_ENDS = {
    "_mc_error": "Simulation error of the column before it.",
    "_error": "Error of the column before it.",
    "_lower": "Lower end of its 95 % interval.",
    "_upper": "Upper end of its 95 % interval.",
}


def described(table: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each column with what it is; those of draws by their kind, since they are many."""
    seen = set()
    for column in columns:
        heading, words = column, meaning(table, column)
        if table in ("draws", "posterior", "draws_inputs") and column not in COLUMNS:
            heading, words = _of_draws(column)
        if heading not in seen:
            seen.add(heading)
            yield heading, words


def meaning(table: str, column: str) -> str:
    """Return what a column is; an empty text if nobody has said so.

    >>> meaning("summary", "mc_error")
    'Simulation error (±) of the number.'
    """
    if (words := IN_TABLES.get((table, column)) or COLUMNS.get(column) or _MEASURES.get(column)) is not None:
        return words
    if table in ("posterior", "draws_inputs"):
        return _of_draws(column)[1]
    if column in BY_NAME:
        return f"{BY_NAME[column].label}: {BY_NAME[column].definition}."
    return next((words for end, words in _ENDS.items() if column.endswith(end)), "")


def _of_draws(column: str) -> tuple[str, str]:
    if column.startswith("structure."):
        return "structure. …", "The form of the model that the draw took."
    if column.rpartition(".")[2] in BY_NAME:
        return "arm.outcome", "The mean of an outcome with an arm in this draw."
    return "path of an input", "The value of the input in this draw; empty if the form of the model sets it."
