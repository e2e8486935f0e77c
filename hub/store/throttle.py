"""Counting attempts, so that guessing gets slow."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

from hub.store.client import Client
from hub.store.keys import Keys


def network_of(address: str) -> str:
    """What limits by address count: an IPv4 address; of IPv6 its /64, for that is what one customer line is given.

    What is no IP address counts as it is.
    """
    try:
        it = IPv6Address(address)
    except AddressValueError:
        return address
    embedded: IPv4Address | None = it.ipv4_mapped
    return str(embedded or IPv6Network((int(it), 64), strict=False))


class Throttle:
    """Counts per name within a window."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def count(self, name: str, window_s: int) -> tuple[int, int]:
        """One more; returns (how many in this window, seconds until it ends)."""
        key = self._keys.everywhere(f"throttle:{name}")
        # Together: a count that lost its end to a crash would lock somebody out for ever.
        count, _, left_s = await self._client.several([("INCR", key), ("EXPIRE", key, window_s, "NX"), ("TTL", key)])
        return int(count), max(1, int(left_s))

    async def clear(self, name: str) -> None:
        await self._client.do("DEL", self._keys.everywhere(f"throttle:{name}"))
