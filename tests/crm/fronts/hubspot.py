"""HubSpot's objects, associations, search and tokens, as its documentation describes them.

Search answers from an index that lags: an object is found from the `lag`-th search after its creation on. Reads by id
or by a unique property don't lag.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.crm.fronts.front import Front, fields_of

Properties = dict[str, str]
OURS = {"onethread_mark"}
KNOWN: dict[str, set[str]] = {
    "contacts": {
        *("email", "firstname", "lastname", "phone", "mobilephone", "company", "address", "city", "zip", "country"),
        *("lifecyclestage", "hs_lead_status", "hs_language", "hs_additional_emails", "message", "jobtitle"),
        *("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number"),
        *("customer_number", "customer_tags"),
        *("onethread_intent", "onethread_sentiment", "onethread_urgency", "onethread_language"),
    },
    "companies": {"name", "domain"},
    "deals": {"dealname", "amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "description"},
    "tickets": {
        *("subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hs_ticket_category"),
        "order_number",
    },
    "notes": {"hs_note_body", "hs_timestamp", "hubspot_owner_id"},
    "tasks": {
        *("hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_priority", "hs_task_type", "hs_timestamp"),
        "hubspot_owner_id",
    },
    "calls": {"hs_call_title", "hs_call_body", "hs_call_status", "hs_call_direction", "hs_timestamp"},
}
EVERYWHERE = {"hs_object_id", "createdate", "hs_createdate", "hs_lastmodifieddate", "lastmodifieddate"}
UNIQUE = {"contacts": ("email", "customer_number", "onethread_mark")}
REQUIRED = {
    "tickets": {"subject", "hs_pipeline_stage"},
    "notes": {"hs_timestamp"},
    "tasks": {"hs_timestamp"},
    "calls": {"hs_timestamp"},
    "deals": {"dealname"},
}
# HUBSPOT_DEFINED association types, from an object to a contact.
TO_CONTACT = {"tickets": 16, "notes": 202, "tasks": 204, "calls": 194, "deals": 3, "companies": 280}
TO_TICKET = {"notes": 228, "tasks": 230}


@dataclass
class Object:
    id: str
    properties: Properties
    created: datetime
    changed: datetime
    searches: int = 0  # how many searches of its kind it has seen
    links: set[tuple[str, str]] = field(default_factory=set)


class HubSpot(Front):
    def reset(self) -> None:
        super().reset()
        self.objects: dict[str, dict[str, Object]] = {kind: {} for kind in KNOWN}
        self.lag = 0
        self.now = datetime(2026, 11, 25, 2, tzinfo=UTC)

    def routes(self) -> list[Route]:
        kind = "/crm/v3/objects/{kind}"
        links = "/crm/v4/objects/{kind}/{id}/associations/{to}"
        return [
            Route("/oauth/v1/token", self._token, methods=["POST"]),
            Route(kind, self.guarded(self._create), methods=["POST"]),
            Route(f"{kind}/search", self.guarded(self._search), methods=["POST"]),
            Route(f"{kind}/batch/read", self.guarded(self._batch), methods=["POST"]),
            Route(f"{kind}/{{id}}", self.guarded(self._read), methods=["GET"]),
            Route(f"{kind}/{{id}}", self.guarded(self._change), methods=["PATCH"]),
            Route(links, self.guarded(self._links), methods=["GET"]),
        ]

    # --- its words for trouble --------------------------------------------------------------------------------

    def unauthorized(self) -> Response:
        return error(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired.")

    def limited(self) -> Response:
        response = error(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.")
        response.headers["retry-after"] = str(self.faults.retry_after)
        return response

    # --- by hand, for a test ----------------------------------------------------------------------------------

    def add(self, kind: str, properties: Properties, *links: tuple[str, str]) -> str:
        """An object that has been there for a while. Its id."""
        made = self._make(kind, properties, set(links))
        made.searches = 1_000
        return made.id

    def having(self, kind: str, **properties: str) -> list[Object]:
        wanted = properties.items()
        return [it for it in self.objects[kind].values() if wanted <= it.properties.items()]

    def of(self, kind: str, contact: str) -> list[Object]:
        return [it for it in self.objects[kind].values() if ("contacts", contact) in it.links]

    def _make(self, kind: str, properties: Properties, links: set[tuple[str, str]]) -> Object:
        self.now += timedelta(seconds=1)
        made = Object(str(next(self.ids)), normal(kind, properties), self.now, self.now, links=links)
        self.objects[kind][made.id] = made
        return made

    # --- what it answers --------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        form = await fields_of(request)
        if form.get("grant_type") != "refresh_token" or not self.tokens.fits(form):
            return JSONResponse({"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}, 400)
        token = {"access_token": self.tokens.give(), "refresh_token": self.tokens.refresh_token}
        return JSONResponse(token | {"expires_in": self.tokens.lives_s, "token_type": "bearer"})

    async def _create(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        properties = normal(kind, body["properties"])
        refused = self._refused(kind, properties, REQUIRED.get(kind, set())) or self._taken(kind, properties)
        if refused:
            return refused
        links = set()
        for link in body.get("associations", ()):
            to = self._linked(kind, link)
            if to is None:
                return error(400, "VALIDATION_ERROR", "The association or the object it names does not exist")
            links.add(to)
        return JSONResponse(shown(self._make(kind, properties, links), None), 201)

    def _linked(self, kind: str, link: dict[str, Any]) -> tuple[str, str] | None:
        [named] = link["types"]
        for to, types in (("contacts", TO_CONTACT), ("tickets", TO_TICKET)):
            if types.get(kind) == named["associationTypeId"] and link["to"]["id"] in self.objects[to]:
                return to, link["to"]["id"]
        return None

    def _refused(self, kind: str, properties: Properties, required: set[str]) -> Response | None:
        unknown = properties.keys() - KNOWN[kind] - EVERYWHERE - OURS
        if unknown:
            return error(400, "VALIDATION_ERROR", f'Property values were not valid: PROPERTY_DOESNT_EXIST "{unknown}"')
        lacking = required - properties.keys()
        if lacking:
            return error(400, "VALIDATION_ERROR", f"Error creating {kind}. Some required properties were not set.")
        return None

    def _taken(self, kind: str, properties: Properties, but: str = "") -> Response | None:
        for name in UNIQUE.get(kind, tuple(OURS)):
            value = properties.get(name)
            for other in self.objects[kind].values():
                if value and other.properties.get(name) == value and other.id != but:
                    what = "Contact" if kind == "contacts" else "Object"
                    return error(409, "CONFLICT", f"{what} already exists. Existing ID: {other.id}")
        return None

    async def _change(self, request: Request) -> Response:
        kind, it = request.path_params["kind"], self._by_id(request)
        if it is None:
            return error(404, "OBJECT_NOT_FOUND", "resource not found")
        properties = normal(kind, (await request.json())["properties"])
        refused = self._refused(kind, properties, set()) or self._taken(kind, properties, but=it.id)
        if refused:
            return refused
        it.properties |= properties
        self.now += timedelta(seconds=1)
        it.changed = self.now
        return JSONResponse(shown(it, None))

    async def _read(self, request: Request) -> Response:
        it = self._by_id(request)
        if it is None:
            return error(404, "OBJECT_NOT_FOUND", "resource not found")
        wanted = request.query_params.get("properties")
        answer = shown(it, wanted.split(",") if wanted else None)
        if asked := request.query_params.get("associations"):
            kind = request.path_params["kind"]
            answer["associations"] = {
                to: {
                    "results": [
                        {"id": one, "type": f"{kind[:-1]}_to_{to[:-1]}"} for one in self._linked_to(kind, it, to)
                    ]
                }
                for to in asked.split(",")
            }
        return JSONResponse(answer)

    def _linked_to(self, kind: str, it: Object, to: str) -> list[str]:
        there = [other.id for other in self.objects[to].values() if (kind, it.id) in other.links]
        return there + [other for where, other in it.links if where == to]

    def _by_id(self, request: Request) -> Object | None:
        kind, value = request.path_params["kind"], request.path_params["id"]
        name = request.query_params.get("idProperty")
        if name:
            return next((it for it in self.objects[kind].values() if it.properties.get(name) == value), None)
        return self.objects[kind].get(value)

    async def _batch(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        found = [self.objects[kind].get(asked["id"]) for asked in body["inputs"]]
        results = [shown(it, body["properties"]) for it in found if it]
        return JSONResponse({"status": "COMPLETE", "results": results}, 200 if all(found) else 207)

    async def _links(self, request: Request) -> Response:
        kind, value, to = (request.path_params[name] for name in ("kind", "id", "to"))
        if value not in self.objects[kind]:
            return error(404, "OBJECT_NOT_FOUND", "resource not found")
        linked = self._linked_to(kind, self.objects[kind][value], to)
        label = {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}
        limit, start = int(request.query_params.get("limit", 100)), int(request.query_params.get("after", 0))
        page = [{"toObjectId": int(one), "associationTypes": [label]} for one in linked[start : start + limit]]
        return JSONResponse({"results": page} | paging(start + limit, len(linked)))

    async def _search(self, request: Request) -> Response:
        kind, body = request.path_params["kind"], await request.json()
        asked = [one["propertyName"] for group in body.get("filterGroups", ()) for one in group["filters"]]
        unknown = set(asked) - KNOWN[kind] - EVERYWHERE - OURS - {"associations.contact", "associations.ticket"}
        if unknown:
            return error(400, "VALIDATION_ERROR", f"There was a problem with the request: no property {unknown}")
        found = [it for it in self._indexed(kind) if self.faults.everybody or matches(it, body)]
        for sort in body.get("sorts", ()):
            found.sort(key=lambda it: value_of(it, sort["propertyName"]), reverse=sort["direction"] == "DESCENDING")
        limit, start = body.get("limit", 10), int(body.get("after") or 0)
        page = [shown(it, body.get("properties")) for it in found[start : start + limit]]
        return JSONResponse({"total": len(found), "results": page} | paging(start + limit, len(found)))

    def _indexed(self, kind: str) -> list[Object]:
        there = list(self.objects[kind].values())
        for it in there:
            it.searches += 1
        return [it for it in there if it.searches > self.lag]


# --- its rules ------------------------------------------------------------------------------------------------


def error(status: int, category: str, message: str) -> JSONResponse:
    body = {"status": "error", "message": message, "correlationId": "c0ffee", "category": category}
    return JSONResponse(body, status)


def paging(end: int, total: int) -> dict[str, Any]:
    return {"paging": {"next": {"after": str(end)}}} if end < total else {}


def normal(kind: str, properties: Properties) -> Properties:
    """E-mail addresses are kept in lower case; numbers are searchable without their country code."""
    kept = dict(properties)
    if kind == "contacts":
        if "email" in kept:
            kept["email"] = kept["email"].strip().lower()
        for name, index in (("phone", "phone"), ("mobilephone", "mobile")):
            if kept.get(name):
                kept[f"hs_searchable_calculated_{index}_number"] = national(kept[name])
    return kept


def national(number: str) -> str:
    try:
        return str(phonenumbers.parse(number, "CN").national_number)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", number)


def value_of(it: Object, name: str) -> str:
    stamps = {"hs_object_id": it.id, "createdate": stamp(it.created), "hs_createdate": stamp(it.created)}
    changed = {"hs_lastmodifieddate": stamp(it.changed), "lastmodifieddate": stamp(it.changed)}
    return (it.properties | stamps | changed).get(name, "")


def matches(it: Object, body: dict[str, Any]) -> bool:
    """Any group of which all filters hold; no group is everybody."""
    groups = body.get("filterGroups", ())
    return not groups or any(all(holds(it, one) for one in group["filters"]) for group in groups)


def holds(it: Object, one: dict[str, Any]) -> bool:
    name, operator = one["propertyName"], one["operator"]
    if name.startswith("associations."):
        linked = {other for kind, other in it.links if kind == f"{name.removeprefix('associations.')}s"}
        return operator == "EQ" and one["value"] in linked
    value = value_of(it, name).lower()
    match operator:
        case "EQ":
            return value == one["value"].lower()
        case "IN":
            return value in [each.lower() for each in one["values"]]
        case "CONTAINS_TOKEN":
            return one["value"].strip("*").lower() in value
        case "HAS_PROPERTY":
            return bool(value)
        case _:
            raise NotImplementedError(operator)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def shown(it: Object, wanted: list[str] | None) -> dict[str, Any]:
    """With the properties that were asked for; null for one that it does not have."""
    names = [*(wanted or ()), "hs_object_id", "createdate", "hs_lastmodifieddate"]
    properties = {name: value_of(it, name) or None for name in names}
    stamps = {"createdAt": stamp(it.created), "updatedAt": stamp(it.changed)}
    return {"id": it.id, "properties": properties, "archived": False} | stamps
