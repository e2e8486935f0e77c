"""uvicorn, set up for draining by ourselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette

from hub.transport.http.patience import PatientHttp, Waiting


def own_origins(public_url: str, host: str, port: int, more: tuple[str, ...]) -> frozenset[str]:
    """Origins of our own pages: the public URL; without one, this machine's names."""
    if public_url:
        return frozenset({public_url.rstrip("/"), *more})
    names = ("localhost", "127.0.0.1", f"[{host}]" if ":" in host else host)
    return frozenset({*(f"http://{name}:{port}" for name in names), *more})


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: it would close sockets with 1012 before we could drain them."""

    def __init__(self, application: Starlette, trusted_proxies: str, options: dict[str, Any]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_config=None,  # as all other libraries: hub/logs.py
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies or None,
                timeout_graceful_shutdown=3,
                backlog=4096,
                lifespan="off",
                **{"http": partial(PatientHttp, Waiting()), **options},
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
