"""BottleCRM without the hub: people by its own API, what was written by its database."""

import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.crm.cast import CUSTOMERS
from tests.crm.live.bottlecrm import PATIENCE_S, BottleCrm

ON = "JOIN contacts ON contacts.custom_fields->>'external_id' = %s"


class BottleAsked:
    name = "bottlecrm"
    edited = "company"

    def __init__(self, server: BottleCrm) -> None:
        self.server = server
        self.orders = {person["external_id"]: self._order(person["order"]) for person in CUSTOMERS}

    @classmethod
    def started(cls, home: Path) -> Self:
        server = BottleCrm.copied(home)
        server.start()
        return cls(server)

    @property
    def secrets(self) -> dict[str, str]:
        return self.server.secrets

    def end(self) -> None:
        self.server.end()

    def kill(self, how: signal.Signals) -> None:
        """The web server with its workers; the database lives on."""
        self.server.kill(how)

    def restart(self) -> None:
        self.server.serve()

    def add_person(self, person: Mapping[str, Any]) -> None:
        values = {
            "first_name": person["given"],
            "last_name": person["surname"],
            "email": person["email"],
            "phone": person["phone"],
            "custom_fields": {"external_id": person["external_id"]},
        }
        headers = {"Authorization": f"Bearer {self.server.token}"}
        url = f"{self.server.url}/api/contacts/"
        response = httpx.post(url, json=values, headers=headers, timeout=PATIENCE_S)
        assert response.is_success, response.text[:2000]

    def filterless(self, text: str, part: str) -> str:
        """The mapping file with filters that BottleCRM does not know, and ignores."""
        if part == "orders":
            return text.replace("query: {contact:", "query: {contract:")
        changed = text.replace("{cf_external_id:", "{xf_external_id:").replace("query: {email:", "query: {mail:")
        return changed.replace("{phone:", "{fone:").replace('limit: "20"', 'limit: "500"')

    # --- its database -------------------------------------------------------------------------------------------

    def _order(self, title: str) -> str:
        return str(self._ask("SELECT invoice_number FROM invoice WHERE invoice_title = %s", title)[0])

    def tickets(self, who: str) -> list[tuple[str, str]]:
        """Without the word that makes their names differ."""
        of = 'FROM "case" c JOIN case_contacts l ON l.case_id = c.id'
        rows = self._rows(f"SELECT c.name, c.status {of} {ON} AND l.contact_id = contacts.id", who)
        return [(re.sub(r" \[ot[0-9a-f]{6}\]$", "", name), status) for name, status in rows]

    def comments(self, who: str) -> list[str]:
        of = "FROM comment JOIN case_contacts l ON l.case_id = comment.object_id"
        return self._ask(f"SELECT comment.comment {of} {ON} AND l.contact_id = contacts.id", who)

    def notes(self, who: str) -> list[str]:
        return self._ask(f"SELECT comment FROM comment {ON} AND comment.object_id = contacts.id", who)

    def tasks(self, who: str) -> list[str]:
        of = "FROM task JOIN task_contacts l ON l.task_id = task.id"
        return self._ask(f"SELECT task.title {of} {ON} AND l.contact_id = contacts.id", who)

    def leads(self, name: str, contact: str) -> int:
        where = "first_name = %s AND %s IN (email, phone)"
        return len(self._ask(f"SELECT id FROM lead WHERE {where}", name, contact))

    def tags(self, who: str) -> list[str]:
        of = "FROM tags JOIN contacts_tags l ON l.tags_id = tags.id"
        return self._ask(f"SELECT tags.name {of} {ON} AND l.contact_id = contacts.id", who)

    def noticed(self, who: str) -> list[str]:
        fields = (f"custom_fields->>'onethread_{what}'" for what in ("intent", "sentiment", "urgency", "language"))
        of = "FROM contacts WHERE custom_fields->>'external_id' = %s"
        [held] = self._rows(f"SELECT {', '.join(fields)} {of}", who)
        return [str(value) for value in held if value is not None]

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        return self.server.database.ask("bottlecrm", statement, *values)

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        return [row[0] for row in self._rows(statement, *values)]
