"""STRESS, in its form for discrete events where there is a clinic, else in that for single agents.

Monks and others 2019, Journal of Simulation 13:55-67, doi:10.1080/17477778.2018.1442155; in our own words, short.
"""

from __future__ import annotations

from sim.quantities import BY_NAME
from sim.report.checklist.clinic_words import LUCK_OF_CLINIC, clinic_components, clinic_logic, variants_words
from sim.report.checklist.entry import Entry
from sim.report.checklist.facts import arms_words, inputs_words, stated
from sim.report.checklist.known import Known, RunFacts
from sim.report.words.numbers import all_of, format_count

SHORT = "STRESS"
SOURCE = "Monks and others 2019, doi:10.1080/17477778.2018.1442155"
OBJECTIVES, LOGIC, DATA, EXPERIMENT, IMPLEMENTATION, ACCESS = (
    "1 Objectives", "2 Logic", "3 Data", "4 Experimentation", "5 Implementation", "6 Code access",
)  # fmt: skip
LUCK = "By seed, draw, purpose and patient (Threefry, scrambled nets); none belongs to an arm."


def is_of_events(known: Known) -> bool:
    """Whether the form for discrete events fits: there is a clinic with appointments or queues."""
    return known.scenario.clinic is not None


def standard(known: Known) -> str:
    """Return the name of the form that fits."""
    return "STRESS-DES" if is_of_events(known) else "STRESS-ABS"


def stress(known: Known) -> tuple[Entry, ...]:
    """Return the items in their order."""
    components = clinic_components(known) if is_of_events(known) else _patients(known)
    return (*_objectives(known), *_logic(known), *components, *_data(known), *_experiment(known), *_made(known))


def _objectives(known: Known) -> tuple[Entry, ...]:
    said, primary = known.said, BY_NAME[known.scenario.primary.outcome]
    other = [run for run in known.runs if run.analysis in ("compare", "optimise", "sensitivity", "value", "budget")]
    aims = [f"arms side by side: {arms_words(known)}", *(f"{run.analysis} in {run.directory}" for run in other)]
    cases = known.scenario.budget.cases if known.scenario.budget and known.of("budget") else {}
    aims += [f"one-way scenarios {', '.join(cases)}"] if cases else []
    return (
        Entry("1.1", OBJECTIVES, "Purpose", " ".join(filter(None, (said.question, said.context))),
              "" if said.question else "reporting.question"),
        Entry("1.2", OBJECTIVES, "Outputs, and their errors",
              f"Primary: {primary.in_sentence}, {primary.definition}. Definitions of all stand in the reports; ± is "
              "one standard error over independent nets of patients, of a clinic over replications."),
        Entry("1.3", OBJECTIVES, "Aims of experiments", f"{'; '.join(aims)}.",
              "" if said.comparators else "reporting.comparators"),
    )  # fmt: skip


def _logic(known: Known) -> tuple[Entry, ...]:
    clinic = known.scenario.clinic
    searched = [run.directory for run in known.of("optimise")]
    spread = "nets of 128 patients (randomised quasi-Monte Carlo)" if clinic is None else (
        "first free appointment; requests by thinning; warm-up by MSER-5; Hall's condition for stability"
    )  # fmt: skip
    return (
        Entry("2.1", LOGIC, "Diagram of the base model", "The order of a day and a patient's year: docs/model.md."),
        Entry("2.2", LOGIC, "Base logic",
              "Each day: doses fade, pain follows natural course and effects, relapse, relief, then visits with their "
              f"rules; docs/model.md holds the equations.{'' if clinic is None else f' {clinic_logic(clinic)}'}"),
        Entry("2.3", LOGIC, "Logic of scenarios",
              f"Arms differ in visits and rules only, same patients and luck: {arms_words(known)}."
              if clinic is None else variants_words(known)),
        Entry("2.4", LOGIC, "Algorithms",
              f"Calibration by least squares; {spread}"
              + (f"; grid search in {all_of(searched)}" if searched else "") + "."),
    )  # fmt: skip


def _patients(known: Known) -> tuple[Entry, ...]:
    scenario = known.scenario
    kinds = all_of([scenario.profile_label(name) for name, share in scenario.cohort.profiles.items() if share > 0])
    return (
        Entry("2.5.1", LOGIC, "Environment", "None: no place, resources or queue; visits take place on their day."),
        Entry("2.5.2", LOGIC, "Agents", f"Patients ({kinds}) with baseline pain, natural course, responsiveness, noise "
              "of a reading, and states of pain, dose, relief and relapse."),
        Entry("2.5.3", LOGIC, "Interaction topology", "None: patients do not act on each other."),
        Entry("2.5.4", LOGIC, "Entry and exit", "All begin on day 0; a course ends by its last visit, a rule, or "
              "drop-out; the diary goes on to the horizon."),
    )  # fmt: skip


def _data(known: Known) -> tuple[Entry, ...]:
    return (
        Entry("3.1", DATA, "Sources", f"{inputs_words(known)} Each stands with its source under “What went in”."),
        Entry("3.2", DATA, "Pre-processing",
              "The program does none but calibration, where the response to a treatment is not given. "
              f"{known.said.data or ''}".strip(),
              "" if known.said.data else "what was done to data before they became inputs: reporting.data"),
        Entry("3.3", DATA, "Input parameters", "The table under “What went in”; the scenario in each manifest.json."),
        Entry("3.4", DATA, "Assumptions", "Inputs with the status “assumption”, and “Limits”; docs/model.md says those "
              "of the form."),
    )  # fmt: skip


def _experiment(known: Known) -> tuple[Entry, ...]:
    scenario, clinic = known.scenario, known.scenario.clinic
    if clinic is None:
        begin = "Every patient on day 0 of a course, before anything is given; no warm-up."
        length = f"{scenario.followup.horizon.value:g} days for every patient."
    else:
        warm = "found by MSER-5" if clinic.warm_up == "auto" else f"{clinic.warm_up} weeks"
        begin, length = f"An empty clinic; warm-up {warm}.", f"{clinic.weeks} weeks."
    own = [run for run in known.runs if run.is_of_scenario]
    ran = [f"{run.directory} ({run.analysis}): {_size(run)}" for run in own]
    return (
        Entry("4.1", EXPERIMENT, "Initialisation", begin),
        Entry("4.2", EXPERIMENT, "Run length", length),
        Entry("4.3", EXPERIMENT, "Estimation", f"{'; '.join(ran)}." if ran else "",
              "" if ran else "how many patients, replications or draws were run: --run DIR"),
    )  # fmt: skip


def _size(run: RunFacts) -> str:
    found = [f"{format_count(run.patients)} patients"] if run.patients is not None else []
    found += [f"{format_count(run.replications)} replications"] if run.replications is not None else []
    found += [f"{format_count(run.draws)} draws"] if run.draws else []
    found += [f"seed {run.seed}"] if run.seed is not None else []
    return ", ".join(found) or "as its manifest says"


def _made(known: Known) -> tuple[Entry, ...]:
    versions = {f"coursesim {run.version}, Python {run.versions.get('python', 'unknown')}" for run in known.runs}
    parts = ", ".join(sorted({f"numba {run.versions['numba']}" for run in known.runs if "numba" in run.versions}))
    return (
        Entry("5.1", IMPLEMENTATION, "Software", f"{', '.join(sorted(versions))}, {parts}." if versions else "",
              "" if versions else "the versions with which it was run: --run DIR"),
        Entry("5.2", IMPLEMENTATION, "Random numbers",
              f"{LUCK_OF_CLINIC if is_of_events(known) else LUCK} Seed of the scenario: {known.scenario.seed}."),
        Entry("5.3", IMPLEMENTATION, "Execution",
              ("Event by event in the order of time, patients day by day" if is_of_events(known) else "Day by day")
              + "; the result does not depend on the number of workers."),
        Entry("5.4", IMPLEMENTATION, "System", "Any computer with Python 3.11 or newer.",
              "the computer on which it was run, and how long it took, which no run records"),
        stated("6.1", ACCESS, "Where model and files can be had", known.said.access, "access"),
    )  # fmt: skip
