"""Files under static/, from memory: compressed once, with an ETag, refreshed when the file on disk changes."""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from hub.model.errors import NotFound
from hub.model.frozen import frozen
from hub.transport.served import served, stamp

COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}


def static_root() -> Path:
    """static/ beside the packages in a checkout, inside `hub` in a wheel."""
    package = Path(__file__).parents[2]
    inside = package / "static"
    return inside if inside.is_dir() else package.parent / "static"


@frozen
class Asset:
    """`stamp` is the file's mtime in ns."""

    stamp: int
    body: bytes
    packed: bytes
    etag: str
    type: str


class Static:
    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._assets: dict[Path, Asset] = {}

    def asset(self, path: str) -> Asset:
        """Raises NotFound for what is not there, hidden, or outside static/."""
        try:
            file = (self._root / path).resolve()
            name = file.relative_to(self._root)  # one for all spellings of a path, or memory would fill with copies
            if any(p.startswith(".") for p in name.parts):
                raise NotFound
            changed = stamp(file, self._root)
            held = self._assets.get(name)
            if held is None or held.stamp != changed:
                held = self._assets[name] = _read(file, self._root, changed)
        except (OSError, ValueError):
            raise NotFound from None
        return held

    def respond(self, request: Request, path: str, headers: dict[str, str]) -> Response:
        """The file, its compressed form, or 304."""
        asset = self.asset(path)
        # Names carry no version, so a browser asks each time; 304 is a short answer.
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "ETag": asset.etag} | headers
        headers["Vary"] = "Accept-Encoding"
        if asset.etag in request.headers.get("if-none-match", ""):  # one of several, perhaps weakened by a proxy
            return Response(status_code=304, headers=headers)
        if asset.packed and _takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(asset.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.type)
        return Response(asset.body, headers=headers, media_type=asset.type)


def _takes_gzip(accepted: str) -> bool:
    """`gzip;q=0` names it only to refuse it."""
    for coding in accepted.lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


def _read(file: Path, root: Path, changed: int) -> Asset:
    body = served(file, root)
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if kind.startswith(COMPRESSED) else b""
    return Asset(changed, body, packed, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', kind)
