"""Log lines: structured, with ids, and never with people's words."""

import logging
import sys
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer

Level = Literal["debug", "info", "warning", "error"]


def set_up_logs(shape: Literal["text", "json"], level: Level = "info") -> None:
    """Once per process. `json` is for machines; `text` has colours only on a terminal.

    Libraries stay at their warnings, whatever `level` is: at debug they would write down what passes through them.
    """
    # Both would show the local variables of a traceback by themselves: messages, tokens, passwords.
    plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    last: structlog.typing.Processor = structlog.processors.JSONRenderer() if shape == "json" else plain
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    end: list[structlog.typing.Processor] = [*([tracebacks] if shape == "json" else []), last]
    structlog.configure(
        processors=[*common, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Of libraries: the same lines.
    theirs = logging.StreamHandler(sys.stderr)
    forget = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    theirs.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=[forget, *end]))
    logging.basicConfig(handlers=[theirs], level=logging.WARNING, force=True)
