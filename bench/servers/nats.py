"""NATS with JetStream (file storage), spoken to over its own WebSocket listener; Debian's `nats-server`."""

import json
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass

from bench.servers.contract import Durability, Target, Unavailable
from bench.stage import SERVER_CORE, Stage, StartFailed, family, free_port, is_open

STREAM = {
    "name": "CONVERSATIONS",
    "subjects": ["conversation.*"],
    "storage": "file",
    "retention": "limits",
    "discard": "old",
    "num_replicas": 1,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_age": 0,
    "max_consumers": -1,
    "duplicate_window": 120_000_000_000,  # ns
}


def _binary() -> str | None:
    return shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class NatsJetStream:
    name: str
    durability: Durability = "memory"
    protocol: str = "nats"

    def prepare(self) -> None:
        if _binary() is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # install, do not start it
            command = ["apt-get", "install", "-y", "--no-install-recommends", "nats-server"]
            subprocess.run(command, env=quiet, capture_output=True, check=False)
        if _binary() is None:
            raise Unavailable("NATS is not installed and could not be: `apt-get install nats-server` as root")

    def start(self, stage: Stage, *, conversations: int, nodes: int) -> Target:
        if nodes != 1:
            raise NotImplementedError("NATS is measured on one node")
        client_port, port = free_port(), free_port()
        config = stage.dir / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{client_port}"\n'
            f'jetstream {{ store_dir: "{stage.dir / "jetstream"}" }}\n'
            f'websocket {{ listen: "127.0.0.1:{port}", no_tls: true }}\n'
        )
        command = [_binary() or "nats-server", "-c", str(config)]
        pid = stage.start("nats", command, SERVER_CORE, port=port, environment={"GOMAXPROCS": "1"})
        if not is_open(client_port):
            raise StartFailed(f"nats-server: no client port\n{stage.tail('nats')}")
        _create_stream(client_port)
        return Target(port, port, family(pid), [])

    def version(self) -> str:
        return subprocess.run([_binary() or "", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _create_stream(port: int) -> None:
    """Raises StartFailed when JetStream refuses it."""
    request = json.dumps(STREAM).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b'CONNECT {"verbose":false}\r\nSUB _INBOX.create 1\r\n'
            b"PUB $JS.API.STREAM.CREATE.CONVERSATIONS _INBOX.create %d\r\n%b\r\n" % (len(request), request)
        )
        answer = b""
        while b"stream_create_response" not in answer:
            received = connection.recv(65_536)
            if not received:
                break
            answer += received
    if b'"error"' in answer or b"stream_create_response" not in answer:
        raise StartFailed(f"JetStream: {answer[-500:]!r}")
