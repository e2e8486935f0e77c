"""Socket.IO 4 with its Redis adapter, on Node; its packages are installed from servers/package-lock.json."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.generator import BUILD
from bench.servers.contract import Durability, Target, Unavailable
from bench.servers.valkey import start_valkey
from bench.stage import SERVER_CORE, Stage, family, free_port

HERE = Path(__file__).parent
_MODULES = BUILD / "node_modules"


@dataclass(frozen=True)
class SocketIo:
    name: str
    durability: Durability = "memory"
    protocol: str = "socketio"

    def prepare(self) -> None:
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise Unavailable("Socket.IO needs Node.js 18 or newer with npm")
        lock = HERE / "package-lock.json"
        installed = BUILD / "package-lock.json"
        if _MODULES.exists() and installed.exists() and installed.read_bytes() == lock.read_bytes():
            return
        BUILD.mkdir(exist_ok=True)
        shutil.copy(HERE / "package.json", BUILD)
        shutil.copy(lock, BUILD)
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=BUILD, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Unavailable(f"npm could not install Socket.IO:\n{done.stderr[-1000:]}")

    def start(self, stage: Stage, *, conversations: int, nodes: int) -> Target:
        store_port, store = start_valkey(stage, self.durability)
        ports, pids = [], []
        for node in range(nodes):
            port = free_port()
            command = ["node", str(HERE / "socketio.js"), str(port), str(store_port)]
            environment = {"NODE_PATH": str(_MODULES)}
            pid = stage.start(f"socketio{node}", command, SERVER_CORE, port=port, environment=environment)
            ports.append(port)
            pids += family(pid)
        return Target(ports[0], ports[-1], pids, [store])

    def version(self) -> str:
        parts = [
            f"{name} {json.loads((_MODULES / name / 'package.json').read_text())['version']}"
            for name in ("socket.io", "@socket.io/redis-adapter", "ioredis")
        ]
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        return ", ".join([*parts, f"node {node}"])
