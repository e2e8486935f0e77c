"""A hostile CRM, for real on a port: it does all that real ones were seen to do to us.

Two APIs on the same tables: `/webservice.php` (a challenge login, a query language, JSON in form fields, errors as
HTTP 200) and `/api` (REST with OAuth2). `mischief` says what is wrong with it at the moment.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.model.crm import CrmCustomer, Order
from tests.crm.rest.acts import ACCESS_KEY, CLIENT, CLIENT_SECRET, LOGIN, REFRESH

CONTACTS = [
    ("12x1", "cust_wang", "王", "丽", "wang.li@example.com", "138 0000 1234", "(021) 6888 1234", "B", "老客户", 2380),
    ("12x2", "cust_liu", "刘", "洋", "liu@example.com", "", "021-68881234", "C", "", 0),
    ("12x3", "cust_oneil", "Siobhán O'Neil", "", "s.o'neil@example.com", "", "", "D", "", 5),
    ("12x4", "cust_ouyang", "欧阳·娜娜", "", "nana@example.com", "", "", "D", "", 5),
    ("12x5", "' or 1=1 --", "Bobby ' or 1=1 --", "", "tables@example.com", "", "", "D", "", 0),
]
FIELDS = ("id", "cf_account", "lastname", "firstname", "email", "mobile", "phone", "cf_tier", "cf_tags", "cf_points")


@dataclass
class Crm:
    """The tables, and how it misbehaves. All of it may be changed by a test at any time."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    refresh: str = REFRESH
    calls: Counter[str] = field(default_factory=Counter)
    mischief: set[str] = field(default_factory=set)
    once: list[str] = field(default_factory=list)  # mischief for the next requests only, one each
    seen: list[dict[str, Any]] = field(default_factory=list)
    token_s: float = 3600
    lag: int = 0  # searches that do not see the newest row yet
    on_write: Callable[[], None] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rows = [dict(zip(FIELDS, row, strict=True)) for row in CONTACTS]
        for row in rows:
            row |= {"cf_company": "", "modifiedtime": "2026-11-20 10:00:00"}
            row |= {"email2": "", "account_id": "11x" + row["id"][3:], "tags": ["t2"] if row["cf_tags"] else []}
        self.tables = {"Contacts": rows, "HelpDesk": [], "ModComments": [], "Leads": [], "Tasks": [], "Tags": []}
        self.tables["Shipments"] = []
        self.tables["SalesOrder"] = [
            _order("12x1", "A-1", "2026-08-27 10:00:00", "Delivered"),
            _order("12x1", "A-3", "2026-11-22 10:00:00", "Approved"),
            _order("12x1", "A-2", "2026-10-26 10:00:00", "Created"),
            _order("12x2", "B-1", "2026-11-24 10:00:00", "Approved"),
        ]
        self.tables["Tags"] = [{"id": "t1", "name": "VIP"}, {"id": "t2", "name": "老客户"}]

    def add(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.numbers[table] += 1
            made = {
                "id": f"{table[:2]}x{self.numbers[table]}",
                "createdtime": f"2026-11-25 10:00:{self.numbers[table]:02}",
            }
            made |= row
            if table == "HelpDesk":
                made |= {"ticket_no": f"TT{self.numbers[table]}"}
            self.tables[table].append(made)
        if self.on_write is not None:
            self.on_write()
        return made

    def wrong(self, what: str) -> bool:
        """Is this wrong with it now?"""
        with self.lock:
            if self.once and self.once[0] == what:
                self.once.pop(0)
                return True
            return what in self.mischief

    def visible(self, table: str) -> list[dict[str, Any]]:
        """What a search sees: it may lag behind."""
        with self.lock:
            rows = list(self.tables[table])
            if self.lag > 0 and table in ("HelpDesk", "ModComments", "Leads"):
                self.lag -= 1
                return rows[:-1]
            return rows


def stocked(customers: Sequence[CrmCustomer], orders: Sequence[tuple[str, Order]]) -> Crm:
    """One that has these, as the port's contract wants it."""
    crm = Crm()
    tiers = {"platinum": "A", "gold": "B", "silver": "C", "standard": "D", "": "D"}
    crm.tables["Contacts"] = [
        {
            "id": f"12x{nth}",
            "account_id": f"11x{nth}",
            "cf_account": it.external_id,
            "lastname": it.surname or it.name,
            "firstname": it.name.removeprefix(it.surname) if it.surname else "",
            "email": it.emails[0] if it.emails else "",
            "email2": "",
            "mobile": it.phones[0].raw if it.phones else "",
            "phone": it.phones[1].raw if len(it.phones) > 1 else "",
            "cf_tier": tiers[it.tier],
            "cf_tags": ",".join(it.tags),
            "tags": ["t2"] if it.tags else [],
            "cf_points": it.points or 0,
            "cf_company": it.company,
            "modifiedtime": "2026-11-20 10:00:00",
        }
        for nth, it in enumerate(customers)
    ]
    owners = {it["cf_account"]: it["id"] for it in crm.tables["Contacts"]}
    crm.tables["SalesOrder"] = [_stocked_order(owners[who], it) for who, it in orders]
    crm.tables["Shipments"] = [
        {**parcel, "contact_id": row["contact_id"], "order_no": row["salesorder_no"]}
        for row in crm.tables["SalesOrder"]
        for parcel in row["Parcels"]
    ]
    return crm


def _stocked_order(contact: str, it: Order) -> dict[str, Any]:
    row = _order(contact, it.number, "", {"shipped": "Approved"}[it.status])
    return row | {
        "createdtime": it.placed_at,
        "Parcels": [
            one.model_dump(mode="json") | {"steps": [step.model_dump(mode="json") for step in one.trail]}
            for one in it.shipments
        ],
    }


def _order(contact: str, number: str, at: str, status: str) -> dict[str, Any]:
    lines = [
        {
            "productid": "CL-RC40",
            "product_name": "RC40 IH 电饭煲",
            "model": "RC40",
            "quantity": "2.000",
            "listprice": "699.00",
        }
    ]
    return {
        "total": {"__class__": "Decimal", "decimal": "1398.00"},
        "Parcels": [],
        "id": f"SO{number}",
        "contact_id": contact,
        "salesorder_no": number,
        "createdtime": at,
        "sostatus": status,
        "hdnGrandTotal": "1398.00000000",
        "LineItems": lines,
    }


async def fields_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


# --- the challenge API ----------------------------------------------------------------------------------------


def fails(code: str, message: str) -> JSONResponse:
    return JSONResponse({"success": False, "error": {"code": code, "message": message}})


def fine(result: Any) -> JSONResponse:
    return JSONResponse({"success": True, "result": result})


_LITERAL = r"'((?:[^'\\]|''|\\\\)*)'"
_QUERY = re.compile(
    r"SELECT \* FROM (?P<table>\w+)"
    rf"(?: WHERE (?P<column>\w+) (?P<op>=|LIKE) {_LITERAL})?"
    r"(?: LIMIT (?P<offset>\d+), (?P<size>\d+))?;$"
)


def query(crm: Crm, text: str) -> Response:
    """Its query language; what it can't read is an error, as HTTP 200."""
    match = _QUERY.match(text)
    if match is None:
        return fails("QUERY_SYNTAX_ERROR", "Syntax Error on line 1")
    rows = crm.visible(match["table"])
    if match["column"] and not crm.wrong("ignores filters"):
        wanted = match.group(4).replace("''", "'").replace("\\\\", "\\")
        rows = [row for row in rows if _fits(str(row.get(match["column"], "")), match["op"], wanted)]
    if match["offset"]:
        rows = rows[int(match["offset"]) :][: int(match["size"])]
    return fine(rows)


def _fits(value: str, op: str, wanted: str) -> bool:
    if op == "=":
        return value.casefold() == wanted.casefold()  # as MySQL compares
    digits = value.replace(" ", "").replace("-", "")
    inner = wanted.strip("%")
    return inner in value or (inner.isdigit() and inner in digits)


async def webservice(request: Request) -> Response:
    crm: Crm = request.app.state.crm
    fields = dict(request.query_params) | (await fields_of(request) if request.method == "POST" else {})
    operation = str(fields.get("operation", ""))
    crm.calls[operation] += 1
    crm.seen.append(fields)
    if (odd := await _odd(crm)) is not None:
        return odd
    if operation == "getchallenge":
        crm.challenges[fields["username"]] = token = f"tok{len(crm.seen)}"
        return fine({"token": token, "serverTime": 1, "expireTime": 2})
    if operation == "login":
        return _login(crm, fields)
    if crm.wrong("lost session"):
        crm.sessions.clear()
    if fields.get("sessionName") not in crm.sessions:
        return fails("INVALID_SESSIONID", "Session Identifier provided is Invalid")
    if operation == "query":
        return query(crm, str(fields["query"]))
    return await _change(crm, operation, fields)


def _login(crm: Crm, fields: dict[str, Any]) -> Response:
    token = crm.challenges.pop(fields["username"], "")
    expected = hashlib.md5((token + ACCESS_KEY).encode()).hexdigest()
    if fields["username"] != LOGIN or fields["accessKey"] != expected:
        return fails("INVALID_USER_CREDENTIALS", "Invalid username or password")
    name = f"session{len(crm.sessions)}-{token}"
    crm.sessions[name] = LOGIN
    return fine({"sessionName": name, "userId": "19x1", "version": "0.22"})


async def _change(crm: Crm, operation: str, fields: dict[str, Any]) -> Response:
    if crm.wrong("refuses writes"):
        return fails("MANDATORY_FIELDS_MISSING", "ticket_title does not have a value for wang.li@example.com")
    if crm.wrong("5xx before the write"):
        return PlainTextResponse("Bad Gateway", 502)
    element = json.loads(fields["element"])
    if operation == "create":
        related = element.get("contact_id") or element.get("related_to")
        if related and not any(row.get("id") == related for table in crm.tables.values() for row in table):
            return fails("RECORD_NOT_FOUND", "Record you are trying to access is not found")
        made = crm.add(str(fields["elementType"]), element)
    else:
        found = [row for table in crm.tables.values() for row in table if row.get("id") == element["id"]]
        if not found:
            return fails("RECORD_NOT_FOUND", "Record you are trying to access is not found")
        found[0].update(element)
        made = found[0]
    return await _written(crm, fine({} if crm.wrong("no id") else made))


async def _written(crm: Crm, answer: Response) -> Response:
    """The row is there; what the caller hears of it is another thing."""
    if crm.wrong("5xx after the write"):
        return HTMLResponse("<h1>Internal Server Error</h1>", 500)
    if crm.wrong("hangs after the write"):
        await asyncio.sleep(4)
    return answer


async def _odd(crm: Crm) -> Response | None:
    """Answers that have nothing to do with the question."""
    if crm.wrong("html"):
        return HTMLResponse("<!doctype html><title>Maintenance</title>")
    if crm.wrong("500"):
        return HTMLResponse("<h1>Error</h1>", 500)
    if crm.wrong("200 and error"):
        return fails("DATABASE_QUERY_ERROR", "the database is away")
    if crm.wrong("403"):
        return JSONResponse({"message": "not yours to see"}, 403)
    if crm.wrong("429"):
        return PlainTextResponse("slow down", 429, {"retry-after": "1"})
    if crm.wrong("429 for long"):
        return PlainTextResponse("slow down", 429, {"retry-after": "120"})
    if crm.wrong("huge"):
        return PlainTextResponse("[" + "1," * 1_100_000 + "1]")
    if crm.wrong("another shape"):
        return JSONResponse({"success": True, "records": []})
    if crm.wrong("array"):
        return JSONResponse([1, 2, 3])
    if crm.wrong("slow"):
        await asyncio.sleep(0.4)
    if crm.wrong("never"):
        await asyncio.sleep(30)
    return None


# --- the REST API ---------------------------------------------------------------------------------------------


async def token(request: Request) -> Response:
    crm: Crm = request.app.state.crm
    form = await fields_of(request)
    crm.calls["token"] += 1
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
        return JSONResponse({"error": "invalid_client"}, 401)
    if form.get("refresh_token") != crm.refresh:
        return JSONResponse({"error": "invalid_grant"}, 400)
    name = f"access-{crm.calls['token']}"
    crm.tokens[name] = time.time() + crm.token_s
    if crm.wrong("single-use refresh tokens"):
        crm.refresh = f"refresh-{crm.calls['token']}"
    await asyncio.sleep(0.05)
    return JSONResponse({"access_token": name, "expires_in": crm.token_s, "refresh_token": crm.refresh})


def _signed_in(crm: Crm, request: Request) -> bool:
    word = request.headers.get("authorization", "").removeprefix("Bearer ")
    return crm.tokens.get(word, 0) > time.time()


async def api(request: Request) -> Response:
    crm: Crm = request.app.state.crm
    table, key = request.path_params["table"], request.path_params.get("key", "")
    crm.calls[f"{request.method} {table}"] += 1
    crm.seen.append(dict(request.query_params))
    if (odd := await _odd(crm)) is not None:
        return odd
    if not _signed_in(crm, request):
        return JSONResponse({"message": "expired"}, 401)
    if request.method == "GET":
        return _one(crm, table, key) if key else _list(crm, table, request)
    return await _api_change(crm, table, key, request.method, await request.json())


def _one(crm: Crm, table: str, key: str) -> Response:
    found = [row for row in crm.tables[table] if row["id"] == key]
    return JSONResponse(found[0]) if found else HTMLResponse("<h1>Not Found</h1>", 404)


def _list(crm: Crm, table: str, request: Request) -> Response:
    asked = dict(request.query_params)
    rows = crm.visible(table)
    if not crm.wrong("ignores filters"):
        columns = {column for row in rows for column in row}
        for column in columns & set(asked):
            rows = [row for row in rows if str(row.get(column, "")).casefold() == asked[column].casefold()]
        if ends := asked.get("phone_ends"):
            rows = [row for row in rows if any(_digits(row[name]).endswith(ends) for name in ("mobile", "phone"))]
    size = int(asked.get("limit", 2))
    if "page" in asked:
        start = (int(asked["page"]) - 1) * size
    elif "after" in asked:
        start = int(base64.b64decode(asked["after"]))
    else:
        start = int(asked.get("offset", 0))
    if crm.wrong("ignores pages"):
        start = 0
    body: dict[str, Any] = {"results": rows[start : start + size], "count": len(rows)}
    if start + size < len(rows):
        url = request.url.include_query_params(offset=start + size)
        host = "http://127.0.0.1:1" if crm.wrong("next page elsewhere") else ""
        body["next"] = host + url.path + "?" + url.query
        body["after"] = base64.b64encode(str(start + size).encode()).decode()
    return JSONResponse(body)


async def _api_change(crm: Crm, table: str, key: str, method: str, given: dict[str, Any]) -> Response:
    if method == "POST" and crm.wrong("409"):
        return JSONResponse({"message": "there already"}, 409)
    if method == "POST":
        crm.seen.append(given)
        made = crm.add(table, given)
        told = made if table == "ModComments" else {"id": made["id"]}
        answer: dict[str, Any] = {"message": "created"} if crm.wrong("no id") else told
        return await _written(crm, JSONResponse(answer, 201))
    found = [row for row in crm.tables[table] if row["id"] == key]
    if not found:
        return JSONResponse({"message": "not found"}, 404)
    found[0].update(given)
    return await _written(crm, JSONResponse(found[0]))


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def signed(body: bytes, secret: str, at: int) -> str:
    """The header of a webhook of its kind: `t=...,v1=...`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return f"t={at},v1={digest}"


# --- running it -----------------------------------------------------------------------------------------------


def application() -> Starlette:
    routes = [
        Route("/webservice.php", webservice, methods=["GET", "POST"]),
        Route("/token", token, methods=["POST"]),
        Route("/api/{table}/{key}", api, methods=["GET", "PATCH"]),
        Route("/api/{table}", api, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes)


@cache
def _started() -> tuple[Starlette, str]:
    """One server for all tests of a process: starting one takes longer than most tests."""
    app = application()
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.005)
    return app, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


@contextmanager
def running(crm: Crm) -> Iterator[str]:
    """Its address. It runs in a thread of its own, so that other processes can ask it while a test waits."""
    app, url = _started()
    app.state.crm = crm
    try:
        yield url
    finally:
        app.state.crm = Crm()
