"""What a synthesis of trials returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.learn.contrasts import Asked
from sim.learn.evidence_fragment import Fragment
from sim.learn.synthesis import Pooled
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.pooling import files
from sim.report.result import Result
from sim.report.table import Table

FRAGMENT = "pooled.yaml"


class PoolingResult(Result):
    """Several trials together: the pooled mean, each trial, leave-one-out, and a piece of evidence for scenarios.

    `fragment` is the text of the piece of evidence, empty if there is none.
    """

    analysis: ClassVar[str] = "pool"

    def __init__(
        self, asked: Asked, found: Pooled, without: dict[str, Pooled], claim: Fragment | None, no_claim: str, name: str,
        facts: Mapping[str, Any], parameters: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """`no_claim` says why there is no piece of evidence, if there is none."""
        super().__init__(name, parameters)
        self.asked, self.found, self.without = asked, found, without
        self.claim, self._no_claim, self._content = claim, no_claim, facts

    @property
    def fragment(self) -> str:
        """The piece of evidence as YAML, empty if there is none."""
        return "" if self.claim is None else self.claim.text

    def _made_document(self) -> Document:
        from sim.report.pooling.document import pooling_document
        from sim.report.pooling.figures import pooling_figures

        figures = tuple(pooling_figures(self.asked, self.found, self.without))
        return pooling_document(
            self.asked, self.found, self.without, self.claim, self._no_claim, figures, self.name, self.command
        )

    def summary_json(self) -> str:
        """Return the answer, the results, the effects and what was left out as JSON."""
        return files.pooling_json(self.asked, self.found, self.without, self.claim, self.name)

    def _made_tables(self) -> dict[str, Table]:
        return files.tables(self.asked, self.found, self.without)

    def _workbook(self) -> WorkbookParts:
        from sim.report.pooling.workbook import pooling_workbook

        return pooling_workbook(self.asked, self.found, self.tables)

    def _texts(self) -> dict[str, str]:
        return {FRAGMENT: self.fragment} if self.fragment else {}

    def _facts(self) -> dict[str, Any]:
        return dict(self._content)
