"""What to type instead of a command that there is not: the command that was meant, or how a file is run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.errors import UsageError, near_miss
from sim.tables.rows import names_a_table

_MOST_SHOWN = 300
_TO_RUN = frozenset({"run", "simulate", "start", "report"})


def no_such_command(word: str, rest: Sequence[str], commands: Iterable[str]) -> UsageError:
    """Return the error about a word that is no command: what to type, where that can be told, and else what there is.

    `rest` is what follows the word on the command line.
    """
    known = sorted(commands)
    if file := scenario_file(word):
        return UsageError(f"{word[:80]!r} is a scenario; to run it, type: {_typed('--config', file, *rest)}")
    if names_a_table(word):
        return UsageError(f"{word[:80]!r} is a table; to weigh it up, type: {_typed('value', '--table', word, *rest)}")
    if word in _TO_RUN:
        file, *others = _scenario_first(rest)
        return UsageError(f"there is no command {word!r}; to run a scenario, type: {_typed('--config', file, *others)}")
    near = near_miss(word, known)
    allowed = f"there is no command {word[:80]!r}; allowed: {', '.join(known)}."
    return UsageError(f"{allowed} Did you mean 'simulate {near}'?" if near else f"{allowed[:-1]}; see simulate --help")


def scenario_file(word: str) -> str | None:
    """Return the scenario file that a word names, with or without its ending; None if it names none."""
    from sim.scenario.load import ENDINGS, config_folders

    if word.lower().endswith(ENDINGS):
        return word
    places = (Path(), *config_folders())
    files = [f"{word}{ending}" for ending in ENDINGS]
    try:
        return next((file for file in files if any((place / file).is_file() for place in places)), None)
    except (OSError, ValueError):  # a name too long, or one with a NUL
        return None


def _scenario_first(rest: Sequence[str]) -> list[str]:
    """Return words with the scenario among them first, without the option that named it; a shipped one if none is."""
    words = [word.removeprefix("--config=") for word in rest if word != "--config"]
    for k, word in enumerate(words):
        if not word.startswith("-") and (file := scenario_file(word)):
            return [file, *words[:k], *words[k + 1 :]]
    return ["acute.yaml", *words]


def _typed(*words: str) -> str:
    """Return a command line as it would be typed."""
    line = shlex.join(["simulate", *words])
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]} ..."
