"""Options that stand for an entry of the scenario."""

from __future__ import annotations


def run_overrides(overrides: tuple[str, ...], seed: int | None, patients: str | None) -> list[str]:
    """Return all changes to the scenario as `path=value`; --seed and --patients come last and win."""
    changes = list(overrides)
    if seed is not None:
        changes.append(f"seed={seed}")
    if patients is not None:
        changes.append(f"cohort.size={patients.replace('_', '').replace(',', '')}")
    return changes
