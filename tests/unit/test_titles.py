"""What people call the numbers of a scenario stands in the schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from sim.quantities import OUTCOME_NAMES
from sim.scenario.evidence import Quantity
from sim.scenario.load import load_scenario
from sim.scenario.places import quantities
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario
from sim.scenario.titles import field_title, parts_of, title_of


def untitled(model: type[BaseModel], place: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the places in a model whose quantities nobody has named."""
    for name, field in model.model_fields.items():
        for part in parts_of(field.annotation):
            if part is Quantity and title_of((*place, name)) is None:
                yield ".".join((*place, name))
            elif part is not Quantity:
                own_names = ("any",) if "dict[" in str(field.annotation) else ()
                yield from untitled(part, (*place, name, *own_names))


def test_every_number_that_a_scenario_can_have_has_a_title() -> None:
    assert not list(untitled(Scenario))


def test_a_number_without_a_title_would_be_seen() -> None:
    class Part(BaseModel):
        size: Quantity

    assert list(untitled(Part)) == ["size"]


@pytest.mark.parametrize("name", ["reference.yaml", "policies.yaml", "stress.yaml", "clinic.yaml", "bookings.yaml"])
def test_titles_belong_to_the_numbers_of_the_shipped_scenarios(name: str) -> None:
    scenario = load_scenario(name, outcomes=OUTCOME_NAMES).scenario
    named = {placed.path: title_of([str(step) for step in placed.place]) for placed in quantities(scenario)}
    assert len(named) > 50
    assert all(named.values()), [path for path, title in named.items() if not title]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("profiles.acute_strain.baseline_pain.mean", "Pain at the start: mean"),
        ("profiles.any.reading_noise.cv", "Noise of a reading of pain: spread between patients (cv)"),
        ("response.context.ceiling", "Effect of being needled at all: most of the pain that it removes"),
        ("claims.dry_needling.over.acupuncture", "Fall in pain beyond that of the same visits with another treatment"),
        ("modalities.dry_needling.adverse_events.soreness.per_visit", "Soreness"),
        ("pain_free_below", "Little pain: at most"),
        ("clinic.treatment.combined", "Share of patients who get it"),
        ("relapse.form", "What a relapse is"),
        ("relapse.shape.value", "Shape of the time to relapse (below 1: most relapse early)"),
        ("cohort.size", None),
        ("nothing.of.the.kind", None),
    ],
)
def test_a_title_is_put_together_along_the_path(path: str, title: str | None) -> None:
    assert title_of(path.split(".")) == title


def test_a_field_without_a_title_is_named_in_the_error() -> None:
    assert field_title(Protocol, "visits") == "number of visits"
    with pytest.raises(ValueError, match=r"Protocol\.judged_by has no title"):
        field_title(Protocol, "judged_by")
