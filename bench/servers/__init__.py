"""The servers that are measured, by the name they have in the table."""

from bench.servers.contract import Server, Target
from bench.servers.nats import NatsJetStream
from bench.servers.onethread import OneThread
from bench.servers.socketio import SocketIo

__all__ = ["DEFAULT", "HUB", "PEER", "SERVERS", "Server", "Target"]

SERVERS: dict[str, Server] = {
    server.name: server
    for server in (
        OneThread("onethread", durability="memory"),
        OneThread("onethread-fsync", durability="fsync"),
        OneThread("onethread-asgi", durability="memory", wire="asgi"),
        SocketIo("socketio-pubsub"),
        SocketIo("socketio-fsync", durability="fsync"),
        NatsJetStream("nats"),
    )
}
DEFAULT = ("onethread", "onethread-fsync", "onethread-asgi", "socketio-pubsub", "nats")
HUB = "onethread"
PEER = "socketio-pubsub"  # what the goals are ratios to
