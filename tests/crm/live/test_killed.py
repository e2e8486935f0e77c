"""A CRM that is killed in the middle of 200 write-backs, three times: each is there once in the end."""

import asyncio
import itertools
import signal
from collections import Counter
from pathlib import Path

import pytest

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.marks import marks_in
from hub.model.errors import CrmUnavailable
from tests.crm.acceptance import new_person
from tests.crm.asked import connected
from tests.crm.live.conftest import Live

pytestmark = pytest.mark.crm_full

WRITES = 200
PEOPLE = 20  # BottleCRM answers a note with all notes of its contact: the 200th would take seconds
AT_ONCE = 6
KILLED_AT = (40, 90, 150)  # of the notes that are there
# The breaker's pause is real, only shorter: a test need not sit it out.
LIMITS = {"pause_s": 0.5, "timeout_s": 20}


async def written(crm: RestCrm, people: list[str], numbers: "itertools.count[int]", done: list[int]) -> None:
    """One worker of the outbox: it takes the next, and tries until the CRM has it."""
    while (number := next(numbers)) < WRITES:
        while True:
            try:
                await crm.add_note(people[number % PEOPLE], f"write-back {number}", "note", f"killed-{number}")
            except CrmUnavailable as problem:
                await asyncio.sleep(min(problem.retry_after or 0.2, 1.0))
            else:
                done.append(number)
                break


async def killed(live: Live, done: list[int]) -> int:
    """SIGKILL while writes are under way, and up again. How often."""
    times = 0
    for enough in KILLED_AT:
        while len(done) < enough:
            await asyncio.sleep(0.01)
        live.kill(signal.SIGKILL)
        await asyncio.sleep(0.3)  # some writes find nobody there
        await asyncio.to_thread(live.restart)
        times += 1
    return times


async def test_two_hundred_write_backs_survive_three_kills(asked: Live, tmp_path: Path) -> None:
    people, numbers, done = [new_person() for _ in range(PEOPLE)], itertools.count(), list[int]()
    for person in people:
        asked.add_person(person)
    names = [person["external_id"] for person in people]
    async with connected(asked, tmp_path, limits=LIMITS) as crm, asyncio.TaskGroup() as tasks:
        killing = tasks.create_task(killed(asked, done))
        for _ in range(AT_ONCE):
            tasks.create_task(written(crm, names, numbers, done))
    notes = [note for name in names for note in asked.notes(name)]
    marks = Counter(mark for note in notes for mark in marks_in(note))
    assert (killing.result(), len(notes), len(marks), max(marks.values())) == (3, WRITES, WRITES, 1)
    assert {note.rpartition("write-back ")[2] for note in notes} == {str(number) for number in range(WRITES)}
