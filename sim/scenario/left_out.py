"""Entries of a file that is extended, left out with `null`."""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError


def without_nulls(given: Any) -> Any:
    """Leave out practitioners that are written as `null`: those of the file that this one extends."""
    if not isinstance(given, dict):
        return given
    left = {name: one for name, one in given.items() if one is not None}
    if given and not left:
        raise PydanticCustomError("practitioners", "all practitioners are left out; somebody has to work")
    return left


class OrNull:
    """Annotation that lets a JSON Schema allow null."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "null"}], "description": "null leaves an inherited one out"}
