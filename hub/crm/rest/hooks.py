"""Webhooks: is it the CRM that calls, and what does it say has changed?"""

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args
from urllib.parse import quote

from hub.crm.rest.drift import problem_of
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format_hooks import News, Signature
from hub.crm.rest.marks import marks_in
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import BadValue, decoded, text
from hub.crm.rest.wiring import Unreadable, Wiring
from hub.model.crm import CrmNews, Order, Shipment, Ticket
from hub.model.errors import BadRequest, CrmLacks, CrmRefused, Forbidden, NotFound

MOST_DEEP = 100  # lists and objects in one another: how deep the parser and JSONata can go depends on who calls them
STATUSES: Mapping[str, tuple[str, ...]] = {
    "ticket": get_args(Ticket.model_fields["status"].annotation),
    "order": get_args(Order.model_fields["status"].annotation),
    "shipment": get_args(Shipment.model_fields["status"].annotation),
}


class Hook:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    async def news(self, headers: Mapping[str, str], body: bytes, now: int) -> list[CrmNews]:
        """Header names are lower-case; `now` is epoch ms. What the file does not map says nothing.

        A change that can't be read is left out, and is drift: it would be as odd when the CRM calls again.
        Raises Forbidden when the signature is wrong or too old, BadRequest for a body that is no JSON or goes too deep,
        CrmLacks, and CrmUnavailable where a record that is to be fetched can't be for the moment: the CRM calls again.
        """
        hooks = self._wiring.mapping.hooks
        if hooks is None:
            raise CrmLacks("webhooks")
        scope = self._wiring.scope("news")
        how = hooks.signature
        url = str(how.url.path(scope)) if how.url else called_at(self._wiring.name, headers)
        check(how, how.secret.header(scope), headers, body, now, url)
        try:
            told = decoded(_shallow(json.loads(body)), self._wiring.mapping.types)
        except (ValueError, RecursionError, ExpressionFailed):
            raise BadRequest("the webhook's body can't be read as JSON") from None
        return [one for rule in hooks.news for one in await self._by(rule, told, scope, now)]

    async def _by(self, rule: News, told: Any, scope: Scope, now: int) -> list[CrmNews]:
        names = {**scope.functions, "body": told}
        try:
            given = rule.items.on(told, names)
        except ExpressionFailed as problem:
            self._wiring.findings.drift("news", rule.items.text, problem_of(problem))
            return []
        found = []
        for item in given if isinstance(given, list) else [] if given is None else [given]:
            if rule.when is None or rule.when.holds(item, names):
                one = await self._one(rule, item, scope, names, now)
                found += [one] if one else []
        return found

    async def _one(self, rule: News, item: Any, scope: Scope, names: dict[str, Any], now: int) -> CrmNews | None:
        record = item
        if rule.fetch is not None:
            below = Scope({**scope.names, "item": item}, scope.functions, scope.secrets)
            try:
                taken = await self._wiring.taken("news", [rule.fetch], below)
            except NotFound:
                return None  # it is gone already
            except (BadRequest, CrmRefused):  # its id is none that a request could carry, or we may not read this one
                self._wiring.findings.drift("news", rule.kind, "incomplete")
                return None
            except Unreadable:  # told as drift where it was read
                return None
            record = {"item": item, **{name: taken.names.get(name) for name in rule.fetch.take}}
        return await self._read(rule, record, names, now)

    async def _read(self, rule: News, record: Any, names: dict[str, Any], now: int) -> CrmNews | None:
        def word(expression: Expression | None) -> str:
            return text(expression.on(record, names)) if expression else ""

        try:
            status, whose = word(rule.status), word(rule.external_id)
            marks = marks_in(rule.mark.on(record, names)) if rule.mark else []
            at = self._wiring.reader.times.instant(rule.at.on(record, names)) if rule.at else now
            ref, key, more = word(rule.ref), word(rule.id), word(rule.text)
        except (BadValue, ExpressionFailed) as problem:
            self._wiring.findings.drift("news", rule.kind, problem_of(problem))
            return None
        if not (whose and ref and key) or status not in STATUSES[rule.kind]:
            self._wiring.findings.drift("news", rule.kind, "incomplete")
            return None
        owner = await self._wiring.references.owner_of(self._wiring.name, whose) or whose
        echo = await self._wiring.references.marker_of(self._wiring.name, marks[0]) if marks else ""
        return CrmNews(
            kind=rule.kind, external_id=owner, ref=ref, status=status, text=more, at=at or now, id=key, echo_of=echo
        )


def _shallow(told: Any) -> Any:
    """`told` itself. Raises ValueError: it goes too deep."""
    level = [told]
    for _ in range(MOST_DEEP):
        level = [below for one in level for below in _within(one)]
        if not level:
            return told
    raise ValueError("too deep")


def _within(one: Any) -> Iterable[Any]:
    return one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()


# --- signatures ---------------------------------------------------------------------------------------------


def called_at(name: str, headers: Mapping[str, str]) -> str:
    """The address by which a connection's CRM calls. A Host that is not true makes no signature right."""
    return f"https://{headers.get('host', '')}/api/v1/crm/{quote(name)}/news"


def check(how: Signature, secret: str, headers: Mapping[str, str], body: bytes, now: int, url: str = "") -> None:
    """`url`: where it was called, for those who sign that too. Raises Forbidden. A blank secret lets nobody in."""
    if not secret:
        raise Forbidden("the webhook's secret is not set")
    if how.kind == "standard_webhooks":
        _standard(how, secret, headers, body, now)
        return
    given = headers.get(how.header.lower(), "")
    if how.kind == "token":
        _same([given.removeprefix(how.prefix)], secret)
        return
    at, signatures = _parts(how, given, headers)
    if at or "{t}" in how.signed:
        _fresh(at, how.tolerance_s, now)
    # The body comes last: what stands in it is nobody's placeholder.
    signed = how.signed.replace("{t}", at).replace("{url}", url).encode().replace(b"{body}", body)
    _same(signatures, _digest(secret.encode(), signed, how.algorithm, how.encoding))


def _parts(how: Signature, given: str, headers: Mapping[str, str]) -> tuple[str, list[str]]:
    """When it was signed ("" = it does not say), and the signatures: while a secret is changed there are two."""
    at = headers.get(how.time_header.lower(), "") if how.time_header else ""
    if not how.parts:
        return at, [given.removeprefix(how.prefix)]
    pairs = [part.strip().partition("=") for part in given.split(",")]
    at = next((value for name, _, value in pairs if name == "t"), at)
    return at, [value for name, _, value in pairs if name.startswith("v")]


def _standard(how: Signature, secret: str, headers: Mapping[str, str], body: bytes, now: int) -> None:
    """https://www.standardwebhooks.com: `id.timestamp.body`, base64, `v1,...` several with blanks between."""
    key, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    _fresh(at, how.tolerance_s, now)
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"))
    except ValueError:
        raise Forbidden("the webhook's secret is no Standard Webhooks secret") from None
    wanted = _digest(raw, f"{key}.{at}.".encode() + body, "sha256", "base64")
    given = headers.get("webhook-signature", "").split()
    _same([one.removeprefix("v1,") for one in given if one.startswith("v1,")], wanted)


def _fresh(at: str, tolerance_s: int, now: int) -> None:
    try:
        seconds = float(at)
    except ValueError:
        raise Forbidden("the webhook does not say when it was signed") from None
    seconds = seconds / 1000 if seconds > 100_000_000_000 else seconds
    if abs(now / 1000 - seconds) > tolerance_s:
        raise Forbidden("the webhook is too old")


def _digest(secret: bytes, signed: bytes, algorithm: str, encoding: str) -> str:
    made = hmac.new(secret, signed, algorithm)
    return base64.b64encode(made.digest()).decode() if encoding == "base64" else made.hexdigest()


def _same(given: list[str], wanted: str) -> None:
    if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given):
        raise Forbidden("the webhook's signature is wrong")
