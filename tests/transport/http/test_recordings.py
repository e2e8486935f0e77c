"""Covers hub/transport/http/recordings.py: who may play a recording, and parts of it."""

import io

import httpx
import pytest

from hub.calls.recording.sealed import CHUNK, SealedWriter
from hub.demo import PASSWORD
from hub.options import recordings
from hub.settings import Settings
from tests.transport.http.conftest import Client

PLAIN = bytes(n % 251 for n in range(CHUNK + 5_000))
URL = "/api/v1/recordings/CALL1/1a-customer"


@pytest.fixture
async def staff(settings: Settings, client: Client) -> httpx.AsyncClient:
    """Signed in; a film is there."""
    library, http = recordings(settings), client()
    (library.folder / "CALL1").mkdir(parents=True)
    with SealedWriter(library.folder / "CALL1" / "1a-customer.film", library.key) as file:
        file.pour(io.BytesIO(PLAIN))
    signed = await http.post("/api/v1/login", json={"email": "liming@example.com", "password": PASSWORD})
    assert signed.status_code == 200
    return http


async def test_all_of_it(staff: httpx.AsyncClient) -> None:
    answer = await staff.get(URL)
    assert (answer.status_code, answer.content) == (200, PLAIN)
    assert answer.headers["content-type"] == "video/webm"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-", 0, len(PLAIN) - 1),
        ("0-0", 0, 0),
        (f"{CHUNK - 2}-{CHUNK + 2}", CHUNK - 2, CHUNK + 2),
        ("-10", len(PLAIN) - 10, len(PLAIN) - 1),
        (f"5-{10**9}", 5, len(PLAIN) - 1),
        (f"-{10**9}", 0, len(PLAIN) - 1),
    ],
)
async def test_a_part_of_it(staff: httpx.AsyncClient, asked: str, first: int, last: int) -> None:
    answer = await staff.get(URL, headers={"Range": f"bytes={asked}"})
    assert (answer.status_code, answer.content) == (206, PLAIN[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(PLAIN)}"


@pytest.mark.parametrize("asked", [f"{10**9}-", "9-3", "-0"])
async def test_a_part_that_is_not_there(staff: httpx.AsyncClient, asked: str) -> None:
    answer = await staff.get(URL, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(PLAIN)}"


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes=0-1,5-6", "lines=1-2", "bytes=-"])
async def test_what_is_no_part_gets_all_or_none(staff: httpx.AsyncClient, asked: str) -> None:
    assert (await staff.get(URL, headers={"Range": asked})).status_code in (200, 416)


async def test_only_staff_and_only_what_is_there(client: Client, staff: httpx.AsyncClient) -> None:
    assert (await client().get(URL)).status_code == 401
    for gone in ("CALL1/other", "CALL2/1a-customer", "CALL1/..%2F..%2Frecordings.key", "../recordings.key"):
        assert (await staff.get(f"/api/v1/recordings/{gone}")).status_code == 404
