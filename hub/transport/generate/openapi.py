"""The OpenAPI 3.1 document of the HTTP API. One row per endpoint; bodies are hub/transport/http/models.py."""

from http import HTTPStatus

from hub import __version__
from hub.model import errors
from hub.model.errors import OneThreadError
from hub.model.frozen import frozen
from hub.model.party import Value
from hub.transport.generate.catalogue import Json, story
from hub.transport.generate.schemas import PLACE, join, named
from hub.transport.http import models

Failure = type[OneThreadError]


@frozen
class Endpoint:
    """`answer` None = no body, or plain text where `text` gives an example of it, or bytes where `gives` is their type.
    `takes`: bytes of this type are its body. `staff` needs the login cookie."""

    method: str
    path: str
    summary: str
    tag: str
    answer: type[Value] | None = None
    status: HTTPStatus = HTTPStatus.OK
    body: type[Value] | None = None
    many: bool = False
    text: str = ""
    takes: str = ""
    gives: str = ""
    query: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    staff: bool = False
    failures: tuple[Failure, ...] = ()


ENDPOINTS = (
    Endpoint(
        "post",
        "/api/v1/tickets",
        "A one-use ticket that opens one socket within 30 s, from the same origin.",
        "connecting",
        models.TicketIssued,
        HTTPStatus.CREATED,
        models.TicketRequest,
        failures=(
            errors.BadRequest,
            errors.AuthFailed,
            errors.Forbidden,
            errors.NotFound,
            errors.TooLong,
            errors.RateLimited,
            errors.StoreUnavailable,
        ),
    ),
    Endpoint(
        "get",
        "/api/v1/sites/{site}",
        "What the widget needs to know of the site that embeds it.",
        "connecting",
        models.SiteView,
        failures=(errors.NotFound,),
    ),
    Endpoint(
        "post",
        "/api/v1/login",
        "Sign an agent in. Sets the session cookie.",
        "agents",
        models.SignedIn,
        body=models.Login,
        failures=(errors.BadRequest, errors.AuthFailed, errors.Forbidden, errors.TooLong, errors.ThrottledLogin),
    ),
    Endpoint(
        "post",
        "/api/v1/logout",
        "End this login and its sockets. What the agent held is given back, unless they are signed in elsewhere.",
        "agents",
        status=HTTPStatus.NO_CONTENT,
        staff=True,
        failures=(errors.AuthFailed, errors.Forbidden),
    ),
    Endpoint(
        "get",
        "/api/v1/me",
        "Who is signed in here, by the session cookie; nobody is an answer, too.",
        "agents",
        models.Me,
    ),
    Endpoint(
        "get",
        "/api/v1/agents",
        "All agents, with presence and load.",
        "agents",
        models.Colleagues,
        staff=True,
        failures=(errors.AuthFailed,),
    ),
    Endpoint(
        "get",
        "/api/v1/integrations",
        "The connections to CRMs: how they do, what waits, what was put aside. For supervisors and admins.",
        "crm",
        models.Connections,
        staff=True,
        failures=(errors.AuthFailed, errors.Forbidden),
    ),
    Endpoint(
        "post",
        "/api/v1/integrations/{name}/replay",
        "Carry out again what was put aside. For supervisors and admins.",
        "crm",
        models.Replayed,
        body=models.Replay,
        staff=True,
        failures=(errors.BadRequest, errors.AuthFailed, errors.Forbidden, errors.NotFound, errors.TooLong),
    ),
    Endpoint(
        "post",
        "/api/v1/crm/{connection}/news",
        "A CRM's webhook: the body and its signature are as the connection's mapping says.",
        "crm",
        models.Heard,
        failures=(
            errors.BadRequest,
            errors.Forbidden,
            errors.NotFound,
            errors.TooLong,
            errors.StoreUnavailable,
        ),
    ),
    Endpoint(
        "get",
        "/api/v1/knowledge",
        "Sections of the knowledge base for the words `q`; those about what the conversation's customer owns first.",
        "agents",
        models.Found,
        query=("q", "locale", "conversation"),
        optional=("locale", "conversation"),
        staff=True,
        failures=(errors.BadRequest, errors.AuthFailed),
    ),
    Endpoint(
        "put",
        "/api/v1/files/{token}",
        "The bytes of a file, to the address that `file.begin` gave. Its message is posted when all are there.",
        "files",
        models.FileReceived,
        HTTPStatus.CREATED,
        takes="application/octet-stream",
        failures=(errors.BadRequest, errors.Forbidden, errors.DiskFull, errors.StoreUnavailable),
    ),
    Endpoint(
        "get",
        "/api/v1/files/{token}",
        "A file, by the address that `file.open` gave: pictures to be shown, all else to be saved. Takes Range.",
        "files",
        gives="*/*",
        failures=(errors.Forbidden, errors.NotFound),
    ),
    Endpoint(
        "get",
        "/api/v1/recordings/{call}/{recording}",
        "What a call left behind, whole, or (206) the part that Range asks for.",
        "agents",
        gives="video/webm",
        staff=True,
        failures=(errors.AuthFailed, errors.NotFound),
    ),
    Endpoint("get", "/livez", "Is the process alive?", "health", text="ok"),
    Endpoint(
        "get",
        "/readyz",
        "May a balancer send customers here? 503 while draining, without a store, or on a full disk.",
        "health",
        models.Readiness,
    ),
    Endpoint("get", "/demo/customers", "Demo only: the sample customers.", "demo", models.DemoCustomer, many=True),
    Endpoint(
        "get",
        "/demo/token",
        "Demo only: a customer token, as a shop's own backend would sign it.",
        "demo",
        text="JWT",
        query=("customer",),
        failures=(errors.NotFound,),
    ),
)


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OneThread HTTP API",
            "version": __version__,
            "description": "What is done outside the socket. Errors are RFC 9457 problems with the codes of errors.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://{host}", "variables": {"host": {"default": "localhost:8080"}}}],
        "security": [],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": {"session": _session()}},
    }


def _session() -> Json:
    about = "Set by POST /api/v1/login. Where the hub is not served over https its name is `onethread`."
    return {"type": "apiKey", "in": "cookie", "name": "__Host-onethread", "description": about}


def _paths() -> Json:
    paths: Json = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = _operation(endpoint)
    return paths


def _operation(it: Endpoint) -> Json:
    operation: Json = {
        "operationId": _operation_id(it),
        "summary": it.summary,
        "tags": [it.tag],
        "responses": {str(it.status.value): _answer(it), **_failures(it.failures)},
    }
    if parameters := _parameters(it):
        operation["parameters"] = parameters
    if it.body:
        operation["requestBody"] = {"required": True, "content": _json(it.body)}
        operation["description"] = story(it.body) or it.summary
    if it.takes:
        operation["requestBody"] = {"required": True, "content": {it.takes: {}}}
    if it.staff:
        operation["security"] = [{"session": []}]
    return operation


def _operation_id(it: Endpoint) -> str:
    words = [w.strip("{}") for w in it.path.split("/") if w not in ("", "api", "v1")]
    return it.method + "".join(word.capitalize() for word in words)


def _parameters(it: Endpoint) -> list[Json]:
    places = [(w.strip("{}"), "path") for w in it.path.split("/") if w.startswith("{")]
    places += [(name, "query") for name in it.query]
    return [
        {"name": n, "in": place, "required": n not in it.optional, "schema": {"type": "string"}} for n, place in places
    ]


def _answer(it: Endpoint) -> Json:
    answer: Json = {"description": it.status.phrase}
    if it.answer:
        answer["content"] = _json(it.answer, many=it.many)
    elif it.gives:
        answer["content"] = {it.gives: {}}
    elif it.text:
        answer["content"] = {"text/plain": {"schema": {"type": "string"}, "example": it.text}}
    return answer


def _json(model: type[Value], *, many: bool = False) -> Json:
    one = {"$ref": PLACE + model.__name__}
    return {"application/json": {"schema": {"type": "array", "items": one} if many else one}}


def _failures(failures: tuple[Failure, ...]) -> Json:
    """One response per status; errors that share one are listed together."""
    found: Json = {}
    for error in failures:
        old = found.get(str(error.http))
        text = f"`{error.code}`: {error.sentence}"
        found[str(error.http)] = _problem(f"{old['description']} {text}" if old else text)
    return found


def _problem(description: str) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": PLACE + models.Problem.__name__}}}
    return {"description": description, "content": content}


def _schemas() -> Json:
    asked = {e.body.__name__: e.body for e in ENDPOINTS if e.body}
    told = {e.answer.__name__: e.answer for e in ENDPOINTS if e.answer} | {"Problem": models.Problem}
    return join(named(asked), named(told, "serialization"))
