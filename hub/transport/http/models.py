"""The bodies of the HTTP API, as models. They validate what comes in and generate the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from hub.model.crm import Breaker
from hub.model.errors import OneThreadError
from hub.model.party import Id, Value

Role = Literal["admin", "supervisor", "agent"]
Presence = Literal["available", "away", "offline"]


class Check(Value):
    """What one check found. `why` is there when it failed; one that is not `vital` only warns."""

    ok: bool
    vital: bool = True
    why: str | None = None


class Readiness(Value):
    """`failed` names the vital checks that failed, `code` is the first one's error (errors.md)."""

    ready: bool
    code: str
    failed: tuple[str, ...]
    checks: dict[str, Check]


class TicketRequest(Value):
    """Ask for a ticket that opens one socket.

    visitor: `device_secret` as kept by the widget, or nothing on first use. customer: `token`, signed by the site's
    backend; a `device_secret` beside it joins what that device said anonymously. agent: the login cookie. guest: the
    secret of a one-time `link` into a call, from the browser that opened it first (which has a cookie of /guest).
    `channel` is what the thread shows; clients that are no browsers (no Origin header) are always `app`.
    """

    kind: Literal["visitor", "customer", "agent", "guest"]
    site: Id | None = None
    device_secret: Annotated[SecretStr, Field(max_length=200)] | None = None
    token: Annotated[SecretStr, Field(max_length=8_192)] | None = None
    link: Annotated[SecretStr, Field(max_length=200)] | None = None
    channel: Literal["web", "app"] = "web"


class TicketIssued(Value):
    """`expires_in` is in seconds. `device_secret` is there once: when the hub made it for a new visitor."""

    ticket: str
    expires_in: int
    device_secret: str | None = None


class Login(Value):
    """`framed`: the page that asks is the assist panel in another site's page, so its cookie is partitioned."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1_000)]
    framed: bool = False


class AgentView(Value):
    """An agent, as the agent sees it."""

    id: str
    name: str
    email: str
    role: Role
    status: Presence
    capacity: int
    teams: tuple[str, ...]
    skills: tuple[str, ...]


class SignedIn(Value):
    agent: AgentView


class Me(Value):
    """`agent` is null where nobody is signed in."""

    agent: AgentView | None


class Colleague(Value):
    """An agent, as colleagues see it. `load` is the number of conversations held; `missed`: so many offers in a row
    they let pass that they are away now."""

    id: str
    name: str
    role: Role
    status: Presence
    teams: tuple[str, ...]
    skills: tuple[str, ...]
    load: int
    capacity: int
    missed: int


class Colleagues(Value):
    agents: tuple[Colleague, ...]


class SiteView(Value):
    """What the widget needs to know of the site that embeds it. `names` are by language; who has none reads `name`."""

    id: str
    name: str
    names: dict[str, str]
    languages: tuple[str, ...]
    accent: str


class UnmappedValue(Value):
    """The CRM's `value` of `field` stands in no value map of its mapping."""

    operation: str
    field: str
    value: str
    count: int
    at: int


class Drift(Value):
    """An answer of the CRM is not as its mapping expects. `problem` is a code (hub/model/drift.py), which `argument`
    says more of.
    """

    operation: str
    path: str
    problem: str
    argument: str = ""
    count: int
    at: int


class LastError(Value):
    """`code` is from the registry, or `failed`; `detail` names the call."""

    at: int
    code: str
    detail: str


class DeadJob(Value):
    """A job that was put aside at `at` after `tries`."""

    id: str
    kind: str
    conversation: str
    why: str
    at: int
    tries: int


class ConnectionView(Value):
    """A connection to a CRM. Times are epoch ms, 0 = never; `error_rate` and `calls` are of the last hour.

    `parts`: what it is used for; `can`: what of that it does. `backlog`: jobs that wait for it; `dead`: the newest of
    those that were put aside.
    """

    name: str
    kind: str
    title: str
    parts: tuple[str, ...]
    can: tuple[str, ...]
    breaker: Breaker
    last_ok: int
    last_error: LastError | None
    error_rate: float
    calls: int
    unmapped: tuple[UnmappedValue, ...]
    drift: tuple[Drift, ...]
    backlog: int
    dead: tuple[DeadJob, ...]


class Connections(Value):
    connections: tuple[ConnectionView, ...]


class Replay(Value):
    """Dead jobs of a connection that are to be carried out again: those of these ids, or all of them."""

    jobs: Annotated[tuple[str, ...], Field(max_length=1_000)] = ()
    all: bool = False


class Replayed(Value):
    """Ids of the jobs that wait again."""

    replayed: tuple[str, ...]


class FileReceived(Value):
    """`seq` of the message that the file is."""

    seq: int


class Heard(Value):
    """How many changes a call told of that concern somebody here; echoes of our own writes are not among them."""

    heard: int


class ArticleView(Value):
    """A section of the knowledge base; `model` is empty for what is about the shop. `score` ranks."""

    title: str
    heading: str
    text: str
    model: str
    score: float


class Found(Value):
    articles: tuple[ArticleView, ...]


class DemoCustomer(Value):
    """A sample customer of the demo shop; `external_id` is theirs in its CRM."""

    key: str
    external_id: str
    name: str
    language: str
    note: str


class Problem(Value):
    """An error (RFC 9457). `code` is from the registry; `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retry: bool
    retry_after: float | None = None


def problem(error: OneThreadError) -> Problem:
    """The error as a body. Never more than the registry's sentence and the error's own detail."""
    return Problem(
        type="about:blank",
        title=error.sentence,
        status=error.http,
        code=error.code,
        detail=error.detail,
        retry=error.retry,
        retry_after=error.retry_after,
    )
