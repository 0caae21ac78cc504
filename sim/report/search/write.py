"""Write the output directory of a protocol search: report, tables, figure, the best protocol and the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.decision.search import SearchResult
from sim.report.document.document import Document
from sim.report.document.printing import printed
from sim.report.run.write import write_made, write_printed, write_text
from sim.report.search.files import best_yaml, candidates_csv, frontier_csv, search_json


@dataclass(frozen=True)
class SearchReport:
    """The report of a search, yet to be drawn."""

    result: SearchResult
    name: str
    command: str
    best: str

    def draw(self) -> Document:
        """Return the report with its figure."""
        from sim.report.drawing.appearance import settings
        from sim.report.search.document import search_document
        from sim.report.search.figure import frontier_figure

        with settings():
            figures = (frontier_figure(self.result),)
        return search_document(self.result, figures, self.name, self.command, self.best)


def write_search(
    directory: Path,
    result: SearchResult,
    name: str,
    file: str,
    overrides: Sequence[str],
    resolved: dict[str, Any],
    command: str,
    formats: Sequence[str],
) -> None:
    """Fill a directory with everything that a search leaves behind; `file` is what `best.yaml` extends."""
    best = best_yaml(result, file, overrides)
    made = printed(SearchReport(result, name, command, best), formats)
    texts = {
        "candidates.csv": candidates_csv(result),
        "frontier.csv": frontier_csv(result),
        "summary.json": search_json(result, name),
        "best.yaml": best,
    }
    for file_name, text in texts.items():
        write_text(directory / file_name, text)
    write_printed(directory, made)
    write_made(
        directory,
        made,
        command,
        {
            "scenario": name,
            "seed": result.scenario.seed,
            "patients": result.scenario.cohort.size,
            "configuration": resolved,
        },
    )
