"""The only way from a scenario file to a Scenario: find it, lay it over its evidence set, check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import sim
from sim.errors import ScenarioError, UsageError, did_you_mean, visible
from sim.scenario.faults import kind_of, listed, shortened
from sim.scenario.merge import assigned, laid_over
from sim.scenario.references import Place, left_out_faults, reference_faults
from sim.scenario.schema import Scenario
from sim.scenario.structure import structure_faults
from sim.scenario.tree import MAX_FAULTS, Document, Mark, Marks, read_tree

LONGEST_CHAIN = 10
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Loaded:
    """A scenario with where it came from: its files, the merged tree, and the place of every entry.

    `files` begins with the file named, followed by what it extends.
    """

    scenario: Scenario
    name: str
    files: tuple[Path, ...]
    tree: dict[str, Any]
    places: dict[Place, Marks]

    def located(self, faults: Iterable[str]) -> list[str]:
        """Return faults, each `path: what is wrong`, with file, line and column before them, and in that order."""
        files = {shown_path(file): k for k, file in enumerate(self.files)}
        known = [(self._mark(fault), fault) for fault in dict.fromkeys(faults)]
        known.sort(key=lambda one: (files.get(one[0].file, len(files)), one[0].line, one[0].column))
        return [f"{mark}: {fault}" if mark.file else fault for mark, fault in known]

    def _mark(self, fault: str) -> Mark:
        """Return where the path stands that a fault begins with, or the part of it that is there."""
        place: Place = ()
        for step in fault.partition(": ")[0].split("."):
            keys = (step, int(step)) if step.isascii() and step.isdigit() else (step,)
            below = next(((*place, key) for key in keys if (*place, key) in self.places), None)
            if below is None:
                break
            place = below
        return self.places[place].value if place else Mark("")


def config_folders() -> tuple[Path, ...]:
    """Return where configurations are looked for: `configs` here, then those that come with the program."""
    installed = Path(sim.__file__).resolve().parent / "configs"
    beside = installed.parent.parent / "configs"
    return _here() / "configs", installed if installed.is_dir() else beside


@dataclass(frozen=True)
class Merged:
    """A scenario file laid over all that it extends, not yet checked; `own` holds what stands in it, and `base` what it
    is laid over, if anything.
    """

    files: tuple[Path, ...]
    document: Document
    own: Document
    base: Document | None


def load_scenario(
    name: str,
    overrides: Sequence[str] = (),
    *,
    outcomes: frozenset[str],
    search: Sequence[Path] | None = None,
) -> Loaded:
    """Load a scenario by file name, with `path=value` overrides applied in order.

    `outcomes` holds the names that `primary.outcome` may take; `search` the folders that hold configurations.
    Raises UsageError if the file cannot be read, ScenarioError with every fault in it and in the overrides.
    """
    return checked(read_scenario(name, search=search), [("--set", override) for override in overrides], outcomes)


def read_scenario(name: str, evidence: str | None = None, *, search: Sequence[Path] | None = None) -> Merged:
    """Read a scenario file and all that it extends; `evidence` takes the place of its evidence set.

    Raises UsageError if a file cannot be read or found, ScenarioError for faults of the files as such.
    """
    folders = config_folders() if search is None else tuple(search)
    documents, files = _read_chain(_find(name, folders), folders)
    if evidence is not None:
        first = next((k for k, document in enumerate(documents) if "evidence" in document.tree), 0)
        if first == 0:
            file = shown_path(files[0])
            raise UsageError(f"--evidence: {file} is an evidence set itself; name a scenario that extends one")
        read, other_files = _read_chain(_find(evidence, folders, "--evidence: "), folders)
        documents, files = documents[:first] + read, files[:first] + other_files
    own, *others = documents
    base = reduce(laid_over, reversed(others)) if others else None
    document = laid_over(base, own) if base else own
    return Merged(files, document, own, base)


def checked(merged: Merged, overrides: Sequence[tuple[str, str]], outcomes: frozenset[str]) -> Loaded:
    """Return the scenario of a merged file, with overrides (the option that gave it, `path=value`) laid over it.

    Raises ScenarioError with every fault.
    """
    document = _override(merged.document, overrides)
    _find_draws(document, merged.files)
    tree, places = document.tree, document.places
    errors: ValidationError | None = None
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        errors = error
    base = merged.base.tree if merged.base is not None else {}
    faults = [*reference_faults(tree, outcomes), *left_out_faults(tree, base, merged.document.tree)]
    faults += structure_faults(scenario) if scenario is not None and not faults else []
    if scenario is None or faults:
        order = [shown_path(file) for file in merged.files]
        raise ScenarioError(listed(errors, faults, tree, places, order, extended=len(merged.files) > 1))
    return Loaded(scenario, merged.files[0].stem, merged.files, tree, places)


def _find_draws(document: Document, files: Sequence[Path]) -> None:
    """Put the place of the file of draws for its name, if it lies beside the scenario file that names it.

    Where it does not, the name stays, and is looked for from the current directory.
    """
    draws = document.tree.get("draws")
    name = draws.get("from") if isinstance(draws, dict) else None
    if not isinstance(name, str) or not name.endswith(".csv") or Path(name).is_absolute():
        return
    stated_in = document.places[("draws", "from")].value.file
    folder = next((file.parent for file in files if shown_path(file) == stated_in), None)
    if folder is not None and _exists(folder / name):
        document.tree["draws"] = {**draws, "from": str((folder / name).resolve())}


def shown_path(file: Path) -> str:
    """Return a path as messages show it: relative to the current directory when below it."""
    here = _here()
    shown = str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
    return visible(shown)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(f"the current directory cannot be used: {error.strerror or error}") from error


def _override(document: Document, overrides: Sequence[tuple[str, str]]) -> Document:
    faults: list[str] = []
    for option, override in overrides:
        try:
            document, _ = assigned(document, override, Scenario.model_fields, option)
        except ScenarioError as error:
            faults += error.faults
            if len(faults) >= MAX_FAULTS:
                raise ScenarioError([*faults, "... and perhaps more"]) from error
    if faults:
        raise ScenarioError(faults)
    return document


def _find(name: str, folders: Sequence[Path], start: str = "") -> Path:
    """Return the file of a name: as given, else in the folders; a message begins with `start`."""
    candidates = [_here() / name]
    if not Path(name).is_absolute():
        candidates += [folder / name for folder in folders]
    for candidate in candidates:
        if _exists(candidate) and not candidate.is_dir():
            return candidate
    for candidate in candidates:
        if _exists(candidate):
            raise UsageError(f"{start}{shown_path(candidate)}: is a directory; name a scenario file in it")
    raise UsageError(start + _not_found(name, candidates))


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):  # a name too long, or one with a NUL
        return False


def _not_found(name: str, candidates: Sequence[Path]) -> str:
    looked_at = list(dict.fromkeys(shown_path(candidate) for candidate in candidates))
    known = {file.name for candidate in candidates for file in _configs_in(candidate.parent)}
    names = f" There is: {', '.join(sorted(known)[:20])}." if known else ""
    shown = ", ".join(path if len(path) <= 200 else path[:200] + "..." for path in looked_at)
    return f"no scenario {shortened(name)}; looked for {shown}.{did_you_mean(name, sorted(known))}{names}"


def _configs_in(folder: Path) -> list[Path]:
    try:
        return sorted(filter(_may_be_scenario, folder.glob("*.yaml"))) if folder.is_dir() else []
    except (OSError, ValueError):
        return []


def _may_be_scenario(file: Path) -> bool:
    """Tell whether a file is no table of trials, which is YAML too."""
    try:
        return "\ntrials:" not in "\n" + file.read_text(encoding="utf-8", errors="replace")
    except OSError:  # a directory, or not ours to read
        return True


def _read_chain(first: Path, folders: Sequence[Path]) -> tuple[list[Document], tuple[Path, ...]]:
    """Return the documents and files from the one named to the end of its chain of `extends`."""
    roots = [first.parent.resolve(), *(folder.resolve() for folder in folders)]
    chain = [first]
    documents: list[Document] = []
    while True:
        document = read_tree(chain[-1], shown_path(chain[-1]))
        documents.append(document)
        if "extends" not in document.tree:
            return documents, tuple(chain)
        target = document.tree.pop("extends")
        place = f"{document.places.pop(('extends',)).value}: extends"
        if not isinstance(target, str) or not target:
            raise ScenarioError(
                [f"{place}: must be the name of one file; given {kind_of(target) or shortened(target)}"]
            )
        base = _find_base(target, chain[-1].parent, folders, roots, place)
        if any(base.resolve() == earlier.resolve() for earlier in chain):
            shown = " -> ".join(shown_path(file) for file in (*chain, base))
            raise ScenarioError([f"{place}: goes round in a loop: {shown}"])
        if len(chain) >= LONGEST_CHAIN:
            raise ScenarioError([f"{place}: the chain of files is longer than {LONGEST_CHAIN}"])
        chain.append(base)


def _find_base(target: str, folder: Path, folders: Sequence[Path], roots: Sequence[Path], place: str) -> Path:
    """Return the file that `extends` names: beside the extending file, else in the folders.

    A scenario may come from anybody, so it reaches scenario files only, and of these only its neighbours, whatever
    links there are. The name is looked at first, so that nothing can be learned about other files.
    """
    if "://" in target:
        raise ScenarioError([f"{place}: must be a file, nothing is fetched; given {shortened(target)}"])
    target = target.replace("\\", "/")  # a file that was written on Windows is read everywhere
    if not target.endswith(ENDINGS):
        raise ScenarioError([f"{place}: must be a file whose name ends in .yaml or .yml; given {shortened(target)}"])
    candidates = [folder / target, *(other / target for other in folders)]
    outside = False
    for candidate in candidates:
        inside = _lies_in(candidate, roots)
        if inside and _exists(candidate):
            return candidate
        outside = outside or not inside
        if not inside and _exists(candidate):
            break
    if outside:
        allowed = ", ".join(dict.fromkeys(shown_path(root) for root in roots))
        rule = f"must lie in the folder of the scenario or of the configs ({allowed})"
        raise ScenarioError([f"{place}: {rule}; given {shortened(target)}"])
    raise ScenarioError([f"{place}: {_not_found(target, candidates)}"])


def _lies_in(file: Path, roots: Sequence[Path]) -> bool:
    try:
        real = file.resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL, or symbolic links in a loop
        return False
    return real.name.endswith(ENDINGS) and any(real.is_relative_to(root) for root in roots)
