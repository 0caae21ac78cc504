"""A number with its unit, its source, how sure that source is, and its uncertainty."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sim.plain_text import plain_name, plain_text

Status = Literal["claim", "published", "derived", "unverified", "own", "assumption", "scenario"]

STATUS_MEANING: dict[str, str] = {
    "claim": "stated by the article; its own source could not be traced",
    "published": "seen in a copy of the published source, mostly its abstract",
    "derived": "computed from published figures",
    "unverified": "from memory or an uncertain copy; check before relying on it",
    "own": "the user's own figure: a price list, records; not published",
    "assumption": "assumed; no published figure",
    "scenario": "set in the scenario without a source",
}


_SOURCE_IDS = re.compile(r"[A-Z][0-9]+(, [A-Z][0-9]+)*")
"""Sources listed under `sources`, as `B1` or `B1, C1`; what else is named as a source has not been verified here."""


Text = Annotated[str, AfterValidator(plain_text)]
"""Text for readers, made clean here once: on one line, without what cannot be shown or is not seen."""
Named = AfterValidator(plain_name)
"""The same for text that must not be empty."""
Label = Annotated[
    Annotated[str, Field(min_length=1, max_length=60)] | None,
    AfterValidator(lambda given: given and (plain_text(given) or None)),
]
"""What people call something of the user's; None, as if not given, if nothing of it can be seen."""


class Frozen(BaseModel):
    """Base of every part of a scenario: strict types, no unknown keys, no NaN or infinity, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True)


class Spread(Frozen):
    """How widely a distribution spreads: by its sd about the value, or by a 95 % range (`low`, `high`).

    A uniform or triangular distribution ends at `low` and `high`; `mode` is the peak of a triangular one (by default
    the value); a beta distribution may have its shapes `alpha` and `beta`.
    """

    sd: Annotated[float, Field(gt=0)] | None = None
    low: float | None = None
    high: float | None = None
    mode: float | None = None
    alpha: Annotated[float, Field(gt=0)] | None = None
    beta: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Spread:
        if (self.low is None) != (self.high is None):
            raise PydanticCustomError("range", "give both `low` and `high`")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise PydanticCustomError("range", "`low` must be below `high`")
        if (self.alpha is None) != (self.beta is None):
            raise PydanticCustomError("shapes", "give both `alpha` and `beta`")
        if sum(part is not None for part in (self.sd, self.low, self.alpha)) > 1:
            raise PydanticCustomError("spread", "give only one of `sd`, `low` with `high`, `alpha` with `beta`")
        if self.sd is None and self.low is None and self.alpha is None:
            raise PydanticCustomError("spread", "give `sd`, or `low` and `high`, or `alpha` and `beta`")
        return self


class Uncertainty(Frozen):
    """How uncertain a number is: exactly one named distribution around its value."""

    normal: Spread | None = None
    lognormal: Spread | None = None
    beta: Spread | None = None
    gamma: Spread | None = None
    uniform: Spread | None = None
    triangular: Spread | None = None
    fixed: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> Uncertainty:
        if len(self.model_fields_set) != 1 or self.family is None:
            raise PydanticCustomError("one_family", f"name exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def family(self) -> str | None:
        """Name of the distribution."""
        return next((name for name in type(self).model_fields if getattr(self, name) is not None), None)

    @property
    def spread(self) -> Spread | None:
        """How widely it spreads; None if fixed."""
        given = getattr(self, self.family or "fixed")
        return given if isinstance(given, Spread) else None

    def fault(self, value: float) -> str | None:
        """Return why there is no such distribution about a value, None if there is one."""
        family, spread = self.family, self.spread
        if spread is None:
            return None
        sd, low, high = spread.sd, spread.low, spread.high
        if spread.mode is not None and (family != "triangular" or low is None):
            return "only a triangular distribution with `low` and `high` has a `mode`"
        if spread.alpha is not None and family != "beta":
            return "only a beta distribution has `alpha` and `beta`"
        if low is not None and high is not None:
            if not low <= value <= high:
                return f"the value {value:g} lies outside its own range, {low:g} to {high:g}"
            if spread.mode is not None and not low <= spread.mode <= high:
                return f"the mode {spread.mode:g} lies outside the range, {low:g} to {high:g}"
            if family in ("lognormal", "gamma") and low <= 0:
                return f"a {family} distribution lies above 0; its range begins at {low:g}"
            if family == "beta" and not (low > 0 and high < 1):
                return f"a beta distribution lies between 0 and 1; its range is {low:g} to {high:g}"
        if sd is not None:
            if family in ("lognormal", "gamma") and value <= 0:
                return f"a {family} distribution has a mean above 0, not {value:g}"
            if family == "beta" and not 0 < value < 1:
                return f"a beta distribution has a mean between 0 and 1, not {value:g}"
            if family == "beta" and sd * sd >= value * (1 - value):
                widest = math.sqrt(value * (1 - value))
                return f"a beta distribution with mean {value:g} has an sd below {widest:.3g}, not {sd:g}"
        return None

    def describe(self) -> str:
        """Return the distribution in words, as `normal, sd 0.3`."""
        spread = self.spread
        if spread is None:
            return "fixed"
        given = ", ".join(f"{k} {v:g}" for k, v in spread.model_dump(exclude_none=True).items())
        return f"{self.family}, {given}"


class Quantity(Frozen):
    """A number and where it comes from."""

    value: float
    unit: Text = ""
    source: Annotated[str, Field(min_length=1, max_length=200), Named] = "scenario"
    status: Status = "scenario"
    quote: Text | None = None
    note: Text | None = None
    range: tuple[float, float] | None = None
    uncertainty: Uncertainty | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Complete what follows from the rest: the middle of a range, the status of a well-known source."""
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        bounds = filled.get("range")
        if isinstance(bounds, list | tuple):
            filled["range"] = tuple(bounds)
            numbers = [x for x in bounds if isinstance(x, int | float) and not isinstance(x, bool)]
            if len(numbers) != 2 or len(bounds) != 2 or not numbers[0] <= numbers[1]:
                raise PydanticCustomError("range", "`range` is two numbers, the smaller first")
            filled.setdefault("value", (numbers[0] + numbers[1]) / 2)
        source = filled.get("source")
        if "status" not in filled and isinstance(source, str):
            known = {"article": "claim", "assumption": "assumption", "scenario": "scenario", "own": "own"}
            published = "published" if _SOURCE_IDS.fullmatch(source) else "unverified"
            filled["status"] = known.get(source, published)
        return filled

    @model_validator(mode="after")
    def _possible(self) -> Quantity:
        fault = self.uncertainty.fault(self.value) if self.uncertainty else None
        if fault:
            raise PydanticCustomError("uncertainty", "uncertainty: {fault}", {"fault": fault})
        return self

    @property
    def is_uncertain(self) -> bool:
        """Whether it has a distribution to draw from."""
        return self.uncertainty is not None and self.uncertainty.family != "fixed"

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True)
class Number:
    """Annotation of a quantity's unit and bounds; a bare number is lifted to a quantity set by the scenario."""

    unit: str
    ge: float = -math.inf
    le: float = math.inf
    gt: float = -math.inf
    lt: float = math.inf

    def allowed(self) -> str:
        """Return the bounds in words."""
        low = f"at least {self.ge:g}" if self.ge > -math.inf else f"above {self.gt:g}" if self.gt > -math.inf else ""
        high = f"at most {self.le:g}" if self.le < math.inf else f"below {self.lt:g}" if self.lt < math.inf else ""
        return " and ".join(part for part in (low, high) if part) or "a number"

    def _lift(self, given: Any) -> Any:
        if isinstance(given, bool) or given is None or isinstance(given, str | list):
            raise PydanticCustomError(
                "quantity", "a number ({allowed}), or a mapping with value and source", {"allowed": self.allowed()}
            )
        return {"value": given} if isinstance(given, int | float) else given

    def _check(self, quantity: Quantity) -> Quantity:
        inside = self.ge <= quantity.value <= self.le and self.gt < quantity.value < self.lt
        if not inside:
            raise PydanticCustomError(
                "out_of_bounds",
                "{unit}: must be {allowed}, is {value}",
                {"unit": self.unit, "allowed": self.allowed(), "value": f"{quantity.value:g}"},
            )
        return quantity if quantity.unit else quantity.model_copy(update={"unit": self.unit})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        lifted = core_schema.no_info_before_validator_function(self._lift, handler(source))
        return core_schema.no_info_after_validator_function(self._check, lifted)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        bare: JsonSchemaValue = {"type": "number"}
        for key, bound in (
            ("minimum", self.ge),
            ("maximum", self.le),
            ("exclusiveMinimum", self.gt),
            ("exclusiveMaximum", self.lt),
        ):
            if math.isfinite(bound):
                bare[key] = bound
        return {"anyOf": [bare, handler(schema)], "description": f"{self.unit}; {self.allowed()}"}


Share = Annotated[Quantity, Number("share", ge=0, le=1)]
InnerShare = Annotated[Quantity, Number("share", gt=0, lt=1)]
Points = Annotated[Quantity, Number("NRS points", ge=0, le=10)]
Change = Annotated[Quantity, Number("NRS points", ge=-10, le=10)]
Days = Annotated[Quantity, Number("days", gt=0, le=3650)]
Visits = Annotated[Quantity, Number("visits", gt=0, le=400)]
Fade = Annotated[Quantity, Number("days", gt=0, le=1e6)]
Minutes = Annotated[Quantity, Number("minutes", ge=0, le=1440)]
MONEY = Number("currency", ge=0, le=1e9)
Money = Annotated[Quantity, MONEY]


def assumed(value: float, unit: str, title: str) -> Any:
    """Return the field of a quantity that a scenario need not give, with its default."""
    return Field(
        default_factory=lambda: Quantity(value=value, unit=unit, source="assumption", status="assumption"), title=title
    )


class Source(Frozen):
    """Where figures come from: what it is and where it can be found."""

    title: Annotated[str, Field(min_length=1, max_length=400), Named]
    reference: Text | None = None
    seen_at: Text | None = None
    trust: Text | None = None
