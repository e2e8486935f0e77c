"""The generated files: which ones there are, and what each holds now."""

import json
from collections.abc import Callable
from pathlib import Path

from hub.transport.generate import asyncapi, constants, errors, openapi, settings, tables
from hub.transport.generate.catalogue import Json

Make = Callable[[Path], str]


def every_output(root: Path) -> dict[Path, str]:
    """path -> text as it should be, for a repository at `root`. Raises OSError when the protocol page is missing."""
    made: dict[str, Make] = {
        "docs/protocol/asyncapi.json": lambda _: _json(asyncapi.document()),
        "docs/protocol/openapi.json": lambda _: _json(openapi.document()),
        "docs/protocol/errors.md": lambda _: errors.page(),
        "docs/protocol/README.md": lambda path: tables.filled(path.read_text("utf-8")),
        "docs/settings.md": lambda _: settings.page(),
        "static/sdk/errors.js": lambda _: errors.script(),
        "static/sdk/protocol.js": lambda _: constants.script(),
    }
    return {root / name: make(root / name) for name, make in made.items()}


def stale(root: Path) -> list[Path]:
    """Files whose text is not what the models say."""
    return [p for p, text in every_output(root).items() if not p.exists() or p.read_text("utf-8") != text]


def write(root: Path) -> list[Path]:
    """Bring every file up to date; returns those that changed."""
    changed = stale(root)
    for path, text in every_output(root).items():
        if path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return changed


def _json(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
