"""Results of trials as a fit expects them: those that it read, and those that were held out."""

from __future__ import annotations

import numpy as np

from sim.learn.arms import Predictions, TrialArms
from sim.learn.posterior import Posterior
from sim.learn.trials import Trials
from sim.learn.validation import DRAWS, IN_DRAWS, Comparison, compared
from sim.study.at_work import Threads


def expected_results(trials: Trials, posterior: Posterior, workers: int = 1) -> tuple[Comparison, ...]:
    """Return every published result, and the differences within trials, beside what a posterior expects of them.

    Expected, as in a validation, within the doubt about the inputs that the data leave, sampling error and Monte Carlo
    error together; what else differs between trials is not in it.
    """
    arms = TrialArms(posterior.unknowns.study.scenario, trials, IN_DRAWS)
    number = min(DRAWS, len(posterior.z))
    studies = (posterior.unknowns.study_at(posterior.values[k], posterior.forms[k]) for k in range(number))
    with Threads(workers) as pool:
        drawn = list(pool.map(arms.predict, studies))
    means = np.array([one.mean for one in drawn])
    mean_sd = np.mean([one.sd for one in drawn], axis=0)
    middle = Predictions(means.mean(axis=0), mean_sd, np.mean([one.by_net for one in drawn], axis=0))
    return compared(arms.results, trials, middle, means)
