"""Lets parties send in real time: one timer for all, their frames spread evenly, a check every two seconds."""

import asyncio
import heapq
import itertools

from bench.calls.clip import RATE, Clip
from bench.calls.party import AUDIO, VIDEO, Party

CHECK_S = 2.0
_PERIOD = {AUDIO: 0.02, VIDEO: 1 / RATE, 0: CHECK_S}


class Pump:
    """Parties may be added while it runs. `late_s` is how late the worst frame left: the generator's own fault."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._due: list[tuple[float, int, Party, int, int]] = []
        self._order = itertools.count()
        self.late_s = 0.0

    def add(self, party: Party, *, sends: bool = True) -> None:
        now = asyncio.get_running_loop().time()
        kinds = (0,) if not sends else (AUDIO, VIDEO, 0) if party.video else (AUDIO, 0)
        for kind in kinds:
            place = next(self._order)
            heapq.heappush(self._due, (now + _PERIOD[kind] * (place * 0.618 % 1), place, party, kind, 0))

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            wait = self._due[0][0] - loop.time() if self._due else 0.01
            await asyncio.sleep(max(0.0, wait))
            for _ in range(16):  # then what has come is looked at
                if not self._due or self._due[0][0] > (now := loop.time()):
                    break
                due, place, party, kind, count = self._due[0]
                self.late_s = max(self.late_s, now - due)
                self._send(party, kind, count)
                heapq.heapreplace(self._due, (due + _PERIOD[kind], place, party, kind, count + 1))

    def _send(self, party: Party, kind: int, count: int) -> None:
        clip = self._clip
        if kind == AUDIO:
            party.send(AUDIO, 960 * count, [clip.audio[count % len(clip.audio)]])
        elif kind == VIDEO:
            party.send(VIDEO, 3_000 * count, clip.video[count % len(clip.video)])
        else:
            party.check()
