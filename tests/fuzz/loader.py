"""Coverage-guided fuzzing of the scenario loader: `python -m tests.fuzz.loader`, for an hour or until it finds a fault.

Needs atheris (`pip install atheris`, Linux). What follows the command goes to libFuzzer, for example
`-max_total_time=600`, or the name of a file to try it alone. A case that is found is written to `tests/property/found`,
where the tests try it from then on; inputs that reached something new are kept in `.fuzz`, which git ignores.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sim.scenario", "ruamel.yaml"]):
    from tests.fuzz.loading import FOUND, OPTION, ROOT, SEEDS, Loading, shipped_files_read_once

CORPUS = ROOT / ".fuzz" / "loader"
OPTIONS = [
    b"cohort.size=5", b"arms.0=combined",
    b"claims.dry_needling.pain_reduction={value: 3, uncertainty: {normal: {sd: 1}}}",
    b"protocols.combined.stop={relief_held_for: 2}\n--set seed=1_0", b"cohort.profiles.chronic=.4", b"clinic=null",
]  # fmt: skip
WORDS = [
    "extends: ", "acute.yaml", "../", "value: ", "range: [", "source: ", "uncertainty: {", "normal: {sd: ", "null",
    "true", ".inf", ".nan", "1e", "0x", "0o", "&a", "*a", "!!", "<<", "---", "...", "%YAML 1.2", "? ", ": ", "- ",
    "|", ">-", "\\", '"\\u', '"\\x', "'", '"', "#", "\t", "\r\n", "\nlabel: ", "\n  ",
    "cohort:", "profiles:", "arms:", "protocols:", "policies:", "claims:", "clinic:", "search:", "draws:", "phases:",
    "each_visit:", "alternate:", "every_days:", "choose:", "when:", "give:", "hours: [", "days: [", "08:00-12:30",
]  # fmt: skip


def main() -> None:
    """Fuzz until a fault is found or the time is over."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(parents=True, exist_ok=True)
    for seed in (*SEEDS, *FOUND.glob("*")):
        shutil.copy(seed, CORPUS)
    for number, option in enumerate(OPTIONS):
        (CORPUS / f"option-{number}").write_bytes(OPTION + option)
    with tempfile.TemporaryDirectory() as folder, shipped_files_read_once():
        words = Path(folder) / "words"
        words.write_text("".join(f"{as_word(word)}\n" for word in WORDS))
        alone = any(Path(word).is_file() for word in sys.argv[1:])
        options = ["-max_len=4096", "-timeout=20", "-max_total_time=3600"]
        options += [f"-dict={words}", f"-artifact_prefix={FOUND}/"]
        arguments = [sys.argv[0], *options, *sys.argv[1:], *([] if alone else [str(CORPUS)])]
        atheris.Setup(arguments, Loading(Path(folder)).holds)
        atheris.Fuzz()


def as_word(word: str) -> str:
    """Return a word as libFuzzer's dictionaries spell it."""
    return '"' + "".join(c if c.isalnum() or c in " .:/" else f"\\x{ord(c):02x}" for c in word) + '"'


if __name__ == "__main__":
    main()
