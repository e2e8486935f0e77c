"""Log lines: structured, with ids, and never with people's words."""

import logging
import sys
from typing import Literal

import structlog


def set_up_logs(shape: Literal["text", "json"]) -> None:
    """Once per process. `json` is for machines; `text` has colours only on a terminal."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if shape == "json" else structlog.dev.ConsoleRenderer(sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.dict_tracebacks] if shape == "json" else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
