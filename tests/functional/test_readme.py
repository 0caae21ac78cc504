"""The lines for a notebook in the README give a table and a figure."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_three_lines_give_a_table_and_a_figure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = BLOCKS
    lines = [line for line in block.splitlines() if line]
    assert lines[0] == "import sim"
    assert len(lines) == 4
    names = {}
    exec("\n".join(lines[:2]), names)
    frame = eval(lines[2], names)
    assert list(frame.columns) == list(names["run"].summary.columns)
    assert len(frame) == len(names["run"].summary)
    relief = frame[(frame.outcome == "lasting_relief") & (frame.statistic == "mean") & (frame.subgroup == "all")]
    assert list(relief.arm) == ["usual_care", "dry_needling", "acupuncture", "combined"]
    assert relief.estimate.between(0, 1, inclusive="neither").all()
    exec(lines[3], names)
    assert ElementTree.parse(tmp_path / "pain.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert not [path.name for path in tmp_path.iterdir() if path.name != "pain.svg"]
