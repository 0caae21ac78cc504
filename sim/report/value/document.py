"""The report of an assessment: what to prefer, how sure that is, what is worth knowing, and what it all rests on."""

from __future__ import annotations

from dataclasses import replace

import sim
from sim.decision.value.assess import Assessment
from sim.decision.value.information import LEAST_DRAWS
from sim.plain_text import plain_text, printable
from sim.report.document.document import Block, Bullets, Code, Document, Facts, Gallery, Plain, Section, Text
from sim.report.document.sections import findings, first_page, inputs, limits, made, made_of, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.run.tables import fixed_table
from sim.report.run.uncertainty import FIXED_NOTE
from sim.report.value.knowing import worth_table
from sim.report.value.new_study import METHOD, study_table
from sim.report.value.reference import against_sentences, against_table, quadrant_table
from sim.report.value.tables import (
    choice_table,
    form_table,
    loss_table,
    parameter_table,
    preference_table,
    strategy_table,
)
from sim.report.value.text import OTHER_ANSWER, sentences
from sim.report.value.words import discounted, effect_words, labels, money, per_effect, percent
from sim.report.words.numbers import format_count
from sim.scenario.schema import Scenario

KIND_LINE = "Value of strategies, and of knowing more before choosing"
ERROR_NOTE = (
    "± is the standard error over the draws: with other draws, a number would typically move by about that much. The "
    "95 % ranges and the chances show how uncertain the inputs are; they do not get smaller with more draws."
)
ON_FIRST_PAGE = "acceptability"
METHODS = (
    "Net benefit is willingness to pay times effect, less cost (doi:10.1177/0272989X98018002S09). The preferred "
    "strategy has the highest mean net benefit.",
    "Dominated: another strategy gives at least as much for no more. Extendedly dominated: sending some patients to "
    "one and the rest to another gives as much for less (doi:10.1177/0272989X9401400308). An ICER compares neighbours "
    "on the frontier; its interval is Fieller's, from the spread of the draws. Against the reference there is an ICER "
    "where a strategy costs and gains more (a price), or costs and gains less (a saving per unit given up); one that "
    "costs more and gains less, or the reverse, has none.",
    "Acceptability curves count the draws in which a strategy has the highest net benefit, ties shared "
    "(doi:10.1002/hec.635). Expected loss is what choosing a strategy falls short of the best one in each draw, on "
    "average (doi:10.1016/j.jval.2019.02.008).",
    "EVPI is the expected loss of the preferred strategy; its standard error is the standard deviation of that loss "
    "over the draws, divided by the square root of their number.",
    "EVPPI is by regression of net benefits on the inputs, with penalised natural cubic splines and generalised "
    "cross-validation (Strong, Oakley and Brennan 2014, doi:10.1177/0272989X13505910). For several inputs: one spline "
    "for each, products of each two where there are draws enough, and those of two and three that the residuals ask "
    "for.",
    "The best of several noisy estimates is too high; what noise of the fit's own errors would add again is taken off. "
    "Inputs that tell nothing of draws left out of the fit are taken to tell nothing. An input is worth checking where "
    "its EVPPI is above 0 beyond chance. “Explains”: the share of the variance of differences in net benefit that the "
    "fit explains in draws left out of it.",
    "A second estimator asks whether draws with alike inputs have alike residuals (Moran 1950, "
    "doi:10.1093/biomet/37.1-2.17). Where they have, the difference that makes is in the error, or the value is "
    "withheld.",
    "A part is worth no more than the whole, and that no more than the EVPI. Where estimates are the other way round, "
    "the whole is raised to a part that is above 0 beyond chance, and other parts are cut to the whole.",
)


def value_document(
    found: Assessment, figures: tuple[FigureFile, ...], title: str, source: str, command: str, scenario: Scenario | None
) -> Document:
    """Return the report; `source` names the scenario or the table, `scenario` is None for a table."""
    psa = found.psa
    answer = [*sentences(found), *against_sentences(found)]
    facts = Facts(
        (
            ("Scenario" if scenario else "Table", plain_text(source)),
            ("Strategies", format_count(len(psa.strategies))),
            ("Draws", format_count(psa.draws)),
            ("Effect", effect_words(psa)),
            ("Willingness to pay", per_effect(psa, found.question.price)),
            ("Held against", labels(psa)[found.question.reference]),
            *_stated(found),
        )
    )
    caution = (
        "It is about the model and its assumptions, and no evidence that a treatment works."
        if scenario
        else "It is no better than the model behind the table, which was not looked at."
    )
    carrying = tuple(figure for figure in figures if figure.name == ON_FIRST_PAGE)
    figures = tuple(figure for figure in figures if figure not in carrying)
    by_section = {
        part: Gallery(tuple(figure for figure in figures if figure.section == part))
        for part in ("frontier", "uncertainty", "inputs", "study")
    }
    beside: list[Plain] = [Text(OTHER_ANSWER)] if scenario else []
    opening = first_page("summary", answer, carrying, caution, beside=(*beside, choice_table(found)))
    sections = [
        *more_of(answer),
        _frontier(found, by_section["frontier"]),
        *((Section("effects", "By other effects", _by_effect(found)),) if found.by_effect else ()),
        Section(
            "uncertainty",
            "How sure the choice is",
            (
                by_section["uncertainty"],
                *(() if psa.only_net else (preference_table(found),)),
                loss_table(found),
            ),
        ),
        *((Section("structure", "In each form of the model", _by_form(found)),) if found.by_form else ()),
        Section("inputs", "What is worth knowing", _inputs(found, by_section["inputs"])),
        *_new_study(found, by_section["study"]),
        Section("clinic", "What it means for a clinic", _clinic(found)),
        *((Section("drawn", "The uncertain inputs", (parameter_table(found),)),) if _has_inputs(found) else ()),
        *_behind(scenario),
        Section("methods", "For analysts: how the numbers are made", (Bullets(_methods(found)),)),
        _limits(scenario),
        _made(found, scenario, command, source),
    ]
    description = scenario.description or "" if scenario else ""
    return Document(plain_text(title), KIND_LINE, description, facts, (opening,), tuple(sections))


def _new_study(found: Assessment, gallery: Gallery) -> list[Section]:
    one = found.sampling
    if one is None:
        return []
    return [
        Section(
            "study", "What the study would be worth", (*([gallery] if gallery.figures else []), study_table(found, one))
        )
    ]


def _methods(found: Assessment) -> tuple[str, ...]:
    return METHODS if found.sampling is None else (*METHODS, METHOD)


def _frontier(found: Assessment, gallery: Gallery) -> Section:
    note = Text(ERROR_NOTE, "note")
    if found.psa.only_net:
        return Section("frontier", "Against the reference", (against_table(found), note))
    tables = (strategy_table(found), against_table(found), quadrant_table(found))
    return Section("frontier", "Cost, effect and the efficiency frontier", (gallery, *tables, note))


def _stated(found: Assessment) -> list[tuple[str, str]]:
    """Return what was stated about the money."""
    stated = found.question.stated
    said = [
        ("Perspective", stated.perspective),
        ("Prices of", "" if stated.price_year is None else str(stated.price_year)),
        ("Converted at", "" if stated.rate is None else str(stated.rate)),
        ("Money over years", discounted(stated.discount)),
    ]
    return [(term, words) for term, words in said if words]


def _by_effect(found: Assessment) -> tuple[Block, ...]:
    intro = "The same strategies and draws by what each further effect costs; what is preferred, and why, is above."
    each = [replace(found, psa=one.psa, strategies=one.strategies) for one in found.by_effect]
    return (Text(intro), *(strategy_table(one, f"By {one.psa.effect_name}: ") for one in each))


def _by_form(found: Assessment) -> tuple[Block, ...]:
    intro = (
        "Not only the numbers, the form of the model is in doubt too: every draw took one alternative of each kind, by "
        "their weights. Here the draws with each alternative are taken by themselves; all else varies as before."
    )
    return (Text(intro), form_table(found))


def _has_inputs(found: Assessment) -> bool:
    return len(found.psa.parameters) > len(found.psa.kinds)


def _inputs(found: Assessment, gallery: Gallery) -> tuple[Block, ...]:
    if found.inputs:
        return (gallery, worth_table(found))
    missing = (
        "The table came without its inputs, so only the value of knowing everything (EVPI) can be given."
        if not found.psa.parameters
        else f"The value of single inputs takes at least {LEAST_DRAWS} draws; only that of knowing everything is given."
    )
    return (Text(missing), worth_table(found))


def _clinic(found: Assessment) -> tuple[Block, ...]:
    question, psa, perfect = found.question, found.psa, found.perfect
    facts = Facts(
        (
            ("Preferred now", labels(psa)[psa.strategies[found.preferred]]),
            ("Chance that another is better", percent(found.chance_not_best)),
            ("Patients a year", format_count(question.patients_per_year)),
            ("Worth a year, at most", money(psa, perfect.per_year)),
            (f"Worth over {question.years:g} years, at most", money(psa, perfect.over_years)),
        )
    )
    text = (
        "A study that costs more than this cannot pay for itself in this clinic. If all patients get the preferred "
        "strategy, and another is the better one in truth, it is so for all of them."
    )
    return (facts, Text(text))


def _behind(scenario: Scenario | None) -> list[Section]:
    if scenario is None:
        return []
    fixed = Section("fixed", "What is taken as fixed", (Text(FIXED_NOTE), fixed_table(scenario)))
    return [section for section in (fixed, inputs(scenario), findings(scenario)) if section is not None]


def _limits(scenario: Scenario | None) -> Section:
    more = (
        "An input that is fixed is taken as known; it adds nothing to the value of knowing more.",
        "The value of knowing is for perfect knowledge; a real study gives less.",
    )
    if scenario is not None:
        return limits(*more)
    own = "The table is taken as it is: neither its model nor its inputs were checked."
    return Section("limits", "Limits", (Bullets((own, *more)),))


def _made(found: Assessment, scenario: Scenario | None, command: str, source: str) -> Section:
    if scenario is not None:
        return made(scenario, scenario.cohort.size, command)
    facts = Facts(
        (
            ("Program", f"coursesim {sim.__version__}"),
            ("Table", plain_text(source)),
            ("Draws", format_count(found.psa.draws)),
            ("Command", Code(printable(command))),
        )
    )
    again = "The file manifest.json beside this report holds a hash of the table; the same table gives the same report."
    return made_of(facts, again)
