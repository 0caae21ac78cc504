"""Learning from a clinic's records and from trials."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import Named, Progress, asked, changes_of, number_of_people, scenario_of, silent
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.api.records import BASE, Pairs, pair_texts, read_asked
from sim.errors import ScenarioError, UsageError

if TYPE_CHECKING:
    from sim.report.fit.result import FitResult

DRAWS = 1024
FEWEST_DRAWS, MOST_DRAWS = 100, 100_000
WORKERS = 2


def fit(
    records: str | Path | None = None,
    *,
    scenario: Named = BASE,
    followup: str | Path | None = None,
    trials: str | Path | None = None,
    exchangeable: bool = False,
    second_opinion: bool = False,
    columns: Pairs | None = None,
    reading: str = "before",
    modalities: Pairs | None = None,
    dates: str | None = None,
    draws: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> FitResult:
    """Learn a scenario's inputs from a clinic's records, from arms of trials, or from both.

    `records`: a table of visits, or a directory with `visits` and `followup` in it; `trials`: a file of trials, as
    `trials.yaml`; `exchangeable`: take it that who got which therapy is as good as chance, so that differences between
    therapies are learnt from it too; `second_opinion`: sample the same posterior in another way too (nested sampling,
    with the extra `nested`), and say whether both agree; `draws`: joint draws of the inputs that are left.
    `checkpoint`: a directory in which finished work is kept until the fit is saved; `resume` goes on from it, and
    `warn` is told what of it could not be read. The other options say how the records are read, as for `describe`.
    Raises UsageError for options that cannot be, ScenarioError with a line for each fault in the data.

    >>> import sim
    >>> found = sim.fit("records", scenario="reference.yaml")  # doctest: +SKIP
    >>> found.summary.where(says_something=True).to_pandas()  # doctest: +SKIP
    """
    from sim.learn.fit import fit_data
    from sim.learn.posterior import Asked
    from sim.learn.second_opinion import EXTRA, PACKAGE
    from sim.learn.trials import load_trials
    from sim.output.extras import installing, is_installed
    from sim.report.fit.result import FitResult

    if records is None and trials is None:
        raise UsageError("nothing to learn from: name a table of visits, or trials with --trials FILE")
    if second_opinion and not is_installed(PACKAGE):
        raise UsageError(f"--second-opinion needs {PACKAGE}; install it with: {installing(EXTRA)}")
    source = scenario_of(scenario)
    loaded = source.changed(changes_of(seed=seed))
    model = loaded.scenario
    number = _draws(draws)
    tell = progress or silent
    tell("reading the data", 0, 0)
    read = None
    if records is not None:
        read = read_asked(records, followup, source, columns, reading, modalities, dates)
    published = None if trials is None else load_trials(trials)
    if published is not None:
        published.check_against(model)
    identity = {
        **inputs_of(loaded), "records": None if read is None else read.sha256,
        "trials": None if published is None else published.sha256, "exchangeable": exchangeable,
    }  # fmt: skip
    kept = kept_in(checkpoint, identity, resume, warn)
    try:
        with kept_on_failure(kept):
            found = fit_data(
                model, read, published, exchangeable=exchangeable, with_second=second_opinion,
                asked=Asked(draws=number, seed=model.seed, workers=workers or WORKERS), progress=tell, kept=kept,
            )  # fmt: skip
    except ScenarioError as error:
        raise ScenarioError(loaded.located(error.faults)) from error
    parameters = asked(
        source, records=records, followup=followup, trials=trials, exchangeable=exchangeable,
        second_opinion=second_opinion, columns=pair_texts(columns), modalities=pair_texts(modalities),
        reading=reading if reading != "before" else None, dates=dates, seed=seed,
        draws=number if draws is not None else None,
    )  # fmt: skip
    shown = ", ".join(str(one) for one in (records, followup, trials) if one is not None)
    options = [f"--set {one}" for one in source.given]
    if source.evidence is not None:
        options.append(f"--evidence {source.evidence}")
    return FitResult(found, source.name, shown, loaded.files[0].name, loaded.tree, parameters, options, kept)


def _draws(given: int | str | None) -> int:
    if given is None:
        return DRAWS
    try:
        number = int(number_of_people(given))
    except ValueError:
        number = -1
    if not FEWEST_DRAWS <= number <= MOST_DRAWS:
        raise UsageError(f"--draws: given {given}; allowed: {FEWEST_DRAWS} to {MOST_DRAWS:,}")
    return number
