"""`python -m hub.crm.rest.reference [--check]`, at the repository's root: writes what is derived from the format."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from hub.crm.rest import format as file
from hub.crm.rest import format_auth, format_hooks, format_records, format_requests
from hub.crm.rest.escapes import LANGUAGES
from hub.crm.rest.expressions import REFUSED, SIGNATURES
from hub.crm.rest.places import GIVEN, OWN, READS, SPELT
from hub.crm.rest.templates import WRAPPERS

MODULES: Final = (file, format_requests, format_auth, format_records, format_hooks)
SCHEMA: Final = "docs/crm-mapping.schema.json"
PAGE: Final = "docs/crm-format.md"
WRAPPED: Final = {
    "$json": "JSON",
    "$join": "the texts of a list, one after the other",
    "$upper": "in capitals: some CRMs want a digest so",
    "$base64": "base64",
    "$base64url": "base64 for addresses",
    "$md5": "an MD5 digest, in small hex digits",
    "$sha1": "an SHA-1 digest",
    "$sha256": "an SHA-256 digest",
    "$sha512": "an SHA-512 digest",
    "$hmac": "of `{key, text, algorithm, encoding}`: an HMAC; `sha256` and `hex` without more, or `base64`",
}
HIDDEN: Final = {"Part", "Rule", "Common", "Reading"}
HEAD: Final = """\
# The mapping format

Generated from `hub/crm/rest/format*.py` by `make generate`: don't edit. [crm-mapping.md](crm-mapping.md) explains it
with examples; [crm-mapping.schema.json](crm-mapping.schema.json) is the same as JSON Schema, for editors: begin a file
with `# yaml-language-server: $schema=...`.

A key that is not listed is an error. **Bold** = must be there. An *expression* is JSONata on an answer or a record; a
*template* is text with `{{ expression }}` and `${SECRET}` in it; *any* is a structure with templates in its texts. A
*field* is an expression, or `{value: expression, values: value map, optional: true}`.
"""


class _Schema(GenerateJsonSchema):
    """A default that is an expression is said in words, not in the schema."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as the base has it


def outputs() -> dict[str, str]:
    """Path below the root -> content."""
    schema = file.Mapping.model_json_schema(schema_generator=_Schema)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "OneThread CRM mapping", **schema}
    return {SCHEMA: json.dumps(schema, indent=1, ensure_ascii=False) + "\n", PAGE: "\n".join(_page()) + "\n"}


def _page() -> Iterator[str]:
    yield HEAD
    yield from _table("Mapping", file.Mapping, "The file's top level.")
    for module in MODULES:
        for name, kind in vars(module).items():
            if _is_part(kind, module) and name not in HIDDEN and name != "Mapping":
                yield from _table(name, kind, (kind.__doc__ or "").strip() if kind.__doc__ else "")
    yield "## Names that templates know\n"
    yield "| where | names |\n|---|---|"
    yield "| everywhere | `at` (now, epoch ms), `session` (what signing in gave) |"
    yield f"| a look-up by `phone` | {_list(SPELT)}: `phone` is as `spellings` say |"
    yield "| other look-ups of customers | `external_id`, `email` or `wechat_id` |"
    yield f"| {', '.join(f'`{name}`' for name in READS)} | {_list(OWN)}: the customer and their record in the CRM |"
    yield "| `pages` | `page.offset`, `page.number`, `page.size`, `page.cursor` |"
    yield "| what creates | `mark` (20 letters), `marker` (its whole name); in `then`, `made.id`, `made.record` |"
    for operation, names in GIVEN.items():
        yield f"| `{operation}` | {_list(names)} |"
    yield "\n## Functions\n"
    yield "[JSONata's own](https://docs.jsonata.org/string-functions), and:\n"
    yield "| function | gives |\n|---|---|"
    yield from (f"| `${call}` | {says} |" for call, says in SIGNATURES.items())
    yield "\n`$toMillis` and `$fromMillis` are JSONata's: they take every time for UTC."
    yield f"Refused: regular expressions, {_list(f'${name}' for name in REFUSED)}.\n"
    yield "## Wrappers and query languages\n"
    yield "A wrapper makes one text of what is below it, and wrappers nest: `{$md5: {$join: [{$md5: ...}, ...]}}`.\n"
    yield "| wrapper | gives |\n|---|---|"
    yield from (f"| `{name}` | {WRAPPED[name]} |" for name in WRAPPERS)
    yield f"\nLanguages: {_list(f'${name}' for name in LANGUAGES)}, and those of `languages`."


def _is_part(kind: Any, module: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, format_records.Part) and kind.__module__ == module.__name__


def _table(name: str, kind: type[BaseModel], says: str) -> Iterator[str]:
    yield f"## {name}\n"
    if says:
        yield " ".join(says.split()) + "\n"
    yield "| key | what | |\n|---|---|---|"
    for field, it in kind.model_fields.items():
        key = it.alias or field
        shown = f"**`{key}`**" if it.is_required() else f"`{key}`"
        yield f"| {shown} | {_kind(it.annotation, it)} | {_says(it)} |"
    yield ""


def _says(it: FieldInfo) -> str:
    words = (it.description or "").replace("|", "\\|")
    default = it.default
    if it.is_required() or default is None or default in ("", {}, []) or isinstance(default, BaseModel):
        return words
    shown = getattr(default, "text", default)
    return f"{words} Default `{shown}`." if shown != "" else words


def _kind(annotation: Any, it: FieldInfo | None = None) -> str:
    """The type in a word or two."""
    if it is not None and any(isinstance(one, WithJsonSchema) for one in it.metadata):
        return _schema_kind(it.metadata)
    known = {str: "text", int: "number", float: "number", bool: "yes or no", type(None): "", Any: "any"}
    if annotation in known:
        return known[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        schema = [one for one in annotation.__metadata__ if isinstance(one, WithJsonSchema)]
        return _schema_kind(schema) if schema else _kind(args[0] if args else str)
    if origin is list:
        return f"list of {_kind(args[0])}"
    if origin is dict:
        return f"name -> {_kind(args[1])}"
    if str(origin) == "typing.Literal":
        return " \\| ".join(f"`{one}`" for one in args)
    if args:
        kinds = dict.fromkeys(kind for kind in map(_kind, args) if kind)
        return _field(" or ".join(kinds))
    return f"[{annotation.__name__}](#{annotation.__name__.lower()})" if isinstance(annotation, type) else "text"


def _field(kinds: str) -> str:
    """An expression or a rule is called a field in the page's head."""
    return kinds.replace("expression or [Rule](#rule)", "field")


def _schema_kind(metadata: Any) -> str:
    for one in metadata:
        if isinstance(one, WithJsonSchema):
            schema = one.json_schema or {}
            return {"jsonata": "expression"}.get(str(schema.get("format")), "template" if "type" in schema else "any")
    return "text"


def _list(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def main(root: Path, *, check: bool) -> int:
    """Exit code 1 when `check` finds a stale file."""
    stale = [
        path for path, text in outputs().items() if not (root / path).exists() or (root / path).read_text() != text
    ]
    for path in stale:
        if not check:
            (root / path).write_text(outputs()[path])
        sys.stdout.write(f"{'stale' if check else 'wrote'} {path}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd(), check="--check" in sys.argv[1:]))
