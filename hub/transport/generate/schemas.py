"""JSON Schemas of the models, under the names that the API documents use for them."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hub.transport.generate.catalogue import Json, events, hub_frames, requests

Mode = Literal["validation", "serialization"]
PLACE = "#/components/schemas/"


def socket_components() -> Json:
    """Schemas of every frame and event body: `request.message.post`, `hub.welcome`, `event.message.created`."""
    asked = {f"request.{spec.name}": spec.model for spec in requests()}
    told = {f"hub.{spec.name}": spec.model for spec in hub_frames()}
    bodies = {f"event.{name}": body for name, body in events().items()}
    return join(named(asked), with_type(named(told, "serialization")), named(bodies, "serialization"))


def named(models: Mapping[str, type[BaseModel]], mode: Mode = "validation") -> Json:
    """The schemas of `models` under the names given, and of what they hold under the class names."""
    _, found = models_json_schema([(m, mode) for m in models.values()], ref_template=PLACE + "{model}")
    titles = {model.__name__: name for name, model in models.items()}
    return {titles.get(name, name): renamed(body, titles) for name, body in found["$defs"].items()}


def renamed(node: Any, titles: Mapping[str, str]) -> Any:
    """`node` with references to the old names turned into references to the new ones."""
    if isinstance(node, list):
        return [renamed(item, titles) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _target(value, titles) if key == "$ref" else renamed(value, titles) for key, value in node.items()}


def _target(reference: str, titles: Mapping[str, str]) -> str:
    name = reference.removeprefix(PLACE)
    return PLACE + titles.get(name, name)


def with_type(schemas: Json) -> Json:
    """The hub always sends `t`, although the models give it a default."""
    return {
        name: {**body, "required": ["t", *body.get("required", [])]} if "t" in body.get("properties", {}) else body
        for name, body in schemas.items()
    }


def join(*groups: Json) -> Json:
    """One table of schemas. Raises ValueError when two different models would share a name."""
    joined: Json = {}
    for name, body in ((n, b) for group in groups for n, b in group.items()):
        if joined.setdefault(name, body) != body:
            raise ValueError(f"two different schemas are called {name}")
    return dict(sorted(joined.items()))


def as_draft7(node: Any) -> Any:
    """`node` in AsyncAPI's dialect: tuples are `items` lists and a discriminator is the field's name."""
    if isinstance(node, list):
        return [as_draft7(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: as_draft7(value) for key, value in node.items()}
    if "prefixItems" in plain:
        plain["items"] = plain.pop("prefixItems")
    if isinstance(plain.get("discriminator"), dict) and "propertyName" in plain["discriminator"]:
        plain["discriminator"] = plain["discriminator"]["propertyName"]
    return plain
