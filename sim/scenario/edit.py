"""Overrides written into the text of a scenario file: comments stay, and only lines that must differ do.

What the file says is changed where it stands; what comes from a file that it extends is added to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sim.errors import ScenarioError
from sim.scenario.load import Merged
from sim.scenario.merge import assigned, laid_over, replaces_whole
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.scenario.tree import Document, parse_tree

_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:"'][^:]*?)\s*:""")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def rewritten(merged: Merged, overrides: Sequence[str]) -> str:
    """Return the text of a scenario's own file with `path=value` overrides written into it.

    Loading it gives what loading the file with the overrides gives. Raises ScenarioError for an override that cannot
    be, or that cannot be written into this file without changing more than it says.
    """
    text, wanted = merged.own.text, merged.document
    for override in overrides:
        wanted, place = assigned(wanted, override, Scenario.model_fields)
        value = parse_tree(override.partition("=")[2], "--set", numbered=False).tree
        text = _put(text, *_whole(merged, wanted, place, value))
    found = _parsed(text)
    found.tree.pop("extends", None)
    if (laid_over(merged.base, found) if merged.base is not None else found).tree != wanted.tree:
        raise _cannot(", ".join(overrides))
    return text


def _whole(merged: Merged, wanted: Document, place: Place, value: Any) -> tuple[Place, Any]:
    """Return the place and value to write; what does not merge is written whole where the file does not have it yet."""
    for depth, step in enumerate(place):
        part = place[:depth]
        if (isinstance(step, int) or replaces_whole(part)) and part not in merged.own.spans:
            return part, _at(wanted.tree, part)
    return place, value


def _put(text: str, place: Place, value: Any) -> str:
    """Return the text with a value at a path."""
    own = _parsed(text)
    depth = next(length for length in range(len(place), -1, -1) if place[:length] in own.spans)
    there = _at(own.tree, place[:depth])
    if depth < len(place):
        if not isinstance(there, dict):
            raise _cannot(".".join(map(str, place)))
        return _with_entry(text, own, place[:depth], place[depth:], value)
    if isinstance(value, dict) and value and isinstance(there, dict):
        dropped = there.keys() - value.keys() if replaces_whole(place) else value.keys() & {"value", "range"}
        if not dropped:
            for key, part in value.items():
                text = _put(text, (*place, key), part)
            return text
    return text if there == value and type(there) is type(value) else _with_value(text, own, place, _flow(value))


def _with_value(text: str, own: Document, place: Place, new: str) -> str:
    """Return the text with a value in place of one that is there; comments within the old one are kept."""
    span = own.spans[place]
    if span.form == "block" and place and not isinstance(place[-1], int):
        key = _KEY.match(text, span.key)
        if key is None:
            raise _cannot(".".join(map(str, place)))
        stop = _line_end(text, span.end)
        first, *others = _comments(text, own, place, key.end(), stop)
        indent = " " * (span.start - _line_start(text, span.start))
        kept = (f"  {first}" if first else "") + "".join(f"{_newline(text)}{indent}{comment}" for comment in others)
        return f"{text[: key.end()]} {new}{kept}{text[stop:]}"
    if span.form == "scalar":
        return text[: span.start] + new + text[span.end :]
    if span.form == "flow":
        comments = [comment for comment in _comments(text, own, place, span.start, span.end) if comment]
        rest = text[span.end :]
        if comments:
            indent = " " * (span.key - _line_start(text, span.key) + 2)
            new += "  " + f"{_newline(text)}{indent}".join(comments)
            new += f"{_newline(text)}{indent}" if text[span.end : _line_end(text, span.end)].strip() else ""
        return text[: span.start] + new + rest
    raise _cannot(".".join(map(str, place)))


def _comments(text: str, own: Document, place: Place, start: int, stop: int) -> Iterator[str]:
    """Yield the comments in a part of the text: the one on its first line, or an empty text, then the others."""
    # What a comment sign within a value looks like does not matter: values are left out.
    values = sorted(
        (span.start, span.end)
        for path, span in own.spans.items()
        if path[: len(place)] == place and span.form == "scalar"
    )
    bare, at = "", start
    for begin, end in values:
        bare += text[at:begin] + re.sub(r"[^\r\n]", "_", text[begin:end])
        at = end
    lines = (bare + text[at:stop]).splitlines()
    found = [_COMMENT.search(line) for line in lines]
    yield found[0].group() if found and found[0] else ""
    yield from (comment.group() for comment in found[1:] if comment)


def _with_entry(text: str, own: Document, at: Place, steps: Place, value: Any) -> str:
    """Return the text with a new entry, and the mappings on the way to it, in the mapping at a path."""
    mapping, span = _at(own.tree, at), own.spans[at]
    inside = [own.spans[(*at, key)] for key in mapping]
    last = inside[-1] if inside else None
    if span.form == "flow":
        for step in reversed(steps[1:]):
            value = {step: value}
        piece = f"{steps[0]}: {_flow(value)}"
        if last is None:
            return text[: span.start + 1] + piece + text[span.start + 1 :]
        if last.form in ("scalar", "flow"):
            return f"{text[: last.end]}, {piece}{text[last.end :]}"
        return f"{text[: inside[0].key]}{piece}, {text[inside[0].key :]}"
    first = min(one.key for one in inside)
    column, newline = first - _line_start(text, first), _newline(text)
    lines = [f"{'  ' * depth}{step}:" for depth, step in enumerate(steps)]
    lines[-1] += f" {_flow(value)}"
    stop = _line_end(text, span.end)
    return text[:stop] + "".join(f"{newline}{' ' * column}{line}" for line in lines) + text[stop:]


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(str(key))}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and parse_tree(value, "").tree == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> Document:
    return parse_tree(text, "the edited file")


def _at(tree: Any, place: Place) -> Any:
    for step in place:
        tree = tree[step]
    return tree


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_end(text: str, position: int) -> int:
    """Return the end of the line that holds a position, without its line break."""
    found = text.find("\n", position)
    end = len(text) if found < 0 else found
    return end - 1 if text[end - 1 : end] == "\r" and end > position else end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _cannot(what: str) -> ScenarioError:
    return ScenarioError([f"{what}: cannot be written into the file; keep it as an option --set {what}"])
