"""`simulate fit --second-opinion`: what it leaves and says, what it does not change, and without its package."""

from __future__ import annotations

import csv
import functools
import json
import re
import shutil

import pytest

import sim
import sim.learn.fit
from sim.errors import UsageError
from sim.learn.second_opinion import second_opinion
from sim.output import extras
from sim.report.fit.text import sentences
from tests.functional.commands import SMALL_CLINIC_RECORDS


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The small clinic fitted with a second opinion of few points, saved, and fitted without one."""
    here = tmp_path_factory.mktemp("second")
    for name in ("small_clinic.yaml", "visits.csv"):
        shutil.copy(SMALL_CLINIC_RECORDS / name, here)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setattr(sim.learn.fit, "second_opinion", functools.partial(second_opinion, live=40))
        found = sim.fit("visits.csv", scenario="small_clinic.yaml", draws=100, second_opinion=True)
        found.save("with")
        without = sim.fit("visits.csv", scenario="small_clinic.yaml", draws=100)
    return here / "with", found, without


def test_it_stands_beside_the_fit_and_changes_nothing_of_it(fitted):
    place, found, without = fitted
    assert (found.draws, found.fitted) == (without.draws, without.fitted)
    assert without.found.second is None
    assert "second" not in without.tables
    with (place / "second.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["path"] for row in rows} == {found.found.posterior.prior.paths[k] for k in found.found.posterior.active}
    said = json.loads((place / "summary.json").read_text())["second_opinion"]
    assert said["calls"] > 500
    assert [one["second_mean"] for one in said["inputs"]] == pytest.approx([float(row["second_mean"]) for row in rows])


def test_whether_both_agree_is_said_with_the_evidence(fitted):
    place, found, _ = fitted
    second = found.found.second
    said = " ".join(sentences(found.found, found.names))
    evidence = re.search(r"\(logarithm of the evidence (−?\d+\.\d) ± (\d+\.\d)\)", said)
    assert float(evidence[1].replace("−", "-")) == pytest.approx(second.log_evidence, abs=0.051)
    agrees = f"A second sampler agrees: means and spreads of all {len(second.inputs)} inputs are alike"
    assert (agrees in said) == second.agrees
    report = (place / "report.html").read_text()
    assert "A second opinion" in report
    assert "nested sampling" in report


def test_it_is_part_of_the_command_that_makes_the_fit_again(fitted):
    place, _, _ = fitted
    assert "--second-opinion" in (place / "report.html").read_text()


def test_without_the_package_it_is_refused_before_anything_is_done(monkeypatch):
    monkeypatch.setattr(extras, "is_installed", lambda module: module != "dynesty")
    with pytest.raises(UsageError, match=r"--second-opinion needs dynesty; install it with: .*nested\]"):
        sim.fit("nowhere.csv", second_opinion=True)
