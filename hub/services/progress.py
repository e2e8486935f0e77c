"""Where a reader stands in a stream whose entries it does side by side: nothing is passed before it is done."""

from collections import deque
from dataclasses import dataclass


@dataclass(slots=True)
class Task:
    """One entry in hand. `id` is its position in the stream."""

    id: str
    done: bool = False


class Progress:
    """One stream's entries in hand: `position` moves up to the first that is not done. `read` is how far they go."""

    def __init__(self, position: str) -> None:
        self.position = self.read = position
        self._tasks: deque[Task] = deque()

    def begin(self, id: str) -> Task:
        task = Task(id)
        self._tasks.append(task)
        self.read = id
        return task

    def advance(self) -> bool:
        """True when the position moved."""
        moved = False
        while self._tasks and self._tasks[0].done:
            self.position = self._tasks.popleft().id
            moved = True
        return moved
