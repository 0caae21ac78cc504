"""Hold this program's answers to published ones on the same draws.

    python -m tests.published [DIRECTORY] [--out DIR]

DIRECTORY holds source trees of the R packages dampack, BCEA and voi, as far as they are at hand; installed ones are
found as well. Takes Rscript (Debian: r-base-core). The tables stay in --out, as `simulate value --table` reads them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import sim
from tests.published.chemotherapy import ARMS, Draws, costs_and_effects, trial, with_novel
from tests.published.examples import EXAMPLES, Example

HERE = Path(__file__).parent
IN_EACH_ARM = 100
"""Patients in each arm of the trial whose worth voi publishes."""


def written(directory: Path, name: str, x: Draws) -> None:
    """Write the two tables of the chemotherapy example; the results of a trial in each draw are among its inputs."""
    cost, effect = costs_and_effects(x)
    columns = {f"cost_{arm}": cost[:, k] for k, arm in enumerate(ARMS)}
    columns |= {f"effect_{arm}": effect[:, k] for k, arm in enumerate(ARMS)}
    _csv(directory / f"{name}.csv", columns)
    _csv(directory / f"{name}-inputs.csv", {**x, **trial(x, IN_EACH_ARM, np.random.default_rng(1))})


def _csv(file: Path, columns: Draws) -> None:
    count = len(next(iter(columns.values())))
    rows = np.column_stack([np.arange(1, count + 1), *columns.values()])
    np.savetxt(file, rows, delimiter=",", header=",".join(["draw", *columns]), comments="", fmt="%.15g")


def make_tables(out: Path, directory: Path) -> None:
    """Write the tables of every example that is at hand. Raises CalledProcessError where R fails."""
    subprocess.run(["Rscript", "--vanilla", str(HERE / "tables.R"), str(out), str(directory)], check=True)
    file = out / "chemotherapy-drawn.csv"
    names = file.read_text(encoding="utf-8").partition("\n")[0].replace('"', "").split(",")
    values = np.loadtxt(file, delimiter=",", skiprows=1)
    written(out, "chemotherapy", with_novel(dict(zip(names, values.T, strict=True))))
    file.unlink()


def asked(example: Example, out: Path) -> sim.ValueResult:
    """Return this program's answer about an example's table."""
    inputs = out / f"{example.name}-inputs.csv" if example.inputs else None
    return sim.value(table=out / f"{example.name}.csv", parameters=inputs, effect="effect", **example.asked)


def compared(example: Example, out: Path) -> Iterator[tuple[bool, str]]:
    """Yield of each published number whether ours agrees, and a line that says by how much."""
    result = asked(example, out)
    for figure in example.figures:
        ours, error = figure.ours(result)
        agrees = abs(ours - figure.published) <= figure.allowed(error)
        shown = f"{ours:.9g}" + (f" ± {error:.2g}" if figure.errors else "")
        yield agrees, f"  {'  ' if agrees else '!!'} {figure.what:56} {figure.printed:>12}   {shown}"


def main(words: Sequence[str] | None = None) -> int:
    """Print every example that is at hand; return 1 if a number does not agree, 2 without R."""
    parser = argparse.ArgumentParser(prog="python -m tests.published", description=__doc__.partition("\n")[0])
    parser.add_argument("directory", nargs="?", type=Path, default=Path())
    parser.add_argument("--out", type=Path, help="keep the tables there")
    options = parser.parse_args(words)
    if shutil.which("Rscript") is None:
        print("Rscript is needed to read the packages' data and to draw as they do (Debian: r-base-core)")
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        make_tables(out, options.directory)
        agree = [_told(example, out) for example in EXAMPLES]
        return 0 if all(agree) else 1


def _told(example: Example, out: Path) -> bool:
    print(f"\n{example.source}")
    if not (out / f"{example.name}.csv").exists():
        print(f"     its data are not at hand: {len(example.figures)} numbers not seen")
        return True
    print(f"     {'':56} {'published':>12}   ours")
    answers = list(compared(example, out))
    print("\n".join(line for _, line in answers), flush=True)
    return all(agrees for agrees, _ in answers)


if __name__ == "__main__":
    sys.exit(main())
