"""What a calibration returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sim.report.result import Result
from sim.report.run.files import claim_record
from sim.report.table import Table, json_record
from sim.report.words.input_table import input_data
from sim.scenario.schema import Scenario
from sim.study.check import CheckedCalibration

if TYPE_CHECKING:
    from sim.report.document.document import Document
    from sim.report.document.workbook_parts import WorkbookParts

CLAIM_COLUMNS = (
    "place", "modality", "profile", "claim", "unit", "claimed", "doubt", "reached", "error", "off", "is_target",
    "simulated", "mc_error",
)  # fmt: skip


class CalibrationResult(Result):
    """A calibration, checked on random patients: claims as they are met, and the parameters found."""

    analysis: ClassVar[str] = "calibrate"

    def __init__(
        self,
        checked: CheckedCalibration,
        scenario: Scenario,
        name: str,
        tree: Mapping[str, Any],
        parameters: Mapping[str, Any],
    ) -> None:
        super().__init__(name, parameters)
        self.checked = checked
        self.scenario, self._tree = scenario, tree

    def _made_document(self) -> Document:
        from sim.report.calibration.document import calibration_document  # loads what draws

        return calibration_document(self.checked, self.scenario, self.command)

    def summary_json(self) -> str:
        """Return claims and parameters as JSON."""
        found = self.checked.calibration
        content = {
            "patients": self.checked.patients,
            "parameters": {name: json_record(one._asdict()) for name, one in found.parameters.items()},
            "natural": {name: json_record(one._asdict()) for name, one in found.natural.items()},
            "claims": [
                json_record(claim_record(one.result))
                | json_record({"simulated": one.simulated.estimate, "mc_error": one.simulated.mc_error})
                for one in self.checked.claims
            ],
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _made_tables(self) -> dict[str, Table]:
        found = self.checked.calibration
        claims = (
            {**claim_record(one.result), "simulated": one.simulated.estimate, "mc_error": one.simulated.mc_error}
            for one in self.checked.claims
        )
        parameters = [{"modality": name, **one._asdict()} for name, one in found.parameters.items()]
        natural = [{"profile": name, **one._asdict()} for name, one in found.natural.items()]
        return {
            "claims": Table(CLAIM_COLUMNS, claims),
            "parameters": Table(_columns(parameters, "modality"), parameters),
            "natural": Table(_columns(natural, "profile"), natural),
        }

    def _workbook(self) -> WorkbookParts:
        from sim.report.document.workbook_parts import WorkbookParts

        return WorkbookParts(self.tables, inputs=input_data([(self.name, self.scenario)]))

    def _facts(self) -> dict[str, Any]:
        return {
            "scenario": self.name,
            "seed": self.scenario.seed,
            "patients": self.checked.patients,
            "configuration": self._tree,
        }


def _columns(rows: list[dict[str, Any]], first: str) -> tuple[str, ...]:
    return tuple(rows[0]) if rows else (first,)
