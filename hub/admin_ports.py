"""Which processes `up` starts on this machine, and which admin port each of them has: for `up` and for the doctor."""

from hub.calls.voice.installed import missing
from hub.settings import Settings


def processes(settings: Settings) -> list[str]:
    """In the order of their admin ports. The bot answers calls where what it needs for that is installed."""
    if settings.calls == "off":
        return ["serve", "work"]
    return ["serve", "work", "media", *(["voice"] if settings.voice_calls > 0 and not missing() else [])]


def whose_admin_port(settings: Settings) -> str:
    """Of which process customers' port is the admin port, too; "" when of none."""
    names, n = processes(settings), settings.port - settings.admin_port
    return names[n] if settings.admin_port and 0 <= n < len(names) else ""
