"""What a run returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sim.estimate.estimate import ArmEstimate, Difference
from sim.estimate.estimates import ALL
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Progress, Result, untold
from sim.report.run import files
from sim.report.table import Table
from sim.study.checkpoint import Saved
from sim.study.results import Panel

if TYPE_CHECKING:
    import pyarrow


class Run(Result):
    """A finished run: `run["dry_needling", "lasting_relief"]` is an estimate with its error.

    `summary`, `differences`, `trajectories` and `calibration` are tables; `patients()` gives every patient.
    """

    analysis: ClassVar[str] = "run"

    def __init__(
        self,
        panel: Panel,
        name: str,
        tree: Mapping[str, Any],
        parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:
        super().__init__(name, parameters, kept)
        self.panel = panel
        self._tree = tree

    def __getitem__(self, key: tuple[str, str]) -> ArmEstimate:
        arm, outcome = key
        return self.estimate(arm, outcome)

    def estimate(self, arm: str, outcome: str, *, statistic: str = "mean", subgroup: str = ALL) -> ArmEstimate:
        """Return an estimate with its Monte Carlo error and 95 % interval, in its unit; KeyError if there is none.

        `statistic`: mean, sd, p05, p25, p50, p75 or p95; `subgroup`: a profile, or `all`.
        """
        try:
            return self.panel.get(arm, outcome, statistic, subgroup)
        except KeyError as error:
            raise KeyError(f"no {statistic} of {outcome!r} in {arm!r}, {subgroup!r}; see `summary`") from error

    def difference(self, arm: str, versus: str, outcome: str, *, subgroup: str = ALL) -> Difference:
        """Return the paired difference `arm` minus `versus` in the same patients; KeyError if there is none."""
        try:
            return self.panel.difference(arm, versus, outcome, subgroup)
        except KeyError as error:
            raise KeyError(f"no difference of {outcome!r} between {arm!r} and {versus!r} in {subgroup!r}") from error

    @property
    def differences(self) -> Table:
        """The paired differences between arms."""
        return self.tables["differences"]

    @property
    def trajectories(self) -> Table:
        """Pain, relief and relapse along visits and days."""
        return self.tables["trajectories"]

    @property
    def calibration(self) -> Table:
        """How nearly each claim is met."""
        return self.tables["calibration"]

    def patients(self) -> pyarrow.Table:
        """Return a row per patient and arm as an Arrow table, with units in the metadata of its columns.

        The patients are simulated once more, since a run keeps none.
        """
        from sim.report.run.patients import patient_table

        return patient_table(self.panel.result.study, self.panel.result.patients)

    def _made_document(self) -> Document:
        from sim.report.run.document import run_document
        from sim.report.run.figures import build_figures

        return run_document(self.panel, build_figures(self.panel), self.name, self.command)

    def summary_json(self) -> str:
        """Return the whole run but its curves as JSON."""
        return files.summary_json(self.panel, self.name)

    def save(
        self,
        directory: str | Path | None = None,
        *,
        formats: str | Sequence[str] = ("html",),
        progress: Progress = untold,
        patients: bool = False,
    ) -> Path:
        """Write the run to a directory as `Result.save` does; `patients` adds patients.parquet, a row per patient and
        arm.
        """
        return self._saved(directory, formats, progress, self._write_patients if patients else lambda place: None)

    def _made_tables(self) -> dict[str, Table]:
        panel, name = self.panel, self.name
        found = {
            "summary": files.summary_table(panel, name),
            "differences": files.difference_table(panel, name),
            "trajectories": files.trajectory_table(panel, name),
            "calibration": files.calibration_table(panel, name),
            "examples": files.example_table(panel, name),
        }
        if panel.uncertainty is not None:
            found["uncertainty"] = files.uncertainty_table(panel.uncertainty, name)
            found["draws"] = files.draw_table(panel.uncertainty)
        return found

    def _workbook(self) -> WorkbookParts:
        from sim.report.run.workbook import run_workbook

        return run_workbook(self.panel.result.study.scenario, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        result = self.panel.result
        return {
            "scenario": self.name,
            "seed": result.study.scenario.seed,
            "patients": result.patients,
            "configuration": self._tree,
        }

    def _write_patients(self, place: Path) -> None:
        from sim.report.run.patients import write_patients

        write_patients(place / "patients.parquet", self.panel.result.study, self.panel.result.patients)
