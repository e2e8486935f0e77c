"""`onethread doctor`: says in plain words what is wrong with this installation, and how to mend it.

It only looks; it changes nothing. It works while the hub runs and while nothing does.
"""

from hub.doctor.crms import examine_crms
from hub.doctor.finding import Finding, Level, exit_code, language_of, render
from hub.doctor.place import examine_place
from hub.doctor.sites import examine_sites
from hub.doctor.store import examine_store
from hub.settings import Settings

__all__ = ["Finding", "Level", "examine", "exit_code", "language_of", "render"]


async def examine(settings: Settings) -> list[Finding]:
    """Everything there is to say, good and bad, in the order in which a person would mend it. Takes 5 s at most."""
    return [
        *await examine_store(settings),
        *await examine_place(settings),
        *examine_sites(settings),
        *examine_crms(settings),
    ]
