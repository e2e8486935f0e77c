"""Backup and restore on a Cluster of three primaries: the same commands, the same promises."""

from collections.abc import Iterator

import pytest

from tests.backup.conftest import backup, process, untraced
from tests.backup.test_restoring import (
    test_cut_off_it_keeps_the_hub_out_and_is_run_again,
    test_every_log_is_there_byte_for_byte,
    test_jobs_go_on_in_their_order,
    test_states_and_indexes_are_what_the_logs_say,
    test_the_hub_goes_on_from_there,
)
from tests.backup.test_taking import test_people_go_on_meanwhile
from tests.clusters import cluster_setup, kept

pytestmark = pytest.mark.servers
__all__ = [
    "backup",
    "process",
    "test_cut_off_it_keeps_the_hub_out_and_is_run_again",
    "test_every_log_is_there_byte_for_byte",
    "test_jobs_go_on_in_their_order",
    "test_people_go_on_meanwhile",
    "test_states_and_indexes_are_what_the_logs_say",
    "test_the_hub_goes_on_from_there",
    "untraced",
]


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with kept(cluster_setup(3, fsync="always")) as setup:
        yield setup.url
