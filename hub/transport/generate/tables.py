"""The tables of docs/protocol/README.md: they stand between markers in a page that is otherwise written by hand."""

from collections.abc import Iterator

from hub.model.content import ButtonsContent, CardContent, FileContent, TextContent
from hub.model.party import Value
from hub.transport.generate.catalogue import SIDES, Json, Spec, events, for_everyone, hub_frames, requests, story
from hub.transport.generate.schemas import named

BEGIN = "<!-- generated: {name} -->"
END = "<!-- end of {name} -->"


def filled(page: str) -> str:
    """`page` with every table brought up to date. Raises ValueError when a marker is missing."""
    for name, text in every_table().items():
        page = _between(page, name, text)
    return page


def every_table() -> dict[str, str]:
    return {
        "requests": "\n".join(_request(spec) for spec in requests()),
        "hub frames": "\n".join(_frame(spec) for spec in hub_frames()),
        "events": _events(),
        "content": "\n".join(_content(model) for model in (TextContent, ButtonsContent, CardContent, FileContent)),
    }


def _between(page: str, name: str, text: str) -> str:
    begin, end = BEGIN.format(name=name), END.format(name=name)
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"docs/protocol/README.md lacks the markers of '{name}'")
    return f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}"


def _request(spec: Spec) -> str:
    answer = "" if spec.answered else " No ack."
    return _section(spec.name, f"From {_people(spec)}.{answer} {story(spec.model)}", _fields(spec.body))


def _frame(spec: Spec) -> str:
    to = "" if spec.sides == SIDES else f"To {_people(spec)}. "
    return _section(spec.name, to + story(spec.model), _fields(spec.model))


def _people(spec: Spec) -> str:
    *others, last = [f"{side}s" for side in spec.sides]
    return f"{', '.join(others)} and {last}" if others else last


def _content(model: type[Value]) -> str:
    kind = str(model.model_fields["kind"].default)
    return _section(kind, story(model), _fields(model))


def _section(name: str, text: str, fields: list[str]) -> str:
    table = ["| field | type | |", "|---|---|---|", *fields] if fields else []
    return "\n".join([f"#### `{name}`", "", *([text.strip(), ""] if text.strip() else []), *table, ""])


def _events() -> str:
    rows = [f"| `{name}` | {_audience(name)} | {_body(body)} | {story(body)} |" for name, body in events().items()]
    return "\n".join(["| type | audience | `d` | |", "|---|---|---|---|", *rows])


def _audience(name: str) -> str:
    return "everyone" if for_everyone(events()[name]) else "**staff**"


def _body(model: type[Value]) -> str:
    return ", ".join(f"`{name}`" for name in model.model_fields) or "-"


def _fields(model: type[Value]) -> list[str]:
    """One row per field, without `t` and `id`, which every frame has."""
    schemas = named({model.__name__: model})
    shown = ((n, s) for n, s in schemas[model.__name__].get("properties", {}).items() if n not in ("t", "id"))
    needed = schemas[model.__name__].get("required", [])
    return [f"| `{name}` | {_type(field, schemas)} | {_need(name, field, needed)} |" for name, field in shown]


def _need(name: str, field: Json, needed: list[str]) -> str:
    if name in needed or "const" in field:
        return "required"
    default = field.get("default")
    spelled = str(default).lower() if isinstance(default, bool) else default
    return "" if spelled in (None, "", [], {}) else f"`{spelled}` if absent"


def _type(field: Json, schemas: Json) -> str:
    """A schema in a few words: `text, at most 500`, `list of buttons, at most 8`."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _object(name, schemas.get(name, {}))
    if "oneOf" in field:
        kinds = ", ".join(_type(one, schemas) for one in field["oneOf"])
        return f"{kinds} ([content](#message-content))"
    if "anyOf" in field:
        return " or ".join(_type(one, schemas) for one in field["anyOf"] if one.get("type") != "null")
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return ", ".join(f"`{value}`" if value else "empty" for value in values)
    return ", ".join([_plain(field, schemas), *_bounds(field)])


def _object(name: str, schema: Json) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if name.endswith("Content"):
        return f"`{name.removesuffix('Content').lower()}`"
    return "`{" + ", ".join(schema.get("properties", {})) + "}`"


def _plain(field: Json, schemas: Json) -> str:
    match field.get("type"):
        case "array":
            return f"list of {_type(field['items'], schemas)}" if "items" in field else "list"
        case "object":
            each = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
            return f"object, each {_type(each, schemas)}" if isinstance(each, dict) else "object"
        case "string":
            return "text"
        case "boolean":
            return "true or false"
        case other:
            return str(other)


def _bounds(field: Json) -> Iterator[str]:
    for key, what in (("maxLength", "characters"), ("maxItems", "items"), ("maxProperties", "entries")):
        if key in field:
            yield f"at most {field[key]:,} {what}"
    if "maximum" in field and field["maximum"] < 2**53 - 1:
        yield f"{field.get('minimum', 0)} to {field['maximum']}"
