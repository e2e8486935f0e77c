"""Recordings that are older than they may get are deleted, whole calls at a time. In working processes."""

import asyncio
import time

import structlog

from hub.calls.recording.library import Library

log = structlog.get_logger()
EVERY_S = 3_600.0
DAY_S = 86_400.0


async def keep_for(library: Library, days: float) -> None:
    """Delete what is older than `days`, every hour, until cancelled. Several processes may do it at once."""
    while True:
        gone = await asyncio.to_thread(library.clear, time.time() - days * DAY_S)
        if gone:
            log.info("recordings deleted", calls=gone, older_than_days=days)
        await asyncio.sleep(EVERY_S)
