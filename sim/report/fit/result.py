"""What a fit returns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from sim.learn.fit import Fit
from sim.learn.fitted import DRAWS_FILE, draws_csv, fitted_scenario, fitted_tree, fitted_yaml
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.fit import tables
from sim.report.fit.text import sentences
from sim.report.fit.words import names_of
from sim.report.result import Result
from sim.report.table import Table, json_record
from sim.study.checkpoint import Saved

FITTED_FILE = "fitted.yaml"


class FitResult(Result):
    """What was learnt from data: prior and posterior of each unknown, checks, a fitted scenario and joint draws.

    `found` holds all of it, `fitted` the text of the scenario, `draws` that of the joint draws.
    """

    analysis: ClassVar[str] = "fit"

    def __init__(
        self, found: Fit, name: str, source: str, base: str, tree: Mapping[str, Any], parameters: Mapping[str, Any],
        options: Sequence[str] = (), kept: Saved | None = None,
    ) -> None:  # fmt: skip
        """`source` names the data; `base` is the file that the fitted scenario extends, `tree` its content, `options`
        what was changed in it.
        """
        super().__init__(name, parameters, kept)
        self.found = found
        self._source, self._base, self._tree, self._options = source, base, tree, tuple(options)

    @cached_property
    def _stated(self) -> dict[str, Any]:
        found = self.found
        return fitted_tree(found.study.scenario, found.posterior, found.numbers, found.about, found.sha256)

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call each unknown, by its path."""
        return names_of(fitted_scenario(self.found.study.scenario, self._stated))

    @property
    def fitted(self) -> str:
        """The text of the fitted scenario, which extends the one that was fitted."""
        title = f"{self.found.study.scenario.title}, fitted to {self.found.about}"
        return fitted_yaml(self._base, self._stated, title, self.found.about, self._options)

    @cached_property
    def draws(self) -> str:
        """The joint draws as CSV, a column for each input by its path."""
        return draws_csv(self.found.posterior)

    def _made_document(self) -> Document:
        from sim.report.fit.document import fit_document
        from sim.report.fit.figures import fit_figures

        figures = tuple(fit_figures(self.found, self.names))
        return fit_document(self.found, self.names, figures, self.name, self._source, self.command)

    def summary_json(self) -> str:
        """Return what was learnt and how well the model fits as JSON."""
        posterior = self.found.posterior
        content = {
            "scenario": self.name,
            "learnt_from": self.found.about,
            "sha256": self.found.sha256,
            "answer": sentences(self.found, self.names),
            "inputs": [json_record(row) for row in self.tables["summary"]],
            "checks": [json_record(row) for row in self.tables["checks"]],
            "forms": [json_record(row) for row in self.tables["forms"]],
            "estimator": {
                "draws": len(posterior.z), "effective": round(posterior.effective, 1), "bank": posterior.bank,
                "moved_by_doubling": round(posterior.moved, 4), "is_enough": posterior.is_enough,
                "is_settled": posterior.is_settled,
            },
        }  # fmt: skip
        if "trials" in self.tables:
            content["trials"] = [json_record(row) for row in self.tables["trials"]]
        if (second := self.found.second) is not None:
            content["second_opinion"] = {
                "agrees": second.agrees, "log_evidence": round(second.log_evidence, 4),
                "log_evidence_error": round(second.log_evidence_error, 4),
                "effective": round(second.effective, 1), "calls": second.calls,
                "inputs": [json_record(row) for row in self.tables["second"]],
            }  # fmt: skip
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _made_tables(self) -> dict[str, Table]:
        found = {
            "summary": tables.told_data(self.found, self.names),
            "arms": tables.arm_data(self.found),
            "checks": tables.check_data(self.found),
            "forms": tables.form_data(self.found),
            "posterior": Table.from_csv(self.draws),
        }
        if self.found.trials is not None:
            found["trials"] = tables.result_data(self.found)
        if self.found.second is not None:
            found["second"] = tables.second_data(self.found.second, self.names)
        return found

    def _workbook(self) -> WorkbookParts:
        from sim.report.fit.workbook import fit_workbook

        return fit_workbook(self.found, self.name, self.tables)

    def _texts(self) -> dict[str, str]:
        # The draws to the last byte: the fitted scenario names their hash.
        return {FITTED_FILE: self.fitted, DRAWS_FILE: self.draws}

    def _facts(self) -> dict[str, Any]:
        return {
            "scenario": self.name, "seed": self.found.study.scenario.seed, "data": self.found.sha256,
            "configuration": dict(self._tree),
        }  # fmt: skip
