"""Which colleague is asked into a call for a skill: who is here, has it, has room, and was not asked already."""

from hub.model.call import Call
from hub.model.errors import NotFound
from hub.model.routing import Candidate, Waiting, reserve_next
from hub.services.attendance import Attendance


class Experts:
    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance

    async def free(self, skill: str, call: Call | None, busy: frozenset[str], declined: frozenset[str]) -> str:
        """An agent's id, by the rules of routing. `busy` are in calls, `declined` said no to this one.

        Raises NotFound when nobody is free.
        """
        seated: set[str] = set()
        if call:
            seated = {each.party for each in (*call.parties, *call.supervisors)} | {each.party for each in call.invited}
        asked = Waiting("", 0, 0, skills=frozenset([skill]), declined=busy | declined)
        candidates = [
            Candidate(it["id"], it["name"], it["capacity"], it["load"], skills=frozenset(it["skills"]))
            for it in await self._attendance.colleagues()
            if it["status"] == "available" and f"agent:{it['id']}" not in seated
        ]
        for _, found in reserve_next([asked], candidates):
            return found.agent
        raise NotFound("nobody with this skill is free")
