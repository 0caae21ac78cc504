"""The sentence that a clinic acts on is right by the numbers that stand beside it, in every shipped scenario."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli.main import cli

SCENARIOS = ("acute", "chronic", "stress", "reference")
MARGIN = {"pain_reduction_day42": 0.5, "responder_day42": 0.05, "lasting_relief": 0.05}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("verdicts") / "out"
    files = [f"{name}.yaml" for name in SCENARIOS]
    words = ["compare", *files, "--evidence", "article.yaml,literature.yaml", "--patients", "8000", "--workers", "1"]
    assert CliRunner().invoke(cli, [*words, "--quiet", "--out", str(place)]).exception is None
    return place


def means_of(out: Path) -> dict[str, dict[tuple[str, str], float]]:
    """Return the means over all patients by scenario, arm and outcome, as the file holds them."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["subgroup"], row["statistic"]) == ("all", "mean") and row["estimate"]:
                found.setdefault(row["scenario"], {})[row["arm"], row["outcome"]] = float(row["estimate"])
    return found


def test_every_verdict_follows_from_the_summary(out: Path) -> None:
    means = means_of(out)
    verdicts = {one["scenario"]: one["verdict"] for one in json.loads((out / "summary.json").read_text())["scenarios"]}
    assert len(verdicts) == 2 * len(SCENARIOS)
    for scenario, verdict in verdicts.items():
        check(verdict, means[scenario])


def check(verdict: dict[str, Any], means: dict[tuple[str, str], float]) -> None:
    arms = sorted({arm for arm, _ in means})
    best = {name: max(means[arm, name] for arm in arms) for name in MARGIN}
    # An arm within a hair of the margin may stand on either side of it: the simulation has an error.
    leads = {arm for arm in arms if all(best[name] - means[arm, name] <= MARGIN[name] + 0.02 for name in MARGIN)}
    surely = {arm for arm in arms if all(best[name] - means[arm, name] <= MARGIN[name] - 0.02 for name in MARGIN)}
    named = {verdict["preferred"]} if verdict["preferred"] else set(verdict["equivalent"])
    if named - {None}:
        assert surely <= named <= leads, verdict
    if verdict["choose"] and len(named) > 1:
        assert means[verdict["choose"], "cost"] == min(means[arm, "cost"] for arm in named)
    told = re.match(r"Of 100 patients, (\d+) with ([a-z ]+) and (\d+) with ([a-z ]+) report ", verdict["sentence"])
    assert told is not None, verdict["sentence"]
    for count, arm in ((told[1], told[2]), (told[3], told[4])):
        assert int(count) == round(100 * means[arm.replace(" ", "_"), "responder_day42"])
    arm, versus = told[2].replace(" ", "_"), told[4].replace(" ", "_")
    also = re.findall(r"With ([a-z ]+) it is (\d+), for \$([\d,]+) (more|less) each", verdict["sentence"])
    assert all(int(n) == round(100 * means[name.replace(" ", "_"), "responder_day42"]) for name, n, *_ in also)
    only = re.findall(r"\. ([A-Z][a-z ]+) costs \$([\d,]+) (more|less) each", verdict["sentence"])
    assert all(name.lower().replace(" ", "_") == versus for name, *_ in only)
    for name, dollars, more in [(name, *rest) for name, _, *rest in also] + only:
        extra = means[name.lower().replace(" ", "_"), "cost"] - means[arm, "cost"]
        assert (round(abs(extra)), extra > 0) == (int(dollars.replace(",", "")), more == "more")
    gain = means[arm, "responder_day42"] - means[versus, "responder_day42"]
    needed = re.search(r"\((?:about )?(\d+)(?: to (\d+))? treated for one more\)", verdict["sentence"])
    if needed is not None:
        low, high = int(needed[1]), int(needed[2] or needed[1])
        assert low - 0.5 <= 1 / gain <= high + 0.5
    else:
        assert gain <= 0.05 or "or more treated" in verdict["sentence"]
