"""What a virtual trial returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sim.decision.virtual_trial.assess import VirtualTrial
from sim.learn.spread import PublishedSpread
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.report.trial import files
from sim.report.trial.text import sentences
from sim.scenario.load import Loaded
from sim.study.checkpoint import Saved


class TrialResult(Result):
    """What a trial would find: power, assurance, type-I error and patients needed; `found` holds all of it.

    `published`: how far patients of published trials scatter, beside those of the model.
    """

    analysis: ClassVar[str] = "trial"

    def __init__(
        self,
        found: VirtualTrial,
        published: Sequence[PublishedSpread],
        loaded: Loaded,
        title: str,
        parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:
        super().__init__(loaded.name, parameters, kept)
        self.found, self.published, self.title = found, tuple(published), title
        self._loaded = loaded

    @property
    def sentences(self) -> list[str]:
        """The answer in words."""
        return sentences(self.found, self.published)

    def _made_document(self) -> Document:
        from sim.report.trial.document import trial_document
        from sim.report.trial.figures import trial_figures

        figures = tuple(trial_figures(self.found))
        return trial_document(self.found, self.published, figures, self.name, self.title, self.command)

    def summary_json(self) -> str:
        """Return the answer, the design and what was found as JSON."""
        return files.trial_json(self.found, self.published, self.name, self.tables)

    def _made_tables(self) -> dict[str, Table]:
        return files.tables_of(self.found, self.published)

    def _workbook(self) -> WorkbookParts:
        from sim.report.trial.workbook import trial_workbook

        return trial_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        scenario = self._loaded.scenario
        return {
            "scenario": self.name, "seed": scenario.seed, "trials": self.found.design.trials,
            "draws": self.found.draws, "configuration": self._loaded.tree,
        }  # fmt: skip
