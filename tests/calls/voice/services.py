"""A service of speech recognition as others run it, on this machine, that hears what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.listening import listen


class Service:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Response = JSONResponse({"text": " zero zero one seven "})

    async def transcribe(self, request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        fields: dict[str, Any] = {"key": request.headers.get("authorization")}
        for part in message_from_bytes(head + await request.body()).walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                fields[name] = content if name == "file" else content.decode()
        self.asked.append(fields)
        return self.answer


@asynccontextmanager
async def served(it: Service) -> AsyncIterator[str]:
    listening = listen("127.0.0.1", 0)
    app = Starlette(routes=[Route("/v1/audio/transcriptions", it.transcribe, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1/"
    finally:
        server.should_exit = True
        await running
        listening.close()
