"""What tests, the test server and workers that a test kills share. It imports little: a worker starts soon."""

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
NOW = 1_795_572_000_000  # 2026-11-25 02:00 UTC
LOGIN, ACCESS_KEY = "hub", "s3cret-key"
CLIENT, CLIENT_SECRET, REFRESH = "client-1", "client-secret-1", "refresh-0"
HOOK_SECRET = "hook-secret"


@dataclass
class Noted:
    """Findings that a test can look at."""

    drifts: list[tuple[str, str, str]] = field(default_factory=list)
    words: list[tuple[str, str, str]] = field(default_factory=list)

    def drift(self, operation: str, path: str, problem: str) -> None:
        self.drifts.append((operation, path, problem))

    def unmapped(self, operation: str, field: str, value: str) -> None:
        self.words.append((operation, field, value))


def secrets(url: str) -> dict[str, str]:
    """For the mappings of these tests, with the test server at `url`."""
    return {
        "CRM_URL": url,
        "CRM_LOGIN": LOGIN,
        "CRM_ACCESS_KEY": ACCESS_KEY,
        "CRM_CLIENT": CLIENT,
        "CRM_CLIENT_SECRET": CLIENT_SECRET,
        "CRM_REFRESH": REFRESH,
        "CRM_HOOK_SECRET": HOOK_SECRET,
    }
