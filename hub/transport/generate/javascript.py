"""How a Python value is written in a generated JavaScript module."""

import json
from collections.abc import Mapping
from typing import Any

LINE = 110


def header(about: str, source: str) -> str:
    return f"// {about}\n// Generated from {source} by `make generate`. Do not edit.\n"


def constant(name: str, value: Any, about: str) -> str:
    """`export const NAME = ...;` with its sentence; tables and lists are frozen, one entry a line if they are long."""
    return f"\n/** {about} */\nexport const {name} = {_frozen(value)};\n"


def _frozen(value: Any) -> str:
    if not isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    short = _inline(value)
    if len(short) < LINE - 40:
        return f"Object.freeze({short})"
    return f"Object.freeze({_tall(value)})"


def _tall(value: Any) -> str:
    if isinstance(value, Mapping):
        lines = "".join(f"  {_key(k)}: {_inline(v)},\n" for k, v in value.items())
        return "{\n" + lines + "}"
    return "[\n" + "".join(f"  {_inline(item)},\n" for item in value) + "]"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)}: {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: object) -> str:
    text = str(name)
    return text if text.isidentifier() and text.isascii() else json.dumps(text)
