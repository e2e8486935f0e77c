import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import ports
from tests.ports import END, FIRST, free_port, free_ports


def test_nobody_is_given_what_another_was() -> None:
    with ThreadPoolExecutor(8) as many:
        given = list(many.map(lambda _: free_port(), range(200)))
    assert len(set(given)) == 200
    assert FIRST <= min(given) <= max(given) < END


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_what_is_in_use_is_passed_over(kind: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = free_ports(3)
    monkeypatch.setattr(ports, "_TURN", tmp_path / "turn")
    (tmp_path / "turn").write_text(str(first))
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", first + 1))
        assert free_ports(2) >= first + 2
    (tmp_path / "turn").write_text(str(END - 1))
    assert free_ports(2) < END - 1
