"""Fixtures: what a CRM answered, kept without secrets, so that a mapping can be tested where the CRM is not."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx

from hub.model.errors import BadRequest

EXCHANGES: Final = "exchanges.json"
_DIGEST: Final = re.compile(r"^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$")  # of a secret, most likely
KEPT_HEADERS: Final = {"content-type", "link", "content-range", "retry-after"}


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps each with its answer."""

    def __init__(self, below: httpx.AsyncBaseTransport | None = None) -> None:
        self._below = below or httpx.AsyncHTTPTransport()
        self.exchanges: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._below.handle_async_request(request)
        content = await answer.aread()
        decoded = httpx.Response(answer.status_code, headers=answer.headers, content=content)
        headers = {name: value for name, value in answer.headers.items() if name in KEPT_HEADERS}
        asked = asked_for(request)
        self.exchanges.append({**asked, "status": answer.status_code, "headers": headers, "text": decoded.text})
        return httpx.Response(answer.status_code, headers=headers, content=decoded.content, request=request)

    async def aclose(self) -> None:
        await self._below.aclose()

    def save(self, folder: Path, secrets: Mapping[str, str], sessions: Mapping[str, Any]) -> None:
        """`sessions`: what signing in gave; it is a secret like the others."""
        hidden = {f"${{{name}}}": value for name, value in secrets.items()}
        hidden |= {f"${{session.{name}}}": str(value) for name, value in sessions.items()}
        folder.mkdir(parents=True, exist_ok=True)
        for one in self.exchanges:
            if isinstance(one["body"], list):
                one["body"] = [[name, _DIGEST.sub("${digest}", value)] for name, value in one["body"]]
        text = scrubbed(json.dumps(self.exchanges, ensure_ascii=False, indent=1), hidden)
        (folder / EXCHANGES).write_text(text + "\n")


def asked_for(request: httpx.Request) -> dict[str, Any]:
    """What makes one request another, without its host and headers (those have the key)."""
    parts = urlsplit(str(request.url))
    body = request.content.decode(errors="replace")
    form = "form" in request.headers.get("content-type", "")
    return {
        "method": request.method,
        "path": parts.path,
        "query": [list(pair) for pair in parse_qsl(parts.query, keep_blank_values=True)],
        "body": [list(pair) for pair in parse_qsl(body, keep_blank_values=True)] if form else body,
    }


def scrubbed(text: str, hidden: Mapping[str, str]) -> str:
    """`text` (JSON) with each secret by its name: as it is, and as JSON writes it."""
    for name, value in sorted(hidden.items(), key=lambda pair: -len(pair[1])):
        if len(value) >= 3:
            text = text.replace(json.dumps(value, ensure_ascii=False)[1:-1], name)
    return text


class Replayer(httpx.AsyncBaseTransport):
    """Answers what was recorded. Nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        """Raises BadRequest when there is no recording."""
        try:
            self._left: list[dict[str, Any]] = json.loads((folder / EXCHANGES).read_text())
        except (OSError, ValueError):
            raise BadRequest(f"{folder}: there is no recording ({EXCHANGES})") from None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = asked_for(request)
        found = self._taken(asked)
        if found is None:
            raise httpx.ConnectError(f"{asked['method']} {asked['path']} was not recorded", request=request)
        headers = {name: value for name, value in found["headers"].items() if name != "content-length"}
        return httpx.Response(found["status"], headers=headers, text=found["text"], request=request)

    def _taken(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        """The same request; else the next one of its shape: what is derived from a secret (md5) is another now."""
        for same in (_same, _alike):
            for nth, one in enumerate(self._left):
                if same(one, asked):
                    return self._left.pop(nth)
        return None


def _same(one: dict[str, Any], asked: dict[str, Any]) -> bool:
    return all(one[key] == asked[key] for key in ("method", "path", "query", "body"))


def _alike(one: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Only where something in the form differs, such as a digest of the key."""
    if not (isinstance(one["body"], list) and isinstance(asked["body"], list)):
        return False
    same = all(one[key] == asked[key] for key in ("method", "path", "query"))
    return same and [name for name, _ in one["body"]] == [name for name, _ in asked["body"]]
