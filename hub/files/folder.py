"""The folder in which files are kept, by conversation:

    CONVERSATION/ID          its bytes
    CONVERSATION/ID.json     what it is (hub/model/content.py: FileContent)
    CONVERSATION/ID.KEY.part being received

Every serving process sees the same folder: on several machines it is a shared one.
"""

import asyncio
import os
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from hub.files.sniff import HEAD, kind_of
from hub.model.content import FileContent
from hub.model.errors import BadRequest, DiskFull, NotFound

T = TypeVar("T")
_NAME = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9_.:-]{0,63}$")
JOINERS = "\u200c\u200d"
UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # of Unicode's categories: control, format, line and paragraph separators
SCARCE = 256 << 20  # bytes that stay free: the store is on this disk, too, perhaps


def plain(name: str) -> str:
    """A file's name as one line that is what it looks like: without line breaks, and without signs that are not seen or
    turn the direction (after U+202E, `exe.txt` is read as `txt.exe`). Joiners stay: emoji and scripts need them."""
    shown = (it for it in name if it in JOINERS or unicodedata.category(it) not in UNSEEN)
    return "".join(shown).strip() or "file"


class Folder:
    """Port `Files`. Its disk is never touched on the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(
        self, conversation: str, file: str, name: str, size: int, chunks: AsyncIterator[bytes]
    ) -> FileContent:
        """Keep what comes, if it is `size` bytes. Again under the same id: the first stays, and is what is returned.

        Raises BadRequest when it is not, DiskFull.
        """
        name = plain(name)
        if (known := await asyncio.to_thread(self._known, conversation, file)) is not None:
            return known
        part = self._path(conversation, f"{file}.{secrets.token_hex(4)}.part")
        try:
            head = await self._receive(part, size, chunks)
            found = kind_of(head)
            content = FileContent(
                file=file, name=name, type=found.type, bytes=size, width=found.width, height=found.height, text=name
            )
            await _on_disk(self._keep, part, self._path(conversation, file), content)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return content

    async def _receive(self, part: Path, size: int, chunks: AsyncIterator[bytes]) -> bytes:
        """Its first bytes."""
        handle = await _on_disk(_created, part, size)
        head, came = b"", 0
        try:
            async for chunk in chunks:
                came += len(chunk)
                if came > size:
                    break
                head += chunk[: HEAD - len(head)]
                await _on_disk(_written, handle, chunk)
            if came != size:
                raise BadRequest(f"bytes: {size} were announced, {'more' if came > size else came} came")
            await _on_disk(os.fsync, handle)
        finally:
            os.close(handle)
        return head

    @staticmethod
    def _keep(part: Path, path: Path, content: FileContent) -> None:
        """What it is comes last: whoever finds that finds the bytes."""
        part.replace(path)
        about = part.with_suffix(".about")
        about.write_bytes(content.model_dump_json().encode())
        about.replace(path.with_name(f"{path.name}.json"))

    async def about(self, conversation: str, file: str) -> FileContent:
        """Raises NotFound."""
        known = await asyncio.to_thread(self._known, conversation, file)
        if known is None:
            raise NotFound("no such file")
        return known

    def path(self, conversation: str, file: str) -> Path:
        """Where its bytes are, if they are anywhere. Raises NotFound for names that lead elsewhere."""
        return self._path(conversation, file)

    def _known(self, conversation: str, file: str) -> FileContent | None:
        try:
            self._path(conversation, file).stat()  # a restored folder may lack it
            return FileContent.model_validate_json(self._path(conversation, f"{file}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _path(self, conversation: str, name: str) -> Path:
        if not _NAME.match(conversation) or not _NAME.match(name):
            raise NotFound("no such file")
        return self._folder / conversation / name


async def _on_disk(work: Callable[..., T], *arguments: object) -> T:
    """Raises DiskFull, whatever the disk's trouble is."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as problem:
        raise DiskFull(problem.strerror or type(problem).__name__) from None


def _created(part: Path, size: int) -> int:
    """Raises DiskFull, OSError."""
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = os.statvfs(part.parent)
    if disk.f_bavail * disk.f_frsize < size + SCARCE:
        raise DiskFull("no room for another file")
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _written(handle: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]
