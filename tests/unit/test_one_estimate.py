"""A number with its error is an `Estimate`: no class pairs the two by itself, and the 95 % quantile stands once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.estimate.estimate import Z95

ROOT = Path(sim.__file__).parent
HOME = "estimate/estimate.py"

OTHERS = {
    "learn/arm_table.py: ArmRow": "a published figure as it stands in somebody's table",
    "learn/checks.py: Check": "the range of replicated records, in which the records should lie",
    "learn/second_opinion.py: SecondOpinion": "the logarithm of an evidence, with the error that its sampler states",
    "learn/second_opinion.py: _Points": "the same logarithm, beside the points that it comes from",
    "learn/synthesis.py: Pooled": "an effect over studies with a range for a new one, on the scale of its model",
    "learn/told.py: Told": "what was believed and what is known now: two distributions side by side",
    "learn/validation.py: Comparison": "published and predicted side by side, each with an error of its own kind",
    "report/document/workbook_parts.py: Number": "a cell of a workbook, which may hold a number without an error",
    "report/drawing/row_chart.py: Row": "places on the axis of a figure, cut where the axis ends",
}
"""Classes that have such fields and are no estimates, each with its reason."""


def classes(root: Path) -> Iterator[tuple[str, ast.ClassDef]]:
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield f"{file.relative_to(root).as_posix()}: {node.name}", node


def bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def estimates(found: list[tuple[str, ast.ClassDef]]) -> set[str]:
    """Return the names of `Estimate` and of all that inherit from it."""
    known = {"Estimate"}
    while more := {node.name for _, node in found if bases(node) & known} - known:
        known |= more
    return known


def pairs_a_value_with_its_error(node: ast.ClassDef) -> bool:
    """Tell whether single numbers among the fields are an error, or both ends of an interval; arrays are curves."""
    numbers = {
        field.target.id
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and "float" in ast.unparse(field.annotation).replace("'", "").split(" | ")
    }
    return any(name == "error" or name.endswith("_error") for name in numbers) or {"lower", "upper"} <= numbers


def pairing(root: Path) -> set[str]:
    found = list(classes(root))
    known = estimates(found)
    return {place for place, node in found if node.name not in known and pairs_a_value_with_its_error(node)}


def test_a_number_with_its_error_is_an_estimate() -> None:
    assert pairing(ROOT) == set(OTHERS)


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ("value: float; error: float", True),
        ("mean: float; mc_error: float | None = None", True),
        ("lower: float; upper: float", True),
        ("swing: float; swing_error: float", True),
        ("values: Floats; errors: Floats", False),
        ("value: Floats; error: Floats", False),
        ("at: Estimate; lower: float", False),
    ],
)
@pytest.mark.parametrize("base", ["", "(NamedTuple)", "(Unrelated)"])
def test_such_a_class_would_be_found(tmp_path: Path, fields: str, is_found: bool, base: str) -> None:
    room = tmp_path / "decision"
    room.mkdir()
    (room / "other.py").write_text(f"class Average{base}:\n    {fields}\n", encoding="utf-8")
    assert pairing(tmp_path) == ({"decision/other.py: Average"} if is_found else set())


def test_what_inherits_from_an_estimate_may_have_more_errors(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Last(Middle):\n    input_sd_error: float\n", encoding="utf-8")
    (tmp_path / "two.py").write_text("class Middle(estimate.Estimate):\n    own_error: float\n", encoding="utf-8")
    assert pairing(tmp_path) == set()


def quantiles(root: Path) -> list[str]:
    """Return where a number stands that is the 97.5 % quantile of the normal distribution to two digits or more."""
    return [
        file.relative_to(root).as_posix()
        for file in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and abs(node.value - Z95) < 1e-3
    ]


def test_the_quantile_of_a_95_percent_interval_stands_once(tmp_path: Path) -> None:
    assert quantiles(ROOT) == [HOME]
    (tmp_path / "figure.py").write_text("reach = 1.96 * error\nwide = 2.0\n", encoding="utf-8")
    assert quantiles(tmp_path) == ["figure.py"]
