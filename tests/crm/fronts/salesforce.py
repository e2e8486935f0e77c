"""Salesforce's records, SOQL, rows and tokens, as its documentation describes them. It does not say how long a token
lives: a call with an old one answers 401 INVALID_SESSION_ID.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.crm.fronts import soql
from tests.crm.fronts.front import Front, fields_of
from tests.crm.fronts.salesforce_fields import CHILDREN, FIELDS, LONGEST, PREFIX, REQUIRED, SYSTEM, UNIQUE, known
from tests.crm.fronts.soql import Query, Record

BASE = "/services/data/v64.0"
PAGE = 200


@dataclass
class Cursor:
    """The rest of a long query."""

    records: list[Record] = field(default_factory=list)
    total: int = 0


class Salesforce(Front):
    def reset(self) -> None:
        super().reset()
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in FIELDS}
        self.cursors: dict[str, Cursor] = {}
        self.now = datetime(2026, 11, 25, 2, tzinfo=UTC)
        self.hub = self.add("User", {"Name": "OneThread"})

    def routes(self) -> list[Route]:
        row = f"{BASE}/sobjects/{{kind}}"
        return [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route(f"{BASE}/query", self.guarded(self._query), methods=["GET"]),
            Route(f"{BASE}/query/{{locator}}", self.guarded(self._more), methods=["GET"]),
            Route(row, self.guarded(self._create), methods=["POST"]),
            Route(f"{row}/{{id}}", self.guarded(self._read), methods=["GET"]),
            Route(f"{row}/{{id}}", self.guarded(self._change), methods=["PATCH"]),
        ]

    # --- its words for trouble --------------------------------------------------------------------------------

    def unauthorized(self) -> Response:
        return errors(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def limited(self) -> Response:
        response = errors(429, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        response.headers["retry-after"] = str(self.faults.retry_after)
        return response

    # --- by hand, for a test ----------------------------------------------------------------------------------

    def add(self, kind: str, fields: Record) -> str:
        """A record, as it is kept. Its id."""
        self.now += timedelta(seconds=1)
        number = next(self.ids)
        it = {"Id": f"{PREFIX[kind]}{number:012d}AAA", "CreatedById": getattr(self, "hub", None)} | fields
        it["CreatedDate"] = it["LastModifiedDate"] = stamp(self.now)
        if kind in ("Contact", "Lead"):
            it["Name"] = " ".join(it[name] for name in ("FirstName", "LastName") if it.get(name))
        if kind == "Case":
            it |= {"CaseNumber": f"{number:08d}", "Status": it.get("Status", "New")}
        self.records[kind][it["Id"]] = it
        return str(it["Id"])

    def having(self, kind: str, **fields: Any) -> list[Record]:
        return [it for it in self.records[kind].values() if fields.items() <= it.items()]

    # --- what it answers --------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        form = await fields_of(request)
        if form.get("grant_type") != "refresh_token" or not self.tokens.fits(form):
            return JSONResponse({"error": "invalid_grant", "error_description": "expired access/refresh token"}, 400)
        issued = str(int(self.now.timestamp() * 1000))
        told = {"access_token": self.tokens.give(), "instance_url": self.url, "token_type": "Bearer"}
        told |= {"id": f"{self.url}/id/00D/005", "issued_at": issued, "signature": "c2lnbmF0dXJl", "scope": "api"}
        return JSONResponse(told)

    async def _query(self, request: Request) -> Response:
        try:
            query = soql.read(request.query_params["q"])
        except soql.Malformed as error:
            return errors(400, "MALFORMED_QUERY", str(error))
        if query.of not in FIELDS:
            return errors(400, "INVALID_TYPE", f"sObject type '{query.of}' is not supported.")
        for name in (*query.fields, *query.asked):
            if not known(query.of, name):
                return errors(400, "INVALID_FIELD", f"No such column '{name}' on entity '{query.of}'.")
        found = self._select(query, list(self.records[query.of].values()), self.faults.everybody)
        return self._page(Cursor([self._shown(query, it) for it in found], len(found)))

    async def _more(self, request: Request) -> Response:
        cursor = self.cursors.pop(request.path_params["locator"], None)
        return self._page(cursor) if cursor else errors(400, "INVALID_QUERY_LOCATOR", "invalid query locator")

    def _page(self, cursor: Cursor) -> Response:
        page, rest = cursor.records[:PAGE], cursor.records[PAGE:]
        answer: Record = {"totalSize": cursor.total, "done": not rest, "records": page}
        if rest:
            locator = f"01g{next(self.ids):012d}-{cursor.total - len(rest)}"
            self.cursors[locator] = Cursor(rest, cursor.total)
            answer["nextRecordsUrl"] = f"{BASE}/query/{locator}"
        return JSONResponse(answer)

    def _select(self, query: Query, among: list[Record], everybody: bool = False) -> list[Record]:
        found = [it for it in among if everybody or query.where(self._joined(it))]
        for name, down in reversed(query.order):
            key = [(soql.value(self._joined(it), name) or "", it) for it in found]
            key.sort(key=lambda pair: str(pair[0]), reverse=down)
            found = [it for _, it in key]
        end = None if query.limit is None else query.offset + query.limit
        return found[query.offset : end]

    def _joined(self, it: Record) -> Record:
        """With what it refers to: `Account` beside `AccountId`."""
        joined = dict(it)
        kind = self._kind(it)
        for name, of in (FIELDS[kind] | SYSTEM).items():
            if of:
                joined[name.removesuffix("Id")] = self.records[of].get(it.get(name) or "")
        return joined

    def _kind(self, it: Record) -> str:
        return next(kind for kind, prefix in PREFIX.items() if it["Id"].startswith(prefix))

    def _shown(self, query: Query, it: Record) -> Record:
        joined = self._joined(it)
        kind = self._kind(it)
        shown: Record = {"attributes": {"type": kind, "url": f"{BASE}/sobjects/{kind}/{it['Id']}"}}
        for name in query.fields:
            first, _, rest = name.partition(".")
            if rest:
                other = joined.get(first)
                told = {"attributes": {"type": self._kind(other)}, rest: other.get(rest)} if other else None
                shown[first] = {**(shown.get(first) or {}), **told} if told else None
            else:
                shown[name] = it.get(name)
        for child in query.children:
            shown[child.of] = self._children(kind, child, it)
        return shown

    def _children(self, kind: str, query: Query, it: Record) -> Record | None:
        of, by = CHILDREN[kind, query.of]
        found = self._select(query, [one for one in self.records[of].values() if one.get(by) == it["Id"]])
        records = [self._shown(query, one) for one in found]
        return {"totalSize": len(records), "done": True, "records": records} if records else None

    async def _create(self, request: Request) -> Response:
        kind, fields = request.path_params["kind"], await request.json()
        refused = self._refused(kind, fields, REQUIRED.get(kind, ())) or self._taken(kind, fields)
        if refused:
            return refused
        return JSONResponse({"id": self.add(kind, fields), "success": True, "errors": []}, 201)

    def _refused(self, kind: str, fields: Record, required: tuple[str, ...]) -> Response | None:
        for name, it in fields.items():
            if name not in FIELDS[kind]:
                return errors(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
            if isinstance(it, str) and len(it) > LONGEST.get(name, 255):
                return errors(400, "STRING_TOO_LONG", f"{name}: data value too large (max length={LONGEST.get(name)})")
            of = FIELDS[kind][name]
            if of and it not in self.records[of] and not (kind == "Task" and name == "WhatId"):
                return errors(400, "INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {name}")
        lacking = [name for name in required if not fields.get(name)]
        return errors(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: {lacking}") if lacking else None

    def _taken(self, kind: str, fields: Record, but: str = "") -> Response | None:
        others = [it for it in self.records[kind].values() if it["Id"] != but]
        for names in UNIQUE.get(kind, ()):
            wanted = [fields.get(name) for name in names]
            if all(wanted) and any([it.get(name) for name in names] == wanted for it in others):
                return errors(400, "DUPLICATE_VALUE", f"duplicate value found: {names[0]} duplicates value on record")
        if kind in ("Contact", "Lead") and fields.get("Email"):
            for it in others:
                if (it.get("Email") or "").lower() == fields["Email"].lower():
                    return duplicates(kind, it["Id"])
        return None

    async def _read(self, request: Request) -> Response:
        it = self._row(request)
        if it is None:
            return errors(404, "NOT_FOUND", "The requested resource does not exist")
        kind = request.path_params["kind"]
        wanted = request.query_params.get("fields")
        names = wanted.split(",") if wanted else [*FIELDS[kind], *SYSTEM]
        return JSONResponse(self._shown(Query(kind, names), it))

    async def _change(self, request: Request) -> Response:
        kind, it, fields = request.path_params["kind"], self._row(request), await request.json()
        if it is None:
            return errors(404, "NOT_FOUND", "The requested resource does not exist")
        refused = self._refused(kind, fields, ()) or self._taken(kind, fields, but=it["Id"])
        if refused:
            return refused
        self.now += timedelta(seconds=1)
        it |= fields | {"LastModifiedDate": stamp(self.now)}
        return Response(status_code=204)

    def _row(self, request: Request) -> Record | None:
        return self.records[request.path_params["kind"]].get(request.path_params["id"])


# --- its rules ------------------------------------------------------------------------------------------------


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def errors(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse([{"errorCode": code, "message": message, "fields": []}], status)


def duplicates(kind: str, there: str) -> JSONResponse:
    """A duplicate rule that does not let it be saved."""
    match = {"record": {"attributes": {"type": kind}, "Id": there}, "matchConfidence": 100.0}
    rule = {
        "allowSave": False,
        "duplicateRule": f"Standard_{kind}_Duplicate_Rule",
        "matchResults": [{"entityType": kind, "success": True, "size": 1, "matchRecords": [match]}],
    }
    told = {"errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "duplicateResult": rule}
    return JSONResponse([told], 400)
