"""What the runner asks of a server: a name, the generator's word for its protocol, and to be started."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from bench.stage import Stage

Durability = Literal["memory", "fsync"]
"""`memory`: acked when the store has it, on disk within a second. `fsync`: on disk before the ack."""


@dataclass(frozen=True)
class Target:
    """A server that is up. `arguments` are further ones for the generator."""

    port: int
    agent_port: int
    server_pids: list[int]
    store_pids: list[int]
    worker_pids: list[int] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


class Server(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def protocol(self) -> str: ...

    @property
    def durability(self) -> Durability: ...

    def prepare(self) -> None:
        """Installs what it runs on, once, before anything is measured. Raises Unavailable."""

    def start(self, stage: Stage, *, conversations: int, nodes: int) -> Target:
        """Raises StartFailed; NotImplementedError when it can't run on that many nodes."""

    def version(self) -> str: ...


class Unavailable(Exception):
    """The server can't be measured here. The message says what to install."""
