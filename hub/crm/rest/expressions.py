"""Expressions: JSONata, bounded in time and depth, with what could freeze the process refused when a file is loaded.

One language for all: paths, conditions, conversions. A plain path (`party.name`) is walked here, twenty times as fast.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Final

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils
from pydantic import ValidationInfo

MOST_S = 0.5
MOST_DEPTH = 150
# Beside JSONata's own (hub/crm/rest/values.py): how each is called -> what it gives. Times are epoch ms.
SIGNATURES: Final = {
    'to_hub("MAP", value)': "our word for the CRM's, by a value map",
    'to_crm("MAP", value)': "the CRM's word for ours",
    'time(text, "%d.%m.%Y %H:%M")': "a time that is no ISO 8601, read in the file's `time_zone`; patterns are Python's",
    'local(time, "%Y-%m-%d %H:%M")': "a time as text, in the file's `time_zone`",
    'utc(time, "%Y-%m-%d %H:%M")': "the same in UTC",
    "iso(time)": "`2026-11-25T10:00:00Z`",
    "seconds(time)": "seconds since 1970",
    "digits(text)": "its digits alone",
    "e164(text)": "a phone number as `+8613800001234`; nothing if it is none",
    "html(text)": "a text as HTML",
    "plain(html)": "HTML as a text",
}
FUNCTIONS: Final = frozenset(call.partition("(")[0] for call in SIGNATURES)
ANSWER: Final = frozenset({"status", "headers", "text", "answer", "asked", "body"})
# $eval runs text as code; the others give another answer each time, so that a retry would not be the same request.
REFUSED: Final = {
    "eval": "write the expression itself",
    "random": "the same request must come out the same when it is sent again",
    "shuffle": "the same request must come out the same when it is sent again",
    "now": "the same request must come out the same when it is sent again; a write knows `at`",
    "millis": "the same request must come out the same when it is sent again; a write knows `at`",
}
BUILT_IN: Final = frozenset(Jsonata.static_frame.bindings)


class BadExpression(ValueError):
    """The text is no expression that is allowed here. Says what to write instead."""


class ExpressionFailed(Exception):
    """It can't be worked out on this answer. Names the expression, never what the answer held."""


class Expression:
    """One expression. `paths` are the places that it reads in what it is applied to, `roots` their first names."""

    def __init__(self, text: str) -> None:
        """Raises BadExpression."""
        self.text = text.strip()
        self._code = _compiled(self.text)
        tree = self._code.ast
        _refuse(tree)
        self.path = _plain(tree)
        self.paths = tuple(dict.fromkeys(_paths(tree)))
        self.roots = frozenset(path[0] for path in self.paths)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def on(self, value: Any, names: Mapping[str, Any] | None = None) -> Any:
        """What it gives on `value`; `names` are its $variables and functions. None = nothing, or null.

        Raises ExpressionFailed.
        """
        if self.path is not None:
            return walked(value, self.path)
        try:
            found = self._code.evaluate(value, {**_bindings(names or {}), **_bounds()})
        except JException as problem:
            raise ExpressionFailed(f"`{self.text}`: {_sentence(problem)}") from None
        except ExpressionFailed as problem:  # one of our functions says what it can't take
            raise ExpressionFailed(f"`{self.text}`: {problem}") from None
        except Exception as problem:  # a library's slip on odd input must not look like a fault of ours
            raise ExpressionFailed(f"`{self.text}`: {type(problem).__name__}") from None
        return _plainly(found)

    def holds(self, value: Any, names: Mapping[str, Any] | None = None) -> bool:
        """Is it true? What can't be worked out is not."""
        try:
            return bool(self.on(value, names))
        except ExpressionFailed:
            return False


def expression(text: Any, _told: ValidationInfo | None = None) -> Expression:
    """For the models: the expression in a field of the file."""
    if isinstance(text, Expression):
        return text
    if isinstance(text, bool) or not isinstance(text, str | int):
        raise BadExpression("an expression is a text; put it in quotes")
    return Expression(str(text))


def walked(value: Any, path: tuple[str, ...]) -> Any:
    """What stands at `path`; through lists, as JSONata goes: one is itself, several are a list, none is None."""
    for name in path:
        value = _step(value, name)
        if value is None:
            return None
    return value


def _step(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if not isinstance(value, list):
        return None
    found: list[Any] = []
    for one in value:
        below = _step(one, name)
        if isinstance(below, list):
            found += below
        elif below is not None:
            found.append(below)
    return found[0] if len(found) == 1 else found or None


def lacking(value: Any, path: tuple[str, ...]) -> bool:
    """Is a key of `path` missing altogether (null is not missing), in a place that is there?"""
    for nth, name in enumerate(path):
        if isinstance(value, list):
            return any(lacking(one, path[nth:]) for one in value)
        if value is None:
            return False
        if not isinstance(value, dict) or name not in value:
            return True
        value = value[name]
    return False


# --- reading the text ---------------------------------------------------------------------------------------


def _compiled(text: str) -> Jsonata:
    if not text:
        raise BadExpression("an expression can't be empty")
    try:
        code = Jsonata(text)
    except JException as problem:
        raise BadExpression(f"`{text}`: {_sentence(problem)}{_where(text, problem)}") from None
    except Exception as problem:
        raise BadExpression(f"`{text}`: this can't be read ({type(problem).__name__})") from None
    code.set_validate_input(False)
    return code


def _sentence(problem: JException) -> str:
    return str(problem).rstrip(".")


def _where(text: str, problem: JException) -> str:
    at = problem.location
    return f", near `{text[max(0, at - 12) : at + 1]}`" if isinstance(at, int) and 0 < at < len(text) else ""


def _bindings(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Jsonata.JLambda(_of_json(value)) if callable(value) else value for name, value in names.items()}


def _of_json(function: Callable[..., Any]) -> Callable[..., Any]:
    """The library hands a null on as an object of its own, whose text is the word `null`."""

    @wraps(function)
    def called(*given: Any) -> Any:
        return function(*(None if one is Utils.NULL_VALUE else one for one in given))

    return called


def _bounds() -> dict[str, Any]:
    """Bound by time and by depth: JSONata has recursion. The library's own clock starts when it compiles."""
    end, depth = time.monotonic() + MOST_S, 0

    def entered(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise JException("D1011", -1)
        if time.monotonic() > end:
            raise JException("D1012", -1, int(MOST_S * 1000))

    def left(*_: object) -> None:
        nonlocal depth
        depth -= 1

    return {"__evaluate_entry": entered, "__evaluate_exit": left}


def _plainly(value: Any) -> Any:
    """Lists and objects of JSON only. Raises ExpressionFailed for a function."""
    if isinstance(value, list):
        return [_plainly(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plainly(one) for key, one in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ExpressionFailed("an expression gave a function; call it: $name(...)")


# --- walking the tree ---------------------------------------------------------------------------------------


def _below(node: Any) -> Iterator[Any]:
    """All nodes of a tree; the library keeps children in attributes, in lists of them and in lists of pairs."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from _below(one)
    elif hasattr(node, "type") and hasattr(node, "_outer_instance"):
        yield node
        for name, child in vars(node).items():
            if not name.startswith("_") and name not in {"seeking_parent", "ancestor"}:
                yield from _below(child)


def _refuse(tree: Any) -> None:
    """Raises BadExpression for regular expressions, $eval and the like, and variables that nobody binds."""
    nodes = list(_below(tree))
    known = BUILT_IN | FUNCTIONS | ANSWER | _bound(nodes)
    for node in nodes:
        if node.type == "regex":
            raise BadExpression("regular expressions are refused: one can freeze the hub. Use $contains, $split, `in`")
        if node.type != "variable" or node.value in ("", "$"):
            continue
        if node.value in REFUSED:
            raise BadExpression(f"${node.value} is refused: {REFUSED[node.value]}")
        if node.value not in known:
            raise BadExpression(f"${node.value} is not known{_nearest(str(node.value), known)}")


def _nearest(name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for an error

    near = get_close_matches(name, known - set(REFUSED), 1)
    return f"; did you mean ${near[0]}?" if near else ""


def _bound(nodes: list[Any]) -> frozenset[str]:
    """Variables that the expression binds itself."""
    found: set[str] = set()
    for node in nodes:
        if node.type == "bind":
            found.add(str(node.lhs.value))
        if node.type == "lambda":
            found |= {str(argument.value) for argument in node.arguments}
        found |= {str(mark) for mark in (getattr(node, "focus", None), getattr(node, "index", None)) if mark}
    return frozenset(found)


def _plain(tree: Any) -> tuple[str, ...] | None:
    """The path, when the whole expression is nothing else."""
    if getattr(tree, "type", None) != "path" or getattr(tree, "keep_singleton_array", False):
        return None
    return tuple(str(step.value) for step in tree.steps) if all(map(_name, tree.steps)) else None


def _name(step: Any) -> bool:
    odd = ("stages", "predicate", "group", "focus", "index", "tuple", "keep_array")
    return step.type == "name" and not any(getattr(step, name, None) for name in odd)


def _paths(node: Any, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Plain beginnings of the paths that start at what the expression is applied to; conditions inside are not."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from _paths(one, depth)
    elif not (hasattr(node, "type") and hasattr(node, "_outer_instance")):
        return
    elif node.type == "path":
        yield from _beginning(node)
    elif node.type == "name":
        yield (str(node.value),)
    else:
        for name, child in vars(node).items():
            if not name.startswith("_") and name not in {"seeking_parent", "ancestor", "group", "predicate"}:
                yield from _paths(child, depth + 1)


def _beginning(node: Any) -> Iterator[tuple[str, ...]]:
    steps = list(node.steps)
    if steps and steps[0].type == "variable" and steps[0].value in ("", "$"):
        steps = steps[1:]
    names: list[str] = []
    for step in steps:
        if step.type != "name":
            break
        names.append(str(step.value))
        if not _name(step):
            break
    if names:
        yield tuple(names)
    elif steps:
        yield from _paths(steps[0])
