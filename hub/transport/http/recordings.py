"""/api/v1/recordings: what calls left behind, for signed-in staff, in parts as players ask for them."""

import re
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from hub.model.errors import NotFound
from hub.ports import Film, Recordings
from hub.transport.http.crm_api import Door

PART = 1 << 20  # most that is sent for one request for a part
PIECE = 1 << 16
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_HEADERS = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


class RecordingsApi:
    """`recordings` is None where none are kept."""

    def __init__(self, door: Door, recordings: Recordings | None) -> None:
        self._door = door
        self._recordings = recordings

    def routes(self) -> list[Route]:
        return [Route("/api/v1/recordings/{call}/{recording}", self.film)]

    async def film(self, request: Request) -> Response:
        """Raises AuthFailed, NotFound. A part that is not there is answered with 416 (RFC 9110, 15.5.17)."""
        await self._door.staff(request)
        if self._recordings is None:
            raise NotFound("nothing is recorded here")
        film = self._recordings.film(request.path_params["call"], request.path_params["recording"])
        asked = _RANGE.match(request.headers.get("range", ""))
        if asked is None:
            headers = {**_HEADERS, "Content-Length": str(film.size)}
            return StreamingResponse(_pieces(film, 0, film.size), 200, headers, "video/webm")
        first, last = _part(asked[1], asked[2], film.size)
        if first > last:
            film.close()
            return Response(status_code=416, headers={**_HEADERS, "Content-Range": f"bytes */{film.size}"})
        headers = {
            **_HEADERS,
            "Content-Range": f"bytes {first}-{last}/{film.size}",
            "Content-Length": str(last - first + 1),
        }
        return StreamingResponse(_pieces(film, first, last + 1), 206, headers, "video/webm")


def _part(first: str, last: str, size: int) -> tuple[int, int]:
    """Both ends are counted; nothing that can be sent has its first after its last."""
    if not first:  # the last so many
        return max(0, size - int(last or 0)), size - 1
    begin = int(first)
    end = min(int(last) if last else size - 1, size - 1, begin + PART - 1)
    return begin, end


def _pieces(film: Film, at: int, end: int) -> Iterator[bytes]:
    try:
        while at < end and (piece := film.read_at(at, min(PIECE, end - at))):
            at += len(piece)
            yield piece
    finally:
        film.close()
