"""Loading a mapping file: every mistake is named with its file, line and place, and with what to write instead."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.crm.rest import format as file
from hub.crm.rest.escapes import LANGUAGES, QueryLanguage
from hub.crm.rest.format import Mapping as MappingFile
from hub.crm.rest.places import Place, problems_of
from hub.crm.rest.readings import parts_of
from hub.crm.rest.templates import Secret
from hub.model.errors import BadRequest
from hub.model.frozen import frozen

MOST_BYTES = 512 << 10
MOST_NODES = 50_000  # an alias of an alias of an alias is a bomb
PRESETS: Final = Path(__file__).parent / "mappings"


@frozen
class Problem:
    """`line` is 0 when it is about the file as a whole."""

    line: int
    place: str
    says: str


class BadMapping(BadRequest):
    """The file can't be used. `problems` are in its order."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            "\n".join(f"{name}:{it.line or ''}: {it.place}: {it.says}".replace(":: ", ": ") for it in problems)
        )


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of a scalar: `no`, `on` and `2026-11-22` are words. A key that stands twice is an error."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_BOOL: Final = {"true": True, "True": True, "false": False, "False": False}


def load(path: Path) -> MappingFile:
    """Raises BadMapping, with all that is wrong."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise BadMapping(str(path), [Problem(0, "file", f"it can't be read: {problem.strerror}")]) from None
    if len(content) > MOST_BYTES:
        raise BadMapping(str(path), [Problem(0, "file", f"larger than {MOST_BYTES >> 10} KiB: is it a mapping?")])
    try:
        return loads(content.decode(), str(path))
    except UnicodeDecodeError:
        raise BadMapping(str(path), [Problem(0, "file", "it is not UTF-8: save it as UTF-8")]) from None


def preset(name: str) -> Path:
    """The file of a mapping that comes with the package. Raises BadMapping where there is none."""
    shipped = {path.stem: path for path in sorted(PRESETS.glob("*.yaml"))}
    if name not in shipped:
        says = f"there is no such mapping; there are {', '.join(shipped)}, or name a file of your own (NAME.yaml)"
        raise BadMapping(name, [Problem(0, "file", says)])
    return shipped[name]


def loads(text: str, name: str = "mapping") -> MappingFile:
    """The same for the text of a file. Raises BadMapping."""
    content, lines = _parsed(text, name)
    try:
        languages = _languages(content)
        mapping = MappingFile.model_validate(content, context={"languages": languages})
    except ValidationError as wrong:
        found = _told(wrong.errors(include_url=False, include_input=False), lines)
        raise BadMapping(name, found) from None
    problems = [*_settings(mapping), *problems_of(mapping)]
    if problems:
        paths = [(_known(it.path, lines), it.says) for it in problems]
        places = (Problem(_line(lines, path), place(path), says) for path, says in paths)
        raise BadMapping(name, sorted(places, key=_at))
    return mapping


def _at(problem: Problem) -> int:
    return problem.line


def secrets_of(mapping: MappingFile) -> frozenset[str]:
    """The names of all `${NAME}` in a file."""
    return frozenset(_secrets(mapping))


def _secrets(part: Any) -> Iterator[str]:
    parts = getattr(part, "parts", None)
    if callable(parts):  # a signature has a field of that name
        yield from (it.name for it in parts() if isinstance(it, Secret))
    elif isinstance(part, list | tuple):
        for below in part:
            yield from _secrets(below)
    elif isinstance(part, dict):
        for below in part.values():
            yield from _secrets(below)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _secrets(getattr(part, name))


# --- YAML ---------------------------------------------------------------------------------------------------


def _parsed(text: str, name: str) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    """The file's content, and place -> line."""
    lines: dict[tuple[Any, ...], int] = {}
    problems: list[Problem] = []
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is not None:
                _walk(root, (), lines, problems)
            content = None if problems or root is None else _built(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise BadMapping(name, [Problem(mark.line + 1 if mark else 0, "file", _yaml(wrong, text))]) from None
    if problems:
        raise BadMapping(name, problems)
    if not isinstance(content, dict):
        raise BadMapping(name, [Problem(1, "file", "it must be an object: `mapping: 1`, `title: ...` and so on")])
    return content, lines


def _yaml(wrong: yaml.MarkedYAMLError, text: str) -> str:
    said = f"no YAML: {wrong.problem}"
    if wrong.problem and "mapping values are not allowed" in wrong.problem:
        return said + ". An expression with `: ` or `# ` in it must stand in quotes: '...'"
    if wrong.problem_mark and "{{" in text.splitlines()[wrong.problem_mark.line : wrong.problem_mark.line + 1][0:1]:
        return said + '. A template that begins with {{ must stand in quotes: "{{ email }}"'
    return said + '. Texts that begin with {, [, *, &, !, %, @ or ` must stand in quotes: "{{ email }}"'


def _walk(node: yaml.Node, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int], problems: list[Problem]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(lines) > MOST_NODES:
        raise yaml.composer.ComposerError(None, None, "too much in it, by aliases of aliases", node.start_mark)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            word = str(key.value)
            below = (*path, word)
            lines[below] = key.start_mark.line + 1
            if word in seen:
                problems.append(Problem(key.start_mark.line + 1, place(below), "it stands here twice; keep one"))
            if isinstance(key, yaml.MappingNode):
                problems.append(
                    Problem(key.start_mark.line + 1, place(path), 'a template must stand in quotes: "{{ email }}"')
                )
            seen.add(word)
            _walk(value, below, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for nth, value in enumerate(node.value):
            _walk(value, (*path, nth), lines, problems)


def _built(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _built(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_built(value) for value in node.value]
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
        return _BOOL.get(node.value, node.value) if node.style is None else node.value
    return _Loader("").construct_object(node)


# --- what is wrong, in words --------------------------------------------------------------------------------

_INSTEAD: Final = {
    "verify": "say which value of the record must equal what was asked, such as `verify: email`. Without it a CRM that "
    "ignores the filter shows strangers",
    "auth": 'say how requests prove who asks, such as `auth: {kind: header, value: "Bearer ${CRM_TOKEN}"}`',
    "external_id": "say which value of the record is the customer's id, such as `external_id: id`",
    "look_up": "say how customers are found: a list of `{by: email, request: ..., items: ..., verify: ...}`",
}


def _told(errors: list[ErrorDetails], lines: Mapping[tuple[Any, ...], int]) -> list[Problem]:
    """One problem for each place: of a choice, the branch that fits best."""
    found: dict[tuple[Any, ...], Problem] = {}
    for error in errors:
        path = _path(error["loc"], lines)
        says = _says(error, path)
        if path not in found or error["type"] == "value_error":
            found[path] = Problem(_line(lines, path), place(path), says)
    deeper = {path[:nth] for path in found for nth in range(1, len(path))}
    return sorted((it for path, it in found.items() if path not in deeper), key=_at)


def _path(loc: tuple[Any, ...], lines: Mapping[tuple[Any, ...], int]) -> tuple[Any, ...]:
    """pydantic's place without the names of the types that it tried."""
    path: tuple[Any, ...] = ()
    for nth, part in enumerate(loc):
        if (*path, part) in lines or (nth == len(loc) - 1 and isinstance(part, str) and part.isidentifier()):
            known = (*path, part) in lines or not part.istitle()
            path = (*path, part) if known else path
    return path


def _says(error: ErrorDetails, path: tuple[Any, ...]) -> str:
    name = str(path[-1]) if path else ""
    match error["type"]:
        case "missing":
            return f"missing: {_INSTEAD.get(name, f'add `{name}: ...`')}"
        case "extra_forbidden":
            near = get_close_matches(name, _keys(), 1, 0.6)
            return "this key is not known" + (f"; did you mean `{near[0]}`?" if near else "; see the format reference")
        case "union_tag_invalid" | "union_tag_not_found":
            return "kind: one of none, header, basic, query, oauth2, login"
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _keys() -> list[str]:
    """Every key that the format has."""
    found: set[str] = set()
    for module in (file, __import__("hub.crm.rest.format_records", fromlist=["Part"])):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= {field.alias or name for name, field in kind.model_fields.items()}
    return sorted(found)


def _known(path: tuple[Any, ...], lines: Mapping[tuple[Any, ...], int]) -> tuple[Any, ...]:
    """`path` without the [0] of what stands without a list in the file."""
    found: tuple[Any, ...] = ()
    for part in path:
        if not isinstance(part, int) or (*found, part) in lines:
            found = (*found, part)
    return found


def _line(lines: Mapping[tuple[Any, ...], int], path: tuple[Any, ...]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def place(path: tuple[Any, ...]) -> str:
    """`customer.look_up[1].verify`."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.lstrip(".") or "file"


def _languages(content: dict[str, Any]) -> dict[str, QueryLanguage]:
    """The built-in ones and the file's own; what is wrong with those is said by the model."""
    own = content.get("languages")
    found = dict(LANGUAGES)
    for name, rules in own.items() if isinstance(own, dict) else ():
        if isinstance(rules, dict):
            it = file.Language.model_validate(rules)
            found[str(name)] = QueryLanguage(str(name), it.quote, it.escape, it.refuse + "\x00")
    return found


def _settings(mapping: MappingFile) -> Iterator[Place]:
    try:
        ZoneInfo(mapping.time_zone)
    except (ValueError, OSError, LookupError):
        yield Place(("time_zone",), "not a time zone of the tz database, such as Asia/Shanghai or UTC")
    literal = mapping.base_url.text
    if not parts_of(mapping.base_url) and "${" not in literal and urlsplit(literal).scheme not in ("http", "https"):
        yield Place(("base_url",), "an address that begins with https://")
