"""ONETHREAD_REDIS_URL, taken apart: one server, a Sentinel set, or a Cluster."""

from dataclasses import field, replace
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen

Kind = Literal["one", "sentinel", "cluster"]
Host = tuple[str, int]
KINDS: dict[str, Kind] = {
    "unix": "one",
    "redis": "one",
    "rediss": "one",
    "redis+sentinel": "sentinel",
    "rediss+sentinel": "sentinel",
    "redis+cluster": "cluster",
    "rediss+cluster": "cluster",
}
PORT = {"one": 6379, "sentinel": 26379, "cluster": 6379}
SHAPES = (
    "redis://[name:password@]host:port/0, unix:///path, "
    "redis+sentinel://[name:password@]host:port,host:port,.../SERVICE or "
    "redis+cluster://[name:password@]host:port,host:port,... (rediss for TLS)"
)


class UnusableUrl(StoreUnavailable):
    code = "unusable_url"
    sentence = "ONETHREAD_REDIS_URL is no address of a store."
    retry = False


@frozen
class Login:
    """Empty `password` = no sign-in; empty `name` = the default account."""

    name: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """As it stands in a URL, with its `@`."""
        return f"{quote(self.name, safe='')}:{quote(self.password, safe='')}@" if self.password else ""


@frozen
class Address:
    """`one` is the whole URL of a single server; else `hosts` are sentinels, or members of the cluster."""

    kind: Kind
    one: str = field(default="", repr=False)
    hosts: tuple[Host, ...] = ()
    service: str = ""
    login: Login = Login()
    sentinel: Login = Login()
    database: int = 0
    tls: bool = False

    def member(self, host: str, port: int) -> str:
        """The URL of a server that holds data."""
        return self._url(self.login, host, port, f"/{self.database}")

    def watcher(self, host: str, port: int) -> str:
        """The URL of a sentinel."""
        return self._url(self.sentinel, host, port, "")

    def _url(self, login: Login, host: str, port: int, path: str) -> str:
        return f"redis{'s' if self.tls else ''}://{login}{f'[{host}]' if ':' in host else host}:{port}{path}"


def parse(url: str) -> Address:
    """Raises UnusableUrl, which never quotes the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        kind = KINDS.get(parts.scheme)
        if kind is None:
            raise ValueError
        return _single(url, parts) if kind == "one" else _several(kind, parts)
    except ValueError:
        raise UnusableUrl(f"it must be like {SHAPES}") from None


def shown(url: str) -> str:
    """The URL for people to read: without name, password and options."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    hosts, path = parts.netloc.rpartition("@")[2], parts.path if "+" in parts.scheme else ""
    return hosts + path or url


def _single(url: str, parts: SplitResult) -> Address:
    if parts.scheme == "unix":
        wrong = not parts.path
    else:
        database = parts.path.strip("/")
        wrong = bool(database) and not database.isdigit()
        _ = parts.port  # raises ValueError
    if wrong:
        raise ValueError
    return Address("one", one=url)


def _several(kind: Kind, parts: SplitResult) -> Address:
    signed, _, named = parts.netloc.rpartition("@")
    options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    it = Address(
        kind,
        hosts=tuple(_host(host, PORT[kind]) for host in named.split(",")),
        login=_login(signed),
        tls=parts.scheme.startswith("rediss"),
    )
    service = unquote(parts.path.strip("/"))
    if kind == "cluster":
        if options or service not in ("", "0"):  # a cluster has no other database
            raise ValueError
        return it
    watched = Login(options.pop("sentinel_username", ""), options.pop("sentinel_password", ""))
    database = int(options.pop("db", "0"))
    if options or not service or "/" in service or database < 0:
        raise ValueError
    return replace(it, service=service, sentinel=watched, database=database)


def _login(signed: str) -> Login:
    name, _, password = signed.partition(":")
    if name and not password:
        raise ValueError  # a name alone signs nobody in
    return Login(unquote(name), unquote(password))


def _host(text: str, port: int) -> Host:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.path or parts.username is not None:
        raise ValueError
    return parts.hostname, parts.port or port
