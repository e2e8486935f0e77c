"""Backup and restore on a Cluster of three primaries and on a Sentinel set: the same commands, the same promises."""

from collections.abc import Iterator

import pytest

from hub.settings import Settings
from tests.backup.conftest import backup, process, untraced
from tests.backup.test_drill import test_a_client_of_the_time_before_shows_what_the_log_says_and_nothing_else
from tests.backup.test_restoring import (
    test_cut_off_it_keeps_the_hub_out_and_is_run_again,
    test_every_log_is_there_byte_for_byte,
    test_jobs_go_on_in_their_order,
    test_states_and_indexes_are_what_the_logs_say,
    test_the_hub_goes_on_from_there,
)
from tests.backup.test_taking import test_people_go_on_meanwhile
from tests.clusters import cluster_setup, kept, sentinel_setup

pytestmark = pytest.mark.servers
__all__ = [
    "backup",
    "process",
    "test_a_client_of_the_time_before_shows_what_the_log_says_and_nothing_else",
    "test_cut_off_it_keeps_the_hub_out_and_is_run_again",
    "test_every_log_is_there_byte_for_byte",
    "test_jobs_go_on_in_their_order",
    "test_people_go_on_meanwhile",
    "test_states_and_indexes_are_what_the_logs_say",
    "test_the_hub_goes_on_from_there",
    "untraced",
]


@pytest.fixture(scope="module", params=["cluster", "sentinel"])
def valkey(request: pytest.FixtureRequest) -> Iterator[str]:
    with kept(cluster_setup(3, fsync="always") if request.param == "cluster" else sentinel_setup()) as setup:
        yield setup.url


@pytest.fixture
def settings(settings: Settings, valkey: str) -> Settings:
    """Of a Sentinel set with every ack on a replica."""
    return settings.model_copy(update={"durability": "replicated"} if "sentinel" in valkey else {})
