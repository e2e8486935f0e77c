"""Covers hub/admin_ports.py: what `up` starts, and whose admin port customers' port is."""

import pytest

from hub.admin_ports import processes, whose_admin_port
from hub.settings import Settings


def test_without_calls_nothing_of_theirs_is_begun(settings: Settings) -> None:
    assert processes(settings.model_copy(update={"calls": "off"})) == ["serve", "work"]
    assert processes(settings.model_copy(update={"calls": "relay", "voice_calls": 0})) == ["serve", "work", "media"]


@pytest.mark.parametrize(("admin_port", "whose"), [(8080, "serve"), (8079, "work"), (8078, ""), (8081, ""), (0, "")])
def test_a_port_that_is_a_process_s_admin_port_too(settings: Settings, admin_port: int, whose: str) -> None:
    without_calls = {"calls": "off", "port": 8080, "admin_port": admin_port}
    assert whose_admin_port(settings.model_copy(update=without_calls)) == whose
