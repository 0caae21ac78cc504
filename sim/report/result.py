"""What every analysis returns: tables, figures, a report, and what would make it again."""

from __future__ import annotations

import importlib.metadata
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import sim
from sim.errors import FullDiskError, UsageError
from sim.output.directory import output_directory, write_manifest
from sim.output.names import default_name
from sim.report.command import command_line
from sim.report.document.formats import chosen_formats, report_file, writers_of
from sim.report.document.printing import Printed, printed
from sim.report.table import Table

if TYPE_CHECKING:
    from sim.report.document.document import Document
    from sim.report.document.workbook_parts import WorkbookParts
    from sim.report.drawing.figure import FigureFile
    from sim.study.checkpoint import Saved

PACKAGES = ("numpy", "scipy", "numba", "matplotlib", "pydantic", "ruamel.yaml", "jinja2", "pyarrow", "simpy")
"""Packages that results and reports depend on."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is; 0 where that is not known."""


def untold(what: str, done: int, total: int) -> None:
    """Tell nobody."""


class Figure:
    """A figure of a report: it shows itself in a notebook, can be saved, and has the numbers that it was drawn from.

    >>> figure = run.figures["pain_by_day"]  # doctest: +SKIP
    >>> figure.data.to_pandas()  # doctest: +SKIP
    >>> figure.save("pain.png")  # doctest: +SKIP
    """

    def __init__(self, file: FigureFile, tables: Mapping[str, Table]) -> None:
        self._file, self._tables = file, tables
        self.name, self.title, self.caption, self.alt = file.name, file.title, file.caption, file.alt

    @property
    def data(self) -> Table:
        """The rows of the result's tables that the figure shows."""
        return self._file.source.of(self._tables)

    @property
    def svg(self) -> str:
        """The figure as SVG, with a title and a description for screen readers."""
        return self._repr_svg_()

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file that ends in .svg or .png; UsageError for another ending."""
        place = Path(path)
        if place.suffix not in (".svg", ".png"):
            raise UsageError(f"{place}: a figure can be saved as .svg or .png")
        from sim.report.drawing.rendering import render

        svg, png = render([self._file])[self.name]
        place.write_bytes(svg if place.suffix == ".svg" else png)
        return place

    def _repr_svg_(self) -> str:
        from sim.report.drawing.rendering import render_svg

        return render_svg(self._file).decode()

    def __repr__(self) -> str:
        return f"<Figure {self.name}: {self.title}>"


class Result(ABC):
    """A finished analysis.

    `name` is that of the scenario, `parameters` what would make it again: the name of the analysis and everything that
    it was given. Tables and figures are made when they are first asked for.

    >>> import sim
    >>> run = sim.run("acute.yaml", patients=2000)  # doctest: +SKIP
    >>> run.summary.where(arm="dry_needling", outcome="cost").to_pandas()  # doctest: +SKIP
    >>> run.save("outputs/mine", formats=("html", "docx"))  # doctest: +SKIP
    """

    analysis: ClassVar[str]

    def __init__(self, name: str, parameters: Mapping[str, Any], kept: Saved | None = None) -> None:
        """`kept`: what it was made from, to be removed once it is in a directory: nothing is to go on from then."""
        self.name = name
        self.parameters = {"analysis": self.analysis, **parameters}
        self._kept = kept

    @abstractmethod
    def _made_document(self) -> Document:
        """Return the report with its figures, yet to be written in a format."""

    @abstractmethod
    def summary_json(self) -> str:
        """Return what summary.json holds: the results, an undefined number or one never reached as null."""

    @abstractmethod
    def _made_tables(self) -> dict[str, Table]:
        """Return the tables, by the name of their file without its ending."""

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """Return what the manifest says besides the parameters: the scenario as it was resolved, patients, seed."""

    def _workbook(self) -> WorkbookParts:
        """Return what a workbook holds beside the words of the report."""
        from sim.report.document.workbook_parts import WorkbookParts

        return WorkbookParts(self.tables)

    def _texts(self) -> dict[str, str]:
        """Return further files, by name."""
        return {}

    @property
    def command(self) -> str:
        """The command line that gives the same numbers."""
        return command_line(self.parameters)

    @property
    def directory_name(self) -> str:
        """How its output directory is called unless another name is given."""
        return default_name(self.analysis, self.name)

    @cached_property
    def document(self) -> Document:
        """The report with its figures, yet to be written in a format."""
        return self._made_document()

    @cached_property
    def tables(self) -> dict[str, Table]:
        """All tables by name, those of its CSV files."""
        return self._made_tables()

    @property
    def summary(self) -> Table:
        """The table that says most."""
        return next(iter(self.tables.values()))

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """All figures of the report by name."""
        return {file.name: Figure(file, self.tables) for file in self.document.figures}

    def report(self, format: str = "html") -> bytes:  # noqa: A002 (the word that everybody uses)
        """Return the report as a file of a format, `html`, `docx`, `xlsx` or `pdf`; UsageError for another one."""
        (form,) = chosen_formats([format])
        return printed(self.document, (form,), self._workbook).reports[report_file(form)]

    def save(
        self,
        directory: str | Path | None = None,
        *,
        formats: str | Sequence[str] = ("html",),
        progress: Progress = untold,
    ) -> Path:
        """Write report, tables, figures and manifest to a directory, complete or not at all, and return it.

        Without one it is a directory in `outputs`, named after the scenario. An earlier run there is replaced; raises
        OutputError if the directory holds anything else, WriteError if it cannot be written to its end.
        """
        return self._saved(directory, formats, progress)

    def _saved(
        self,
        directory: str | Path | None,
        formats: str | Sequence[str],
        progress: Progress,
        more: Callable[[Path], None] = lambda place: None,
    ) -> Path:
        """Do what `save` does; `more` writes further files into the directory."""
        with nullcontext() if self._kept is None else self._kept.told():
            return self._written(directory, formats, progress, more)

    def _written(
        self,
        directory: str | Path | None,
        formats: str | Sequence[str],
        progress: Progress,
        more: Callable[[Path], None],
    ) -> Path:
        target = Path("outputs") / self.directory_name if directory is None else Path(directory)
        chosen = chosen_formats([formats] if isinstance(formats, str) else formats)
        progress("drawing the report", 0, 0)
        made = printed(self.document, chosen, self._workbook, progress)
        progress("writing the tables", 0, 0)
        try:
            self._put(target, made, more)
        except FullDiskError:
            if self._kept is None or not self._kept.exists:
                raise
            with self._kept.set_aside():  # what is kept of the work must not cost its result the room
                self._put(target, made, more)
        return target

    def _put(self, target: Path, made: Printed, more: Callable[[Path], None]) -> None:
        with output_directory(target, self._done) as place:
            more(place)
            self._fill(place, made)

    def _done(self) -> None:
        if self._kept is not None:
            self._kept.remove()

    def _fill(self, place: Path, made: Printed) -> None:
        texts = {f"{name}.csv": table.to_csv() for name, table in self.tables.items()}
        for file_name, text in (texts | {"summary.json": self.summary_json()} | self._texts()).items():
            (place / file_name).write_text(text, encoding="utf-8", newline="\n")
        for file_name, content in made.reports.items():
            (place / file_name).write_bytes(content)
        if made.figures:
            (place / "figures").mkdir()
        for figure, (svg, png) in made.figures.items():
            (place / "figures" / f"{figure}.svg").write_bytes(svg)
            (place / "figures" / f"{figure}.png").write_bytes(png)
        how = {
            "version": sim.__version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "parameters": self.parameters,
            "versions": _versions(made),
        }
        write_manifest(place, how | self._facts())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.command}>"

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(self.command)}</code></p>{self.summary._repr_html_()}"


def _versions(made: Printed) -> dict[str, str]:
    """Return the versions of Python and of the packages that results and reports depend on."""
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *writers_of(made.reports)):
        found[package] = importlib.metadata.version(package)
    return found
