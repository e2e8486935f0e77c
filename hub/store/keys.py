"""Names of keys. All keys of a shard carry its hash tag, so that one script may touch them together."""

import hashlib

from hub.model.ids import shard_of


class Keys:
    """`prefix` sets hubs (and tests) that share a store apart; `shards` is fixed for the life of a store."""

    def __init__(self, prefix: str, shards: int) -> None:
        self.prefix = prefix
        self.shards = shards
        self._shards = [f"{prefix}:{{{shard:02d}}}:" for shard in range(shards)]

    def shard(self, shard: int) -> str:
        return self._shards[shard]

    def of(self, owner: str) -> str:
        """The prefix of the shard that holds `owner` (a customer, an identity, an agent)."""
        return self._shards[shard_of(owner, self.shards)]

    def conversation(self, conversation: str) -> str:
        return f"{self.of(conversation)}c:{conversation}"

    def identity(self, key: str) -> str:
        """Of hub/model/identity.py: Identity.key."""
        return f"{self.of(key)}identity:{key}"

    def log(self, conversation: str) -> str:
        return f"{self.of(conversation)}log:{conversation}"

    def feed(self, shard: int) -> str:
        return f"{self.shard(shard)}feed"

    def todo(self, shard: int) -> str:
        """Of the feed's entries, those that a reaction has to look at."""
        return f"{self.shard(shard)}todo"

    def due(self, shard: int, kind: str = "") -> str:
        """Deadlines, by when they pass. Who may leave for the archive stands apart: there are many, and none urgent."""
        return f"{self.shard(shard)}{'leaving' if kind == 'archive' else 'due'}"

    def place(self, shard: int, place: str) -> str:
        return f"{self.shard(shard)}place:{place}"

    def outbox(self, shard: int) -> str:
        return f"{self.shard(shard)}outbox"

    def dead(self, shard: int) -> str:
        return f"{self.shard(shard)}dead"

    def everywhere(self, name: str) -> str:
        """A key that belongs to no customer; it has a slot of its own."""
        return f"{self.prefix}:{{hub}}:{name}"


def hashed(secret: str) -> str:
    """What a secret is known by here: who reads the store can't use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
