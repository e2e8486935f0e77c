"""Covers hub/listening.py."""

import errno
import socket

import pytest

from hub.listening import listen, refused


def test_a_taken_port_is_found_at_once() -> None:
    with listen("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", first.getsockname()[1])
        problem = refused("127.0.0.1", first.getsockname()[1])
    assert problem is not None
    assert problem.errno == errno.EADDRINUSE
    assert refused("127.0.0.1", 0) is None


def test_both_families_of_addresses() -> None:
    with listen("127.0.0.1", 0) as four:
        assert four.family is socket.AF_INET
    if socket.has_ipv6:
        with listen("::1", 0) as six:
            assert six.family is socket.AF_INET6
