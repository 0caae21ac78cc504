"""Published arms of trials: who took part, what was done, what was found on which day; read from a file and checked.

Figures are those of groups; a result without an error is shown and nothing is concluded from it.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import ScenarioError, UsageError, did_you_mean
from sim.estimate.estimate import Z95
from sim.scenario.evidence import Frozen, Label, Text
from sim.scenario.faults import listed
from sim.scenario.load import config_folders, shown_path
from sim.scenario.protocol import Count, Name, Protocol, as_tuple
from sim.scenario.references import Fault, Place
from sim.scenario.schema import Relief, Scenario
from sim.scenario.tree import Document, read_tree

SHIPPED = "trials.yaml"
"""The published arms that come with the program."""
LARGEST = 10.0
"""Points from no pain to the worst."""
BOUNDS = {"responders": (0.0, 1.0), "pain": (0.0, LARGEST), "reduction": (-LARGEST, LARGEST)}
Certainty = Literal["sure", "marked"]
Measure = Literal["pain", "reduction", "responders"]
Pair = Annotated[tuple[float, float], BeforeValidator(as_tuple)]


class Baseline(Frozen):
    """Reported pain at the start: mean and sd between patients, in points of 10."""

    mean: Annotated[float, Field(gt=0, lt=LARGEST)]
    sd: Annotated[float, Field(gt=0, le=5)]


class Who(Frozen):
    """Who took part: the kind of patient in the scenario, baseline pain, and the entry rule.

    Without `baseline` it is that of the kind of patient. `reported_pain_at_least`: who reported less was not taken in.
    """

    profile: Name
    baseline: Baseline | None = None
    reported_pain_at_least: Annotated[float, Field(ge=0, le=LARGEST)] | None = None
    note: Text | None = None


class Published(Frozen):
    """What was found in an arm on a day.

    `outcome`: mean reported `pain` (points), mean `reduction` of it since the start (points, positive is better), or
    the share of `responders`, whose reported pain fell by `fell_by` (points, or percent of baseline). Of the error of
    the value there is `error` (standard error), `ci95`, or `sd` between patients with `n`; of a share `n` is enough.
    `range`: where only the ends of a range were published; its middle is the value. `held_out`: not read by a fit, but
    predicted from what was read.
    """

    day: Annotated[Count, Field(ge=1, le=3650)]
    outcome: Measure
    value: float
    sd: Annotated[float, Field(gt=0, le=LARGEST)] | None = None
    n: Annotated[Count, Field(ge=2, le=10_000_000)] | None = None
    error: Annotated[float, Field(gt=0, le=LARGEST)] | None = None
    ci95: Pair | None = None
    range: Pair | None = None
    fell_by: Relief | None = None
    held_out: bool = False
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _middle(cls, given: Any) -> Any:
        ends = given.get("range") if isinstance(given, dict) else None
        numbers = [x for x in ends if isinstance(x, int | float)] if isinstance(ends, list | tuple) else []
        return {"value": sum(numbers) / 2, **given} if len(numbers) == 2 else given

    @model_validator(mode="after")
    def _possible(self) -> Published:
        for fault in self._faults():
            raise _fault(fault)
        return self

    def _faults(self) -> Iterator[str]:
        share, (low, high) = self.outcome == "responders", BOUNDS[self.outcome]
        pairs = [(name, pair) for name in ("ci95", "range") if (pair := getattr(self, name)) is not None]
        for name, number in (("value", self.value), *((name, end) for name, pair in pairs for end in pair)):
            if not low <= number <= high:
                yield f"`{name}` of {self.outcome} must lie between {low:g} and {high:g}; is {number:g}"
        for name, (first, last) in pairs:
            if not first <= self.value <= last:
                yield f"`{name}`: the value {self.value:g} must lie between {first:g} and {last:g}"
            elif first == last:
                yield f"`{name}`: the lower end must be below the upper end"
        if share and self.fell_by is None:
            yield "`responders` needs `fell_by`: {points: 2} or {percent: 30}"
        if not share and self.fell_by is not None:
            yield f"`fell_by` is for responders, not for {self.outcome}"
        if share and self.sd is not None:
            yield "a share of responders has no `sd`; give `n`"
        if self.sd is not None and self.n is None:
            yield "`sd` needs `n`, the number of patients behind the value"
        if self.error is not None and self.ci95 is not None:
            yield "give `error` or `ci95`, not both"

    @property
    def sampling_error(self) -> float:
        """Standard error of the published value, in its unit; NaN where none was published.

        That of a share is of (n p + 1/2) / (n + 1), so that 0 and all of n have one too.
        """
        if self.error is not None:
            return self.error
        if self.ci95 is not None:
            return (self.ci95[1] - self.ci95[0]) / (2 * Z95)
        if self.n is None:
            return math.nan
        if self.outcome == "responders":
            near = (self.n * self.value + 0.5) / (self.n + 1)
            return math.sqrt(near * (1 - near) / self.n)
        return math.nan if self.sd is None else self.sd / math.sqrt(self.n)


class Arm(Frozen):
    """An arm of a trial: what was done, and what was found; `certainty` says whether its figures are sure.

    `what` is a protocol as scenarios have it; `each_visit: []` is a visit at which nothing is done.
    """

    label: Label = None
    certainty: Certainty = "sure"
    what: Protocol
    results: Annotated[tuple[Published, ...], Field(min_length=1, max_length=60), BeforeValidator(as_tuple)]
    note: Text | None = None

    @model_validator(mode="after")
    def _sure_with_errors(self) -> Arm:
        for k, one in enumerate(self.results):
            if self.certainty == "sure" and math.isnan(one.sampling_error):
                need = "`n`" if one.outcome == "responders" else "`sd` with `n`, `error` or `ci95`"
                raise _fault(f"results.{k}: a figure without its error; give {need}, or `certainty: marked`")
        keys = [(one.day, one.outcome, one.fell_by) for one in self.results]
        for k, key in enumerate(keys):
            if key in keys[:k]:
                raise _fault(f"results.{k}: day {key[0]} has {key[1]} twice")
        return self


class Trial(Frozen):
    """A trial: its name, year and source, who took part, and its arms.

    `contrasts`: pairs of arms whose difference is looked at; without them each arm less the one after it. `evidence`:
    the ids under which evidence sets list it among their sources, so that what was made from it is known.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    year: Annotated[Count, Field(ge=1900, le=2100)]
    source: Text
    doi: Text | None = None
    evidence: Annotated[tuple[Text, ...], BeforeValidator(as_tuple)] = ()
    note: Text | None = None
    who: Who
    arms: Annotated[dict[Name, Arm], Field(min_length=1, max_length=24)]
    contrasts: Annotated[
        tuple[Annotated[tuple[str, str], BeforeValidator(as_tuple)], ...] | None, BeforeValidator(as_tuple)
    ] = None

    @model_validator(mode="after")
    def _known_arms(self) -> Trial:
        for k, pair in enumerate(self.contrasts or ()):
            for name in pair:
                if name not in self.arms:
                    near = did_you_mean(name, self.arms)
                    raise _fault(f"contrasts.{k}: no arm {name!r}; there is: {', '.join(self.arms)}.{near}")
            if pair[0] == pair[1]:
                raise _fault(f"contrasts.{k}: must name two different arms")
        return self

    @property
    def label(self) -> str:
        """The trial as people name it."""
        return f"{self.name} {self.year}"

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms whose difference is looked at."""
        names = list(self.arms)
        return tuple(itertools.pairwise(names)) if self.contrasts is None else self.contrasts

    def arm_label(self, arm: str) -> str:
        """Return the name of an arm as people read it."""
        return self.arms[arm].label or arm.replace("_", " ")


class TrialSet(Frozen):
    """A file of trials."""

    title: Text | None = None
    trials: Annotated[dict[Name, Trial], Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Trials:
    """The trials of a file, with the places where its entries stand."""

    file: Path
    document: Document
    model: TrialSet

    @property
    def sha256(self) -> str:
        """The hash of the file's text."""
        return hashlib.sha256(self.document.text.encode()).hexdigest()

    @property
    def trials(self) -> Mapping[str, Trial]:
        """The trials by name."""
        return self.model.trials

    def check_against(self, scenario: Scenario) -> None:
        """Raise ScenarioError, by file and path, for kinds of patient and modalities that a scenario lacks."""
        if faults := list(_strange(self.trials, scenario)):
            raise self.error(faults)

    def error(self, faults: Iterable[Fault]) -> ScenarioError:
        """Return the error that names faults of the file, each with its place."""
        return ScenarioError(_listed(None, faults, self.document, self.file))


def load_trials(path: str | Path) -> Trials:
    """Read a file of trials: as given, else in the folders of configurations.

    Raises UsageError if it cannot be read, ScenarioError with every fault by file and path.
    """
    file = _found(str(path))
    document = read_tree(file, shown_path(file))
    try:
        return Trials(file, document, TrialSet.model_validate(document.tree))
    except ValidationError as errors:
        raise ScenarioError(_listed(errors, (), document, file)) from errors


def _listed(errors: ValidationError | None, faults: Iterable[Fault], document: Document, file: Path) -> list[str]:
    return listed(errors, faults, document.tree, document.places, [shown_path(file)], extended=True, schema=TrialSet)


def _found(name: str) -> Path:
    candidates = [Path(name), *(folder / name for folder in config_folders() if not Path(name).is_absolute())]
    for candidate in candidates:
        try:
            if candidate.exists():
                return candidate
        except (OSError, ValueError):  # a name too long, or one with a NUL
            continue
    looked_at = ", ".join(dict.fromkeys(shown_path(candidate) for candidate in candidates))
    raise UsageError(f"no file of trials {name!r}; looked for {looked_at}"[:600])


def _strange(trials: Mapping[str, Trial], scenario: Scenario) -> Iterator[Fault]:
    for name, trial in trials.items():
        place: Place = ("trials", name)
        profile = trial.who.profile
        if profile not in scenario.profiles:
            near = did_you_mean(profile, scenario.profiles)
            message = f"the scenario has no such kind of patient; there is: {', '.join(scenario.profiles)}.{near}"
            yield Fault((*place, "who", "profile"), profile, message)
        for arm, one in trial.arms.items():
            for modality in sorted(one.what.named_modalities - set(scenario.modalities)):
                near = did_you_mean(modality, scenario.modalities)
                message = f"the scenario has no such modality; there is: {', '.join(scenario.modalities)}.{near}"
                yield Fault((*place, "arms", arm, "what"), modality, message)


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("trial", "{message}", {"message": message})
