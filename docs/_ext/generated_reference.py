"""Reference pages made from the code when the site is built: commands, scenario schema, outcomes, functions.

A page holds `<!-- generated: NAME -->` where the text of `NAME` belongs.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
from sphinx.application import Sphinx

import sim
from sim.cli.main import COMMANDS, cli
from sim.quantities import OUTCOMES, Outcome
from sim.report.result import Result
from sim.scenario.schema_json import scenario_json_schema

_MARK = re.compile(r"<!-- generated: (\w+) -->")
_BOUNDS = {
    "minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
}  # fmt: skip


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect this extension to Sphinx."""
    app.connect("source-read", _fill)
    return {"version": sim.__version__, "parallel_read_safe": True}


def _fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = _MARK.sub(lambda found: "\n".join(TEXTS[found[1]]()), source[0])


def commands() -> Iterator[str]:
    """Yield the text on every command, as its help says it."""
    with click.Context(cli, info_name="simulate", **cli.context_settings) as top:
        yield from _command("simulate --config FILE", cli, top)
        for name in sorted(COMMANDS):
            command = cli.get_command(top, name)
            if command is None:
                raise LookupError(f"no command {name}")
            with click.Context(command, info_name=name, parent=top) as context:
                yield from _command(f"simulate {name}", command, context)


def _command(title: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from _help_text(command.help or "")
    yield from ("", "```text", f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}", "```", "")
    records = [one.get_help_record(context) for one in command.get_params(context)]
    yield from _table(("option", "meaning"), ((f"`{one[0]}`", _as_it_is(one[1])) for one in records if one is not None))
    yield from _help_text(command.epilog or "")


def _help_text(text: str) -> Iterator[str]:
    """Yield a help text; what click is told to leave as it is, by `\\b`, is a block of its own."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("", "```text", *paragraph.split("\n")[1:], "```", "")
        else:
            yield from (*_as_it_is(paragraph).split("\n"), "")


def _as_it_is(text: str) -> str:
    """Return text with what Markdown would take for its own signs marked as plain."""
    return re.sub(r"([<>*\[\]])", r"\\\1", text)


def schema() -> Iterator[str]:
    """Yield the text on every entry of a scenario file, the sections in the order in which a scenario names them."""
    whole = scenario_json_schema()
    parts = {"Scenario": whole, **whole["$defs"]}
    order = ["Scenario"]
    for name in order:
        order += [one for one in dict.fromkeys(_named(parts[name].get("properties", {}))) if one not in order]
    for name in order:
        part = parts[name]
        yield from ("", f"## {name}", "", *part.get("description", "").split("\n"), "")
        rows = (
            (f"`{key}`", _kind(entry), _default(entry), _described(entry, parts))
            for key, entry in part.get("properties", {}).items()
        )
        yield from _table(("entry", "what may stand there", "default", "note"), rows)
        if not part.get("properties"):
            yield _kind(part)


def _named(part: Any) -> Iterator[str]:
    """Yield the names of all sections that a part of the schema speaks of."""
    if isinstance(part, Mapping):
        if "$ref" in part:
            yield part["$ref"].rsplit("/", 1)[1]
        for one in part.values():
            yield from _named(one)
    elif isinstance(part, list):
        for one in part:
            yield from _named(one)


def _kind(part: Mapping[str, Any]) -> str:
    """Return in words what values a part of the schema allows."""
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(one) for one in part["anyOf"] if one.get("type") != "null"))
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return " or ".join(f"`{one}`" for one in part["enum"])
    kind = part.get("type", "any value")
    if kind == "array":
        return f"list of {_kind(part['items'])}" if "items" in part else "list"
    if kind == "object":
        within = part.get("additionalProperties")
        return f"by name: {_kind(within)}" if isinstance(within, Mapping) else "entries"
    words = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}
    bounds = [
        text.format(part[key]) if "{" in text else f"{text} {_number(part[key])}"
        for key, text in _BOUNDS.items()
        if key in part and (key, part[key]) != ("minLength", 1)
    ]
    return ", ".join([words.get(kind, kind), *bounds])


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _default(entry: Mapping[str, Any]) -> str:
    if entry.get("default") is None or "$ref" in entry:
        return ""
    return f"`{json.dumps(entry['default'], ensure_ascii=False)}`"


def _described(entry: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """Return the entry's own description, or the first sentence on the one section that may stand there."""
    found = [entry, *entry.get("anyOf", ())]
    own = next((one["description"] for one in found if "description" in one), "")
    named = list(dict.fromkeys(_named(entry)))
    if own or len(named) != 1 or named == ["Quantity"]:
        return own
    return " ".join(parts[named[0]].get("description", "").split("\n\n")[0].split())


def outcomes() -> Iterator[str]:
    """Yield the tables of all outcomes, those that speak of the end of an arm's own course second."""
    yield from ("", "## Read on the same days in every arm", "")
    yield from _outcome_table(one for one in OUTCOMES if not one.claim)
    yield from ("", "## Read at the end of an arm's own course", "")
    yield from ("For comparison with published claims; arms of different length are read on different days.", "")
    yield from _outcome_table(one for one in OUTCOMES if one.claim)


def _outcome_table(chosen: Iterable[Outcome]) -> Iterator[str]:
    rows = ((f"`{one.name}`", one.label, one.unit.name, one.better or "", one.definition) for one in chosen)
    yield from _table(("name", "label", "unit", "better", "definition"), rows)


def functions() -> Iterator[str]:
    """Yield the directives that document the public functions, the results and the errors from their docstrings."""
    public = [name for name in sim.__all__ if not name.startswith("_") and name != "Scenario"]
    yield from ("", "## Functions", "")
    for name in public:
        yield from _directive(f"autofunction:: sim.{name}")
    yield from ("", "## What they take", "")
    for name in ("Named", "Several", "Progress"):
        yield from _directive(f"autodata:: sim.api.asking.{name}")
    yield from ("", "## Scenarios, tables and figures", "")
    for name in ("scenario.source.Scenario", "report.table.Table", "report.result.Figure"):
        yield from _directive(f"autoclass:: sim.{name}", "members", "exclude-members: __init__, __new__")
    yield from ("", "## Results", "")
    yield from _directive("autoclass:: sim.report.result.Result", "members")
    for kind in _results():
        yield from _directive(f"autoclass:: {kind.__module__}.{kind.__qualname__}", "members", "show-inheritance")
    yield from _directive("autoclass:: sim.api.saved.Saved", "members")
    yield from ("", "## Errors", "")
    yield from _directive("automodule:: sim.errors", "members", "show-inheritance")


def _results() -> list[type[Result]]:
    """Return the class of every analysis' result, from the folders of the reports."""
    import sim.report

    found = []
    for folder in pkgutil.iter_modules(sim.report.__path__):
        if folder.ispkg and importlib.util.find_spec(f"sim.report.{folder.name}.result") is not None:
            module = importlib.import_module(f"sim.report.{folder.name}.result")
            found += [
                one
                for _, one in inspect.getmembers(module, inspect.isclass)
                if issubclass(one, Result) and one.__module__ == module.__name__
            ]
    return found


def _directive(line: str, *options: str) -> Iterator[str]:
    marked = (option if ":" in option else f"{option}:" for option in options)
    yield from ("```{eval-rst}", f".. {line}", *(f"   :{option}" for option in marked), "```", "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield from (_row(head), _row(["---"] * len(head)), *map(_row, rows), "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


TEXTS = {"commands": commands, "schema": schema, "outcomes": outcomes, "functions": functions}
"""What a mark on a page stands for."""
