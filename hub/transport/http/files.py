"""/api/v1/files: what people send each other. The address is a grant, given over the socket (file.begin, file.open)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from hub.services.files import PLACE, FileDesk

ANYTHING = "application/octet-stream"
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# Whatever it is, it can run nothing and is part of no other site's page.
HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class FilesApi:
    def __init__(self, desk: FileDesk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(PLACE + "{token}", self.receive, methods=["PUT"]),
            Route(PLACE + "{token}", self.show, methods=["GET"]),
        ]

    async def receive(self, request: Request) -> Response:
        """201 FileReceived: its message is in the log. Raises Forbidden, BadRequest, DiskFull.

        Who falls silent in its middle is closed (patience.py): what came of it is dropped.
        """
        seq = await self._desk.receive(request.path_params["token"], request.stream())
        return JSONResponse({"seq": seq}, 201, {"Cache-Control": "no-store"})

    async def show(self, request: Request) -> Response:
        """Pictures in the page, all else as a download. Raises Forbidden, NotFound."""
        content, path = await self._desk.seen(request.path_params["token"])
        shown = content.type in SHOWN
        how = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(content.text, safe='')}"
        headers = {**HEADERS, "Content-Disposition": how}
        return FileResponse(path, headers=headers, media_type=content.type if shown else ANYTHING)
