"""The API's own description (OpenAPI), laid out for people: by subject, each address with what it takes and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 6


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[dict[str, str]] = field(default_factory=list)
    body: str = ""
    answers: list[tuple[str, str, str]] = field(default_factory=list)


@lru_cache(maxsize=1)
def outline() -> dict[str, list[Operation]]:
    """Every operation by its subject. The same for the life of a process: it follows from the code alone."""
    schema = SchemaGenerator().get_schema(public=True)
    shapes = schema.get("components", {}).get("schemas", {})
    subjects: dict[str, list[Operation]] = {}
    for path, methods in sorted(schema["paths"].items()):
        subject = path.removeprefix("/api/").split("/")[0].replace("-", " ").capitalize()
        for method in METHODS:
            if method in methods:
                subjects.setdefault(subject, []).append(_operation(path, method, methods[method], shapes))
    return subjects


def _operation(path: str, method: str, said: Mapping[str, Any], shapes: Mapping[str, Any]) -> Operation:
    return Operation(
        anchor=said.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        summary=said.get("summary", ""),
        description=said.get("description", ""),
        parameters=[_parameter(one) for one in said.get("parameters", [])],
        body=_example_in(said.get("requestBody", {}), shapes),
        answers=list(_answers(said.get("responses", {}), shapes)),
    )


def _parameter(said: Mapping[str, Any]) -> dict[str, str]:
    kind = said.get("schema", {}).get("type", "string")
    needed = "required" if said.get("required") else "optional"
    return {
        "name": said["name"],
        "where": said["in"],
        "kind": f"{kind}, {needed}",
        "about": said.get("description", ""),
    }


def _answers(said: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for status, answer in sorted(said.items()):
        phrase = HTTPStatus(int(status)).phrase if status.isdigit() else ""
        yield status, answer.get("description") or phrase, _example_in(answer, shapes)


def _example_in(said: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """An example of the JSON that a body holds, empty where there is none."""
    content = said.get("content", {}).get("application/json")
    if not content or "schema" not in content:
        return ""
    return json.dumps(_example(content["schema"], shapes, 0), indent=2, ensure_ascii=False)


_SAMPLES: dict[str, Any] = {
    "string": "…",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "null": None,
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
}


def _example(schema: Any, shapes: Mapping[str, Any], depth: int) -> Any:
    """A value that fits a schema: its own example, its first choice, or one made of its parts."""
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return "…"
    if "$ref" in schema:
        return _example(shapes.get(schema["$ref"].rsplit("/", 1)[-1], {}), shapes, depth + 1)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("allOf", "oneOf", "anyOf"):
        if schema.get(key):
            return _example(schema[key][0], shapes, depth + 1)
    return _example_of_type(schema, shapes, depth)


def _example_of_type(schema: Mapping[str, Any], shapes: Mapping[str, Any], depth: int) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) and kinds else kinds
    if kind == "array":
        return [_example(schema.get("items", {}), shapes, depth + 1)]
    if kind == "object":
        properties = schema.get("properties", {})
        made = {name: _example(part, shapes, depth + 1) for name, part in properties.items()}
        return made or {"…": "…"}
    return _SAMPLES.get(schema.get("format", ""), _SAMPLES.get(kind, "…"))
