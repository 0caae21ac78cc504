"""The JSON Schema of a scenario file, for editors: completion, hints and faults while typing."""

from __future__ import annotations

from typing import Any

from sim.scenario.schema import Scenario

SCHEMA_FILE = "scenario.schema.json"

# Lists that may be written as a single entry.
_SINGLE_ALLOWED = frozenset(
    {
        "each_visit", "every_days", "to", "arms", "profile", "visits", "first", "first_visits", "then", "use",
        "stop_after_relief", "discharge_without_relief_by",
    }
)  # fmt: skip
# Bounds that pydantic leaves in its own words where a value is converted before it is checked.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_LENGTHS = {"minLength": "minItems", "maxLength": "maxItems"}


def scenario_json_schema() -> dict[str, Any]:
    """Return the schema of a scenario file (draft 2020-12).

    Nothing is required except in list entries: a file that extends another gives only what differs.
    """
    schema = Scenario.model_json_schema()
    definitions = schema.pop("$defs", {})
    for name, part in (("Scenario", schema), *definitions.items()):
        if name != "Finding":
            part.pop("required", None)
        for key, described in part.get("properties", {}).items():
            part["properties"][key] = _as_written(key, _in_json_words(described))
    extends = {
        "type": "string",
        "minLength": 1,
        "description": "the file whose numbers this one takes over and changes, as article.yaml",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:coursesim:scenario",
        **schema,
        "title": "coursesim scenario",
        "properties": {"extends": extends, **schema["properties"]},
        "$defs": definitions,
    }


def _in_json_words(schema: dict[str, Any]) -> dict[str, Any]:
    names = _BOUNDS | _LENGTHS if schema.get("type") == "array" else _BOUNDS
    written = {names.get(key, key): value for key, value in schema.items()}
    if "anyOf" in written:
        written["anyOf"] = [_in_json_words(one) for one in written["anyOf"]]
    if isinstance(written.get("items"), dict):
        written["items"] = _in_json_words(written["items"])
    return written


def _as_written(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a property as people may write it: one entry instead of a list of one."""
    if "anyOf" in schema and not _is_quantity(schema):
        return schema | {"anyOf": [_as_written(key, one) for one in schema["anyOf"]]}
    if schema.get("type") != "array":
        return schema
    if key == "alternate":
        return schema | {"items": _as_written("each_visit", schema["items"])}
    if schema.get("items", {}).get("type") == "array":  # spacings, each of which may be several taken in turn
        schema = schema | {"items": _as_written(key, schema["items"])}
    if key in _SINGLE_ALLOWED and "items" in schema:
        return {"anyOf": [schema["items"], schema]}
    return schema


def _is_quantity(schema: dict[str, Any]) -> bool:
    return any(one.get("$ref") == "#/$defs/Quantity" for one in schema["anyOf"])
