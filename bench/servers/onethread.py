"""The hub itself: `serve` and `work` over a Valkey of their own, with a real site, tokens, log-ins and tickets."""

import http.client
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import jwt

from bench.generator import HERE
from bench.servers.contract import Durability, Target, Unavailable
from bench.servers.valkey import start_valkey
from bench.stage import SERVER_CORE, Stage, StartFailed, family, free_port

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")  # installed or not
SITE = "bench"
KEY = secrets.token_urlsafe(32)
EMAIL = "agent@bench.example"
PASSWORD = secrets.token_urlsafe(12)
NO_LIMIT = "100000000"
WORKER_NICER = 10  # reactions follow the messages; on one core they must not hold them up
_READY_WITHIN_S = 20.0
_TOKEN_S = 1800


@dataclass(frozen=True)
class OneThread:
    name: str
    durability: Durability = "memory"
    wire: Literal["lean", "asgi"] = "lean"
    protocol: str = "onethread"
    tree: Path = HERE.parent  # whose code it runs

    def prepare(self) -> None:
        done = subprocess.run([*COMMAND, "version"], cwd=HERE.parent, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"`onethread` does not run:\n{done.stderr[-1000:]}")

    def start(self, stage: Stage, *, conversations: int, nodes: int) -> Target:
        store_port, store = start_valkey(stage, self.durability)
        ports = [free_port() for _ in range(nodes)]
        (stage.dir / "onethread.toml").write_text(site(ports))
        settings = self._settings(stage.dir, store_port)
        _add_agent(settings)
        serving = [pid for port in ports for pid in _serve(stage, port, settings)]
        worker = stage.start(
            "work", [*COMMAND, "work"], SERVER_CORE, says="working", nicer=WORKER_NICER, environment=settings
        )
        arguments = [
            *("-C", str(_customers(stage.dir / "customers.txt", conversations))),
            *("-A", str(_agents(stage.dir / "agents.txt", ports[-1]))),
        ]
        return Target(ports[0], ports[-1], serving, [store], family(worker), arguments)

    def _settings(self, directory: Path, store_port: int) -> dict[str, str]:
        """Limits that protect a hub from one flooding customer would only measure themselves here."""
        return {
            "PYTHONPATH": str(self.tree),
            "ONETHREAD_CONFIG": str(directory / "onethread.toml"),
            "ONETHREAD_DATA_DIR": str(directory / "data"),
            "ONETHREAD_REDIS_URL": f"redis://127.0.0.1:{store_port}",
            "ONETHREAD_DURABILITY": self.durability,
            "ONETHREAD_WIRE": self.wire,
            "ONETHREAD_REQUESTS_PER_10S": NO_LIMIT,
            "ONETHREAD_STAFF_REQUESTS_PER_10S": NO_LIMIT,
            "ONETHREAD_TICKETS_PER_MIN": NO_LIMIT,
            "ONETHREAD_DRAIN_S": "0",
        }

    def version(self) -> str:
        try:
            own = version("onethread")
        except PackageNotFoundError:
            own = "from the working tree"
        return f"onethread {own}, wire {self.wire}, uvicorn {version('uvicorn')}, uvloop {version('uvloop')}"


def site(ports: list[int]) -> str:
    """The TOML file: one site whose backend signs tokens with KEY."""
    origins = ", ".join(f'"http://127.0.0.1:{port}"' for port in ports)
    return (
        f'[sites.{SITE}]\nname = "Bench"\norigins = [{origins}]\n\n'
        f'[[sites.{SITE}.keys]]\nkid = "bench"\nalgorithm = "HS256"\nsecret = "{KEY}"\n'
    )


def _serve(stage: Stage, port: int, settings: Mapping[str, str]) -> list[int]:
    own = {"ONETHREAD_PORT": str(port), "ONETHREAD_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    name = f"serve-{port}"
    pid = stage.start(name, [*COMMAND, "serve"], SERVER_CORE, port=port, environment={**settings, **own})
    deadline = time.monotonic() + _READY_WITHIN_S
    while _get(port, "/readyz") != 200:
        if time.monotonic() > deadline:
            raise StartFailed(f"/readyz never said yes:\n{stage.tail(name)}")
        time.sleep(0.02)
    return family(pid)


def _get(port: int, path: str) -> int:
    """The answer's status; 0 when there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _add_agent(settings: Mapping[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, "agent", "add", EMAIL, "--name", "Bench", "--capacity", "50"],
        input=f"{PASSWORD}\n",
        env=dict(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartFailed(f"`onethread agent add`: {done.stderr[-1000:]}")


def _agents(path: Path, port: int) -> Path:
    """The Cookie header of the agent, who signs in once; all agents' sockets are this one's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    origin = f"http://127.0.0.1:{port}"
    connection.request("POST", "/api/v1/login", body, {"Content-Type": "application/json", "Origin": origin})
    response = connection.getresponse()
    said = response.read()
    cookie = response.getheader("Set-Cookie")
    connection.close()
    if response.status != 200 or cookie is None:
        raise StartFailed(f"the agent can't sign in: {response.status} {said[-500:]!r}")
    path.write_text(cookie.partition(";")[0] + "\n")
    return path


def _customers(path: Path, conversations: int) -> Path:
    """A ticket request for each customer, with the token that the site's backend would have signed."""
    expires = int(time.time()) + _TOKEN_S
    with path.open("w") as lines:
        for number in range(conversations):
            claims = {"sub": f"customer-{number}", "name": f"Customer {number}", "aud": SITE, "exp": expires}
            token = jwt.encode(claims, KEY, algorithm="HS256", headers={"kid": "bench"})
            lines.write(json.dumps({"kind": "customer", "site": SITE, "token": token}) + "\n")
    return path
