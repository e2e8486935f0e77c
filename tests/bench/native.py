"""The generator's pure parts (JSON, ids, frames, the ledger) as a library, so that tests can call them one by one."""

import ctypes
import subprocess
from pathlib import Path

from bench.generator import SOURCES

PURE = ("json.c", "ulid.c", "websocket.c", "ledger.c", "buffer.c")


class Slice(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("length", ctypes.c_size_t))

    def text(self) -> bytes:
        return ctypes.string_at(self.at, self.length) if self.length else b""


class Buffer(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_void_p), ("length", ctypes.c_size_t), ("capacity", ctypes.c_size_t))


class Frame(ctypes.Structure):
    _fields_ = (
        ("final", ctypes.c_bool),
        ("opcode", ctypes.c_int),
        ("payload", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
    )


class Run(ctypes.Structure):
    _fields_ = (("started_ms", ctypes.c_uint64), ("run", ctypes.c_uint32))


class Samples(ctypes.Structure):
    _fields_ = (("values", ctypes.c_void_p), ("count", ctypes.c_long), ("capacity", ctypes.c_long))


class Ledger(ctypes.Structure):
    _fields_ = (
        ("threads", ctypes.c_void_p),
        ("conversations", ctypes.c_uint32),
        ("begin", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("delivery", Samples),
        ("ack", Samples),
        *(
            (name, ctypes.c_long)
            for name in (
                *("acked_in_window", "delivered_in_window", "sent", "in_flight"),
                *("doubled", "reordered", "mismatched", "refused", "strange"),
            )
        ),
    )


class Missing(ctypes.Structure):
    _fields_ = (("unacked", ctypes.c_long), ("lost", ctypes.c_long), ("acked_and_lost", ctypes.c_long))


def compile_library(into: Path) -> ctypes.CDLL:
    """With the address and undefined-behaviour checks that need no preloaded runtime."""
    path = into / "load.so"
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-fPIC", "-shared", "-fsanitize=undefined"]
    command += ["-fsanitize-undefined-trap-on-error", "-o", str(path), *(str(SOURCES / name) for name in PURE)]
    subprocess.run(command, check=True, capture_output=True)
    library = ctypes.CDLL(str(path))
    library.json_field.argtypes = (Slice, ctypes.c_char_p, ctypes.POINTER(Slice))
    library.json_field.restype = ctypes.c_bool
    library.json_number.argtypes = (Slice, ctypes.c_char_p)
    library.json_number.restype = ctypes.c_uint32
    library.ulid_run.restype = Run
    library.ulid_write.argtypes = (Run, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_char_p)
    library.ulid_read.argtypes = (
        *(Run, ctypes.c_char_p, ctypes.c_size_t),
        *(ctypes.POINTER(ctypes.c_uint32), ctypes.POINTER(ctypes.c_uint64)),
    )
    library.ulid_read.restype = ctypes.c_bool
    library.websocket_add.argtypes = (
        *(ctypes.POINTER(Buffer), ctypes.c_int, ctypes.c_uint32),
        *(ctypes.c_char_p, ctypes.c_size_t),
    )
    library.websocket_read.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(Frame))
    library.websocket_read.restype = ctypes.c_size_t
    library.ledger_open.argtypes = (ctypes.POINTER(Ledger), ctypes.c_uint32)
    library.ledger_post.argtypes = (ctypes.POINTER(Ledger), ctypes.c_uint32, ctypes.c_uint64)
    library.ledger_post.restype = ctypes.c_uint32
    for name in ("ledger_acked", "ledger_delivered"):
        getattr(library, name).argtypes = (
            ctypes.POINTER(Ledger), ctypes.c_uint32, ctypes.c_uint64, ctypes.c_uint32,
        )  # fmt: skip
    library.ledger_refused.argtypes = (ctypes.POINTER(Ledger), ctypes.c_uint32, ctypes.c_uint64)
    library.ledger_missing.argtypes = (ctypes.POINTER(Ledger),)
    library.ledger_missing.restype = Missing
    library.samples_percentile_ms.argtypes = (ctypes.POINTER(Samples), ctypes.c_double)
    library.samples_percentile_ms.restype = ctypes.c_double
    return library
