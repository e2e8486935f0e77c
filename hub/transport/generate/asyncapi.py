"""The AsyncAPI 3 document of the socket, written from the hub's side: it `receive`s requests and `send`s frames."""

from hub import __version__
from hub.model.events import Event
from hub.transport.frames import PROTOCOL
from hub.transport.generate.catalogue import (
    SIDES,
    Json,
    Spec,
    events,
    for_everyone,
    hub_frames,
    requests,
    seen_by,
    story,
)
from hub.transport.generate.schemas import PLACE, as_draft7, socket_components

ABOUT = (
    "One socket for everybody: web widget, mobile app, agent console, partner system. JSON text frames of at most "
    "64 KiB. The first frame is hello with a one-use ticket, within 5 s. Each request gets exactly one ack or error "
    "whose ref is the request's id. Within v1 changes only add: ignore fields and types that you do not know."
)


def document() -> Json:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"OneThread socket protocol ({PROTOCOL})",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"hub": _server()},
        "channels": {side: _channel(side) for side in SIDES},
        "operations": {name: it for side in SIDES for name, it in _operations(side).items()},
        "components": {"messages": _messages(), "schemas": as_draft7(socket_components())},
    }


def _server() -> Json:
    return {
        "host": "{host}",
        "protocol": "wss",
        "description": f"Your hub. Ask for the subprotocol {PROTOCOL}; nothing secret stands in the URL.",
        "variables": {"host": {"description": "Host name of the hub, with a port if it is not 443."}},
    }


def _channel(side: str) -> Json:
    names = [_asked(spec) for spec in requests() if side in spec.sides] + _all_told(side)
    return {
        "address": "/ws",
        "title": f"A socket opened with a ticket of kind {'visitor or customer' if side == 'customer' else side}",
        "servers": [{"$ref": "#/servers/hub"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _all_told(side: str) -> list[str]:
    """Names of the messages that this side may be sent: an event that it may not see is not among them."""
    plain = [_told(spec) for spec in hub_frames() if side in spec.sides and spec.name != "event"]
    return plain + [f"event.{name}" for name in seen_by(side)]


def _operations(side: str) -> Json:
    asked = {f"{side}.{s.name}": _receive(side, s) for s in requests() if side in s.sides}
    sent = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{side}"},
        "summary": f"Everything that the hub sends to a {side}.",
        "messages": _choose(side, _all_told(side)),
    }
    return {**asked, f"{side}.told": sent}


def _receive(side: str, spec: Spec) -> Json:
    replies = {"hello": ["hub.welcome", "hub.error"], "ping": ["hub.pong"]}.get(spec.name, [])
    replies = ["hub.ack", "hub.error"] if spec.answered else replies
    operation: Json = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{side}"},
        "messages": _choose(side, [_asked(spec)]),
    }
    if text := story(spec.model):
        operation["summary"] = text
    if replies:
        operation["reply"] = {"channel": {"$ref": f"#/channels/{side}"}, "messages": _choose(side, replies)}
    return operation


def _choose(side: str, names: list[str]) -> list[Json]:
    return [{"$ref": f"#/channels/{side}/messages/{name}"} for name in names]


def _asked(spec: Spec) -> str:
    return f"request.{spec.name}"


def _told(spec: Spec) -> str:
    return f"hub.{spec.name}"


def _messages() -> Json:
    frames = {_asked(s): s for s in requests()} | {_told(s): s for s in hub_frames() if s.name != "event"}
    found = {name: _message(spec.name, story(spec.model), {"$ref": PLACE + name}) for name, spec in frames.items()}
    for name, body in events().items():
        found[f"event.{name}"] = _event_message(name, body)
    return found


def _message(name: str, summary: str, payload: Json) -> Json:
    message: Json = {"name": name, "contentType": "application/json", "payload": payload}
    return {**message, "summary": summary} if summary else message


def _event_message(name: str, body: type[Event]) -> Json:
    """An event in its frame: the same envelope for all, with this type's own `d`."""
    own = {"properties": {"type": {"const": name}, "d": {"$ref": f"{PLACE}event.{name}"}}}
    message = _message(name, story(body), {"allOf": [{"$ref": f"{PLACE}hub.event"}, own]})
    return {**message, "x-audience": "everyone" if for_everyone(body) else "staff"}
