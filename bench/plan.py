"""How much is measured, and for how long."""

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["closed", "open", "idle"]
MODES: tuple[Mode, ...] = ("closed", "open", "idle")


@dataclass(frozen=True)
class Plan:
    servers: tuple[str, ...]
    rounds: int = 3
    seconds: float = 6.0
    """Of each measured window; warming up comes before it."""
    warmup_s: float = 2.0
    conversations: int = 200
    in_flight: int = 64
    rate: float = 1000.0
    """Messages per second of the open loop."""
    idle_conversations: int = 2500
    """Two sockets each."""
    idle_s: float = 3.0
    duplicates: float = 0.0
    text_bytes: int = 100
    nodes: int = 1
    nice: int = 0
    """Below 0 shields short runs from other work on the machine; takes root."""
    modes: tuple[Mode, ...] = MODES

    def quick(self) -> "Plan":
        """A first figure, in less than four minutes."""
        return replace(self, rounds=1, seconds=4.0, warmup_s=1.0, idle_conversations=1000, idle_s=1.0)

    def count(self, mode: Mode) -> int:
        """Conversations of that mode."""
        return self.idle_conversations if mode == "idle" else self.conversations

    def arguments(self, mode: Mode) -> list[str]:
        """What the generator is told."""
        common = ["-n", str(self.count(mode)), "-s", str(self.seconds), "-W", str(self.warmup_s)]
        common += ["-l", str(self.text_bytes), "-d", str(self.duplicates)]
        match mode:
            case "closed":
                return [*common, "-w", str(self.in_flight)]
            case "open":
                return [*common, "-r", str(self.rate)]
            case "idle":
                return [*common, "-i", str(self.idle_s)]
