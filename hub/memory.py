"""How often Python's collector looks: seldom, for a hub makes next to no cycles, and most of what is loaded stays."""

import gc

SELDOM = (50_000, 20, 100)


def collect_seldom() -> None:
    """Before modules are loaded: looking at half of them again and again took up to a quarter of the start."""
    gc.set_threshold(*SELDOM)


def settle_memory() -> None:
    """What is loaded by now stays: the collector need not look at it again, nor at every message's short-lived objects.

    Measured (bench, two rounds): 13 to 30 % less CPU per message.
    """
    gc.collect()
    gc.freeze()
    collect_seldom()
