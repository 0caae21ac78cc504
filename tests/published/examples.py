"""What other packages publish about their examples, and how this program is asked for the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.report.value.result import ValueResult

Answer = tuple[float, float]
"""An estimate and its standard error."""


@dataclass(frozen=True)
class Figure:
    """A published number, as it is printed, and where ours stands in the answer."""

    what: str
    printed: str
    ours: Callable[[ValueResult], Answer]
    errors: float = 0.0
    """How many of our standard errors ours may be off; 0: no more than the last printed digit was rounded."""

    @property
    def published(self) -> float:
        """Return the number."""
        return float(self.printed.replace(",", ""))

    def allowed(self, error: float) -> float:
        """Return how far off ours may be."""
        decimals = len(self.printed.partition(".")[2])
        return self.errors * error if self.errors else 0.5001 * 10.0**-decimals


@dataclass(frozen=True)
class Example:
    """One table of draws, how it is asked, and what is published about it."""

    name: str
    source: str
    asked: dict[str, Any]
    figures: tuple[Figure, ...]
    inputs: bool = False


def cell(table: str, column: str, **where: Any) -> Callable[[ValueResult], Answer]:
    """Return how to look up a number, with its error where the table has one (0 where it is of the draws alone)."""

    def found(result: ValueResult) -> Answer:
        rows = result.tables[table].where(**where)
        error = f"{column}_error"
        return float(rows[column][0]), float(rows[error][0]) if error in rows.columns else 0.0

    return found


def evpi(price: float, printed: str) -> Figure:
    """Return the published EVPI at a willingness to pay."""
    return Figure(f"EVPI at {price:,.0f}", printed, cell("curves", "evpi", wtp=price))


def evppi(of: str, price: float, printed: str) -> Figure:
    """Return the published EVPPI of an input or a group at a willingness to pay: by another regression."""
    return Figure(f"EVPPI of {of} at {price:,.0f}", printed, cell("evppi", "evppi", wtp=price, input=of), 1.0)


def better(than: str, price: float, printed: str) -> Figure:
    """Return the published chance that the reference is better than a strategy, the two alone."""

    def found(result: ValueResult) -> Answer:
        chance, _ = cell("reference_curves", "probability_better", wtp=price, strategy=than)(result)
        return 1 - chance, 0.0

    return Figure(f"chance to be better than {than} at {price:,.0f}", printed, found)


def last_icer(result: ValueResult) -> Answer:
    """Return the ICER of the last strategy of the frontier."""
    (*_, last) = (row for row in result.tables["frontier"] if isinstance(row["icer"], float))
    return last["icer"], last["icer_error"]


def anywhere(printed: str) -> Figure:
    """Return an EVPI that is published at one of the willingnesses to pay asked for: the nearest is looked up."""

    def nearest(result: ValueResult) -> Answer:
        return min(result.tables["curves"]["evpi"], key=lambda one: abs(one - float(printed.replace(",", "")))), 0.0

    return Figure("EVPI at one of the package's willingnesses to pay", printed, nearest)


def evsi(size: int, printed: str) -> Figure:
    """Return the published EVSI of a study of one input at a size."""
    return Figure(f"EVSI of {size} patients", printed, cell("evsi", "evsi", patients_per_group=size), 2.0)


SHARE = "p_side_effects_t2"
PAIR = "both treatments"
TRIAL = "trial of 100 an arm"
GROUPS = [f"{PAIR}={SHARE},logor_side_effects", f"{TRIAL}=events_t1,events_t2"]
OF_CHEMOTHERAPY = (
    evpi(10_000, "8.76486716"), evpi(20_000, "368.605096"), evpi(30_000, "206.468705"), evpi(40_000, "150.472904"),
    evpi(50_000, "126.983450"), evppi(SHARE, 20_000, "262.1109"), evppi(SHARE, 30_000, "118.3353"),
    evppi(PAIR, 20_000, "333.4516"),
)  # fmt: skip
PRICES = "10000,20000,30000,40000,50000"

EXAMPLES = (
    Example(
        "dampack",
        "dampack 1.0.2: example_psa, vignettes on analysing a PSA and on value of information",
        {"wtp": ",".join(str(1000 + 10_000 * k) for k in range(16)), "at": 11_000.0},
        (
            Figure("ICER", "38,491.91", last_icer), evpi(1_000, "1,084.833"), evpi(11_000, "2,613.132"),
            anywhere("15,086.647"), anywhere("22,850.235"),
        ),
    ),
    Example(
        "vaccine",
        "BCEA 2.4: Vaccine, summary at 25,000",
        {"wtp": "0,25000", "at": 25_000.0, "reference": "Status quo"},
        (
            Figure("mean net benefit of Status quo", "-36.054",
                   cell("curves", "net_benefit", wtp=25_000.0, strategy="Status quo")),
            Figure("mean net benefit of Vaccination", "-34.826",
                   cell("curves", "net_benefit", wtp=25_000.0, strategy="Vaccination")),
            Figure("expected incremental benefit", "1.2284",
                   cell("reference", "net_benefit", strategy="Vaccination")),
            Figure("chance that Vaccination is better", "0.529",
                   cell("reference", "probability_better", strategy="Vaccination")),
            Figure("ICER", "20098", last_icer),
            evpi(25_000, "2.4145"),
        ),
    ),
    Example(
        "smoking",
        "BCEA 2.4: Smoking, summary at 250 with group counselling as the reference",
        {"wtp": "0,250,500", "at": 250.0, "reference": "Group counselling"},
        (
            better("No intervention", 250, "0.660"), better("Self-help", 250, "0.528"),
            better("Individual counselling", 250, "0.504"),
        ),
    ),
    Example(
        "simple",
        "voi 1.0.3: simple example of the vignette, 10,000 draws",
        {"wtp": "1,2,3", "at": 1.0, "inputs": "p1,p2", "study": "n=10/100/1000,input=p1,sd=1"},
        (
            evpi(1, "0.4759885"), evpi(2, "0.4028003"), evpi(3, "0.4174207"), evppi("p1", 1, "0.08210074"),
            evppi("p1", 2, "0.17052564"), evppi("p1", 3, "0.25895085"), evppi("p2", 1, "0.39029827"),
            evsi(10, "0.07440250"), evsi(100, "0.08106261"), evsi(1000, "0.08189925"),
        ),
        inputs=True,
    ),
    Example(
        "chemotherapy",
        "voi 1.0.3: chemotherapy example, its 10,000 draws made anew, the model in NumPy",
        {"wtp": PRICES, "at": 20_000.0, "inputs": SHARE, "group": GROUPS},
        (
            *OF_CHEMOTHERAPY,
            Figure(f"EVSI of a {TRIAL}", "242.1268", cell("evppi", "evppi", wtp=20_000.0, input=TRIAL), 2.0),
        ),
        inputs=True,
    ),
    Example(
        "voi",
        "voi 1.0.3: chemotherapy example, the package's own chemo_cea and chemo_pars",
        {"wtp": PRICES, "at": 20_000.0, "inputs": SHARE, "group": GROUPS[:1]},
        OF_CHEMOTHERAPY,
        inputs=True,
    ),
)  # fmt: skip
