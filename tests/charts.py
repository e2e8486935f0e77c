"""A reader of our Helm templates, for machines without helm: the part of the template language that they use, and no
more (an action that it does not know is an error). It proves that they are balanced, name only values that exist and
become YAML; it does not prove what helm or a cluster would say.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

BOTH = re.compile(r"and (\S+) \(ne \((.+)\) (\".+\")\)")
ACTION = re.compile(r"(\s*)\{\{(-?)\s*(.*?)\s*(-?)\}\}(\n?[ \t]*)?", re.DOTALL)


@dataclass
class Chart:
    home: Path
    values: dict[str, Any]
    release: str = "talk"
    parts: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path, **more: Any) -> "Chart":
        values = yaml.safe_load((home / "values.yaml").read_text())
        for path, value in more.items():
            at = values
            *inner, last = path.split("__")
            for name in inner:
                at = at[name]
            assert last in at, path
            at[last] = value
        chart = cls(home, values)
        chart.render(home / "templates/_parts.tpl")
        return chart

    def documents(self) -> list[dict[str, Any]]:
        """Everything that the chart makes."""
        files = sorted((self.home / "templates").glob("*.yaml"))
        return [document for file in files for document in yaml.safe_load_all(self.render(file)) if document]

    def render(self, file: Path) -> str:
        tokens = _tokens(file.read_text())
        nodes, rest = _parse(tokens, 0, top=True)
        assert rest == len(tokens), f"{file.name}: an end without a beginning"
        return self._text(nodes)

    def _text(self, nodes: list[Any]) -> str:
        out = ""
        for node in nodes:
            match node:
                case str():
                    out += node
                case ("define", name, body):
                    self.parts[name] = body
                case ("if", condition, body, other):
                    out += self._text(body if self._value(condition) else other)
                case ("put", expression):
                    out += _said(self._value(expression))
        return out

    def _value(self, expression: str) -> Any:
        if expression.startswith("not "):
            return not self._value(expression[4:])
        if both := BOTH.fullmatch(expression):
            return self._term(both[1]) and self._term(both[2]) != json.loads(both[3])
        first, *pipes = [part.strip() for part in expression.split("|")]
        value = self._term(first)
        for pipe in pipes:
            name, _, argument = pipe.partition(" ")
            match name:
                case "quote":
                    value = json.dumps(_said(value))
                case "nindent":
                    value = "\n" + "\n".join(" " * int(argument) + line for line in str(value).splitlines())
                case "default":
                    value = value or (json.loads(argument) if argument.startswith('"') else self._term(argument))
                case _:
                    raise ValueError(f"no such pipe here: {pipe}")
        return value

    def _term(self, term: str) -> Any:
        match term.split(" "):
            case ["include", name, "."]:
                return self._text(self.parts[json.loads(name)]).strip("\n")
            case ["toYaml", inner]:
                return yaml.safe_dump(self._term(inner), sort_keys=False).rstrip("\n")
            case [".Release.Name"]:
                return self.release
            case [".Chart.AppVersion"]:
                return yaml.safe_load((self.home / "Chart.yaml").read_text())["appVersion"]
            case [path] if path.startswith(".Values."):
                at = self.values
                for name in path.removeprefix(".Values.").split("."):
                    assert name in at, f"values.yaml has no {path}"
                    at = at[name]
                return at
        raise ValueError(f"not understood here: {term}")


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = list[tuple[str, str]](), 0
    for found in ACTION.finditer(text):
        before, left, action, right, after = found.groups()
        tokens.append(("text", text[at : found.start()] + ("" if left else before)))
        if not action.startswith("/*"):
            tokens.append(("action", action))
        tokens.append(("text", "" if right else after or ""))
        at = found.end()
    return [*tokens, ("text", text[at:])]


def _parse(tokens: list[tuple[str, str]], at: int, *, top: bool = False) -> tuple[list[Any], int]:
    nodes: list[Any] = []
    while at < len(tokens):
        kind, text = tokens[at]
        at += 1
        if kind == "text":
            nodes.append(text)
        elif text in ("end", "else"):
            assert not top, f"{text} without a beginning"
            return nodes, at - 1
        elif text.startswith(("if ", "define ")):
            word, _, rest = text.partition(" ")
            body, at = _parse(tokens, at)
            other: list[Any] = []
            if tokens[at][1] == "else":
                other, at = _parse(tokens, at + 1)
            assert tokens[at] == ("action", "end"), f"{text} has no end"
            at += 1
            nodes.append((word, rest, body, other) if word == "if" else (word, json.loads(rest), body))
        else:
            nodes.append(("put", text))
    assert top, "an end is missing"
    return nodes, at
