"""What is unsafe in a mapping, as far as the file alone shows it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from hub.crm.changes import SEVERAL
from hub.crm.rest.expressions import Expression
from hub.crm.rest.format import Create, EditedField, Mapping, Reading
from hub.crm.rest.places import READS
from hub.crm.rest.readings import parts_of

NEAR = {"127.0.0.1", "::1", "localhost"}


def unsafe(mapping: Mapping, base_url: str) -> Iterator[str]:
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in NEAR:
        yield "base_url: plain http: the key and customers' records can be read on the way. Use https"
    for place, how in _readings(mapping):
        if how.verify == "none":
            yield f"{place}: `verify: none`: if the CRM ignores the filter, agents see strangers' records"
    for place, way in _creates(mapping):
        if way.find is None and way.repeat == "find":
            yield (
                f"{place}: no `find`: after a broken connection nobody can tell whether it was written, and a person "
                "must look. Add `find`, or say `repeat: safe` if writing it again changes nothing"
            )
        elif way.repeat == "safe" and place != "add_insight" and not _same_again(way):
            yield f"{place}: `repeat: safe`, but the request never carries {{{{ mark }}}}: is it really an upsert?"
    update = mapping.update_ticket
    if update and update.comment is None and any("comment" in part.roots for part in parts_of(update.request)):
        yield (
            "update_ticket: the comment goes along with the status: after a broken connection nobody can tell whether "
            "it was written. Give it a `comment:` of its own, with `find`"
        )


def doubtful(mapping: Mapping) -> Iterator[str]:
    """Edits that would change more than the agent saw: a field of ours that is read from more, or less, than one."""
    how, record = mapping.update_customer, mapping.customer.record
    for field, rule in how.fields.items() if how else ():
        names = [rule.field] if isinstance(rule, EditedField) and isinstance(rule.field, str) else [rule]
        if not isinstance(names[0], str) or (isinstance(rule, EditedField) and rule.value is not None):
            continue
        for read in _expressions(getattr(record, field, None)):
            if field in SEVERAL and "$split" in read.text and names[0] in _last_words(read):
                yield (
                    f"update_customer.fields.{field}: `{names[0]}` holds several, and an edit would write the new one "
                    f"over all of them: give a `value` that keeps the others (`was`, `now`, `record` are known)"
                )
            elif field not in SEVERAL and len(read.paths) > 1:
                yield (
                    f"update_customer.fields.{field}: it is read from several fields (`{read.text}`), and an edit "
                    f"would write all of it into `{names[0]}`: clear the others in `request`, or leave it out"
                )


def _expressions(reads: object) -> list[Expression]:
    several = reads if isinstance(reads, list) else [reads]
    plain = (getattr(one, "value", one) for one in several)
    return [one for one in plain if isinstance(one, Expression)]


def _last_words(read: Expression) -> set[str]:
    return {str(path[-1]) for path in read.paths if path}


def _same_again(way: Create) -> bool:
    """Does sending it twice leave what sending it once leaves? It has our mark for a key, or sets what it names."""
    marked = any({"mark", "marker"} & part.roots for part in parts_of(way.request))
    return marked or way.request.method in ("PUT", "PATCH")


def _readings(mapping: Mapping) -> Iterator[tuple[str, Reading]]:
    for nth, how in enumerate(mapping.customer.look_up):
        yield f"customer.look_up[{nth}]", how
    for name in READS:
        reading = getattr(mapping, name)
        if reading is not None:
            yield name, reading


def _creates(mapping: Mapping) -> Iterator[tuple[str, Create]]:
    for name in ("create_ticket", "add_note", "add_task", "create_lead", "add_insight"):
        for way in getattr(mapping, name) or ():
            yield name, way
    if mapping.update_ticket is not None and mapping.update_ticket.comment is not None:
        yield "update_ticket.comment", mapping.update_ticket.comment
