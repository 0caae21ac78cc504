"""Laying one tree over another: a scenario over its evidence set, `--set path=value` over both.

Mappings merge, everything else replaces, and so does an empty mapping: it says that there is nothing. A number keeps no
other number's source: a mapping with `value` or `range` replaces whatever stood there, and so do shares of profiles,
uncertainties, rival forms of a rule, the pain left of a natural course, the alternatives of a structure and the
sequences of a search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sim.errors import ScenarioError, did_you_mean, visible
from sim.scenario.references import Place
from sim.scenario.tree import Document, Mark, Marks, parse_tree
from sim.scenario.typed_numbers import with_numbers

# Parts that replace as a whole, one entry of which can be set all the same; "*" stands for any name.
_WHOLE = (
    ("cohort", "profiles"), ("calibration", "profiles"), ("search", "sequences"), ("structure", "*"),
    ("structure", "*", "*", "set"), ("profiles", "*", "natural_course", "pain_left"),
)  # fmt: skip
# Parts that hold one entry only.
_SINGLE = (("claims", "*", "over"),)
_PHASED = frozenset({"first", "first_visits", "then"})
# Within a mapping at the place, a key of one group takes the place of every key of the other.
_RIVALS: tuple[tuple[tuple[str, ...], frozenset[str], frozenset[str]], ...] = (
    (
        ("protocols", "*"),
        frozenset({"phases"}),
        frozenset({"visits", "every_days", "each_visit", "alternate"}),
    ),
    (("protocols", "*"), frozenset({"each_visit"}), frozenset({"alternate"})),
    (("protocols", "*", "phases", "*"), frozenset({"each_visit"}), frozenset({"alternate"})),
    (("claims", "*", "course"), frozenset({"each_visit"}), frozenset({"alternate"})),
    (("search", "sequences", "*"), frozenset({"each_visit"}), frozenset({"alternate", *_PHASED})),
    (("search", "sequences", "*"), frozenset({"alternate"}), _PHASED),
    (("policies", "*"), frozenset({"give"}), frozenset({"choose", "otherwise"})),
    (("modalities", "*", "adverse_events", "*"), frozenset({"per_course"}), frozenset({"per_visit"})),
    (("claims", "*"), frozenset({"pain_reduction"}), frozenset({"over_sham", "over"})),
    (("claims", "*"), frozenset({"over_sham"}), frozenset({"over"})),
    (("relief",), frozenset({"points"}), frozenset({"percent"})),
    (("clinic", "practitioners", "*"), frozenset({"roster", "pattern"}), frozenset({"hours", "days"})),
)
_LONGEST_LABEL = 60


def laid_over(base: Document, child: Document) -> Document:
    """Return the child laid over the base; the base's marks below anything replaced are dropped."""
    dropped: set[Place] = set()
    tree = _merge(base.tree, child.tree, (), dropped)
    return Document(tree, _surviving(base.places, dropped) | child.places)


def assigned(
    document: Document, override: str, sections: Iterable[str], option: str = "--set"
) -> tuple[Document, Place]:
    """Return the document with `path=value` laid over it, and the path set.

    `sections` are the allowed first steps of a path, `option` is what messages call it by. A number may be written as
    people do, as `2,6` or `80 %`, where it can be meant in one way only. Raises ScenarioError for a path or value that
    cannot be.
    """
    label = option_label(option, override)
    path, equals, text = override.partition("=")
    if not equals or not path.strip():
        raise ScenarioError([f"{label}: must read path=value, as cohort.size=1000"])
    if not text.strip():
        raise ScenarioError([f"{label}: has no value; write null to set nothing"])
    steps = [step.strip() for step in path.split(".")]
    if not all(steps):
        raise ScenarioError([f"{label}: has an empty step in its path"])
    place = _located(document.tree, steps, label, list(sections))
    value = parse_tree(text, label, numbered=False)
    if place[-1] == "value" and _is_number(_at(document.tree, place[:-1])):
        place = place[:-1]
    dropped: set[Place] = set()
    tree = _put(document.tree, (), place, with_numbers(value.tree, place), dropped)
    mark = Mark(label)
    places = _surviving(document.places, dropped)
    places |= {place[:length]: Marks(mark, mark) for length in range(1, len(place))}
    places |= {(*place, *below): marks for below, marks in value.places.items()}
    return Document(tree, places), place


def option_label(option: str, override: str) -> str:
    """Return what messages call an override that an option gave."""
    shown = visible(override)
    return f"{option} {shown if len(shown) <= _LONGEST_LABEL else shown[:_LONGEST_LABEL] + '...'}"


def replaces_whole(place: Place) -> bool:
    """Tell whether a mapping at a path replaces what stood there, rather than being merged into it."""
    return place[-1:] == ("uncertainty",) or any(_fits(place, pattern) for pattern in (*_WHOLE, *_SINGLE))


def _merge(base: Any, child: Any, place: Place, dropped: set[Place], target: Place = ()) -> Any:
    """Merge at a place, and note what is dropped; down to `target` the child is only the way to a value."""
    on_the_way = len(place) < len(target)
    are_mappings = isinstance(base, dict) and isinstance(child, dict)
    says_nothing = not child and len(place) > 0  # a file that only extends another one changes nothing of it
    if not are_mappings or says_nothing or _replaces(child, base, place, on_the_way):
        dropped.add(place)
        return child
    rivals = {key for key in _rivals(child, place) if key in base and key not in child}
    if _is_sourced(base) and "source" in child:
        # Another source does not inherit what the first one said.
        rivals |= {"status", "quote", "note"} & (base.keys() - child.keys())
    dropped.update((*place, key) for key in rivals)
    merged = {key: part for key, part in base.items() if key not in rivals}
    for key, part in child.items():
        merged[key] = _merge(base[key], part, (*place, key), dropped, target) if key in base else part
    return merged


def _put(node: Any, place: Place, rest: Place, value: Any, dropped: set[Place]) -> Any:
    """Merge a value at a path into a node; whole numbers in the path are positions in lists."""
    if not any(isinstance(step, int) for step in rest):
        for step in reversed(rest):
            value = {step: value}
        return _merge(node, value, place, dropped, (*place, *rest))
    step = rest[0]
    copied = node.copy()
    copied[step] = _put(node[step], (*place, step), rest[1:], value, dropped)
    return copied


def _replaces(child: dict[str, Any], base: dict[str, Any], place: Place, on_the_way: bool) -> bool:
    if replaces_whole(place) and not (on_the_way and any(_fits(place, pattern) for pattern in _WHOLE)):
        return True
    # A section cannot be a number: there `value` is a slip, better reported as an unknown key.
    is_section = any(isinstance(part, dict) for key, part in base.items() if key != "uncertainty")
    return _is_sourced(child) and not is_section


def _is_sourced(part: Any) -> bool:
    """Tell whether a mapping is a number with its source, rather than holding something named `value`."""
    return isinstance(part, dict) and any(key in part and not isinstance(part[key], dict) for key in ("value", "range"))


def _is_number(part: Any) -> bool:
    return _is_sourced(part) or isinstance(part, int | float)


def _rivals(child: dict[str, Any], place: Place) -> Iterator[str]:
    for pattern, one, other in _RIVALS:
        if _fits(place, pattern):
            if not one.isdisjoint(child):
                yield from other
            if not other.isdisjoint(child):
                yield from one


def _fits(place: Place, pattern: tuple[str, ...]) -> bool:
    return len(pattern) == len(place) and all(p in ("*", step) for p, step in zip(pattern, place, strict=True))


def _surviving(places: dict[Place, Marks], dropped: set[Place]) -> dict[Place, Marks]:
    return {
        place: marks
        for place, marks in places.items()
        if not any(place[:length] in dropped for length in range(len(place) + 1))
    }


def _located(tree: Any, steps: list[str], label: str, sections: list[str]) -> Place:
    """Return the steps as a path into the tree, positions in lists as numbers; the rest need not exist."""
    if steps[0] not in sections:
        near = did_you_mean(steps[0], sections)
        raise ScenarioError([f"{label}: unknown section '{steps[0]}'; allowed: {', '.join(sections)}.{near}"])
    node, place = tree, ()  # type: tuple[Any, Place]
    for step in steps:
        here = ".".join(map(str, place))
        if isinstance(node, list):
            allowed = f"a number from 0 to {len(node) - 1}" if node else "nothing, it is empty"
            if not (step.isascii() and step.isdigit() and len(step) < 9 and int(step) < len(node)):
                raise ScenarioError([f"{label}: {here} is a list; '{step}' is not in it; allowed: {allowed}"])
            place, node = (*place, int(step)), node[int(step)]
        elif isinstance(node, dict):
            place, node = (*place, step), node.get(step)
        elif node is None or (step == "value" and len(place) == len(steps) - 1 and _is_number(node)):
            place, node = (*place, step), None
        else:
            raise ScenarioError([f"{label}: {here} is a single value, nothing below it can be set; set {here} itself"])
    return place


def _at(tree: Any, place: Place) -> Any:
    for step in place:
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int):
            tree = tree[step]
        else:
            return None
    return tree
