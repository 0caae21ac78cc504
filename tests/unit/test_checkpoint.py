"""What an interruption in the middle of keeping finished work leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.study import checkpoint
from sim.study.checkpoint import Checkpoint


def test_an_interruption_while_the_first_part_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    kept = Checkpoint(tmp_path / ".there.checkpoint", {}, every=0.0)
    monkeypatch.setattr(checkpoint.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kept.save("draws", lambda: {"done": np.arange(3)})
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_of_a_later_part_leaves_the_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    kept = Checkpoint(tmp_path / ".there.checkpoint", {}, every=0.0)
    kept.save("draws", lambda: {"done": np.arange(3)})
    monkeypatch.setattr(checkpoint.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kept.save("patients", lambda: {"done": np.arange(3)})
    assert [path.name for path in (tmp_path / ".there.checkpoint").iterdir()] == ["draws.checkpoint"]
