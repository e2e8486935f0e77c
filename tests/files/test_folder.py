"""Covers hub/files/folder.py: what comes is kept whole or not at all, once, and nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.files import folder as module
from hub.files.folder import Folder
from hub.model.errors import BadRequest, DiskFull, NotFound
from tests.files.pictures import png

PICTURE = png(8, 4)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


async def coming(body: bytes, step: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(body), step):
        yield body[at : at + step]


async def test_a_file_is_kept_with_what_it_is(folder: Folder) -> None:
    kept = await folder.take("wang", "F1", "水壶.png", len(PICTURE), coming(PICTURE))
    assert (kept.text, kept.type, kept.bytes, kept.width, kept.height) == ("水壶.png", "image/png", len(PICTURE), 8, 4)
    assert folder.path("wang", "F1").read_bytes() == PICTURE
    assert await folder.about("wang", "F1") == kept
    assert sorted(path.name for path in folder.path("wang", "F1").parent.iterdir()) == ["F1", "F1.json"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("水壶 (1).png", "水壶 (1).png"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("a\r\nSet-Cookie: b\x00.txt", "aSet-Cookie: b.txt"),
        ("\u2028\u200b", "file"),
        ("👩\u200d🚀.jpg", "👩\u200d🚀.jpg"),
    ],
)
async def test_a_name_is_what_it_looks_like(folder: Folder, name: str, kept: str) -> None:
    content = await folder.take("wang", "F1", name, 3, coming(b"one"))
    assert content.text == kept


async def test_again_under_the_same_id_the_first_stays(folder: Folder) -> None:
    kept = await folder.take("wang", "F1", "a", 3, coming(b"one"))
    assert await folder.take("wang", "F1", "b", 5, coming(b"other")) == kept
    assert folder.path("wang", "F1").read_bytes() == b"one"


@pytest.mark.parametrize(("size", "body"), [(4, b"one"), (2, b"one"), (1, b"")])
async def test_what_is_not_as_long_as_announced_leaves_nothing(folder: Folder, size: int, body: bytes) -> None:
    with pytest.raises(BadRequest, match="announced"):
        await folder.take("wang", "F1", "a", size, coming(body))
    with pytest.raises(NotFound):
        await folder.about("wang", "F1")
    assert list(folder.path("wang", "F1").parent.iterdir()) == []


async def test_a_sender_who_breaks_off_leaves_nothing(folder: Folder) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"on"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await folder.take("wang", "F1", "a", 3, broken())
    assert list(folder.path("wang", "F1").parent.iterdir()) == []


async def test_the_disk_is_never_filled_to_the_end(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCARCE", 1 << 60)
    with pytest.raises(DiskFull):
        await folder.take("wang", "F1", "a", 3, coming(b"one"))


@pytest.mark.parametrize(
    ("conversation", "file"), [("..", "F1"), ("wang", ".."), ("wang", "a/b"), ("", "F1"), ("wang", ".x")]
)
async def test_names_that_lead_elsewhere_are_nothing(folder: Folder, conversation: str, file: str) -> None:
    with pytest.raises(NotFound):
        await folder.about(conversation, file)
    with pytest.raises(NotFound):
        await folder.take(conversation, file, "a", 1, coming(b"x"))


async def test_a_file_whose_bytes_are_gone_is_not_there(folder: Folder) -> None:
    await folder.take("wang", "F1", "a", 3, coming(b"one"))
    folder.path("wang", "F1").unlink()
    with pytest.raises(NotFound):
        await folder.about("wang", "F1")
