"""Tryton without the hub: people by its own API, what was written by its database file."""

import base64
import contextlib
import json
import re
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.crm.cast import CUSTOMERS
from tests.crm.live.tryton import PATIENCE_S, Tryton

WHO = "(SELECT party FROM party_identifier WHERE code = ?)"


class TrytonAsked:
    name = "tryton"
    edited = "name"
    orders: Mapping[str, str] = {person["external_id"]: person["order"] for person in CUSTOMERS}

    def __init__(self, server: Tryton) -> None:
        self.server = server

    @classmethod
    def started(cls, home: Path) -> Self:
        server = Tryton(home)
        server.start()
        return cls(server)

    @property
    def secrets(self) -> dict[str, str]:
        return self.server.secrets

    def end(self) -> None:
        self.server.end()

    def kill(self, how: signal.Signals) -> None:
        self.server.end(how)

    def restart(self) -> None:
        self.server.start()

    def add_person(self, person: Mapping[str, Any]) -> None:
        mechanisms = [{"type": "email", "value": person["email"]}, {"type": "mobile", "value": person["phone"]}]
        values = {
            "name": person["name"],
            "identifiers": [["create", [{"code": person["external_id"]}]]],
            "contact_mechanisms": [["create", mechanisms]],
        }
        context = base64.urlsafe_b64encode(json.dumps({"company": 1}).encode()).decode()
        headers = {"Authorization": f"bearer {self.server.seed['key']}", "X-Tryton-Context": context}
        url = f"{self.server.url}/crm/rest/model/party.party"
        response = httpx.post(url, json=values, headers=headers, timeout=PATIENCE_S)
        assert response.is_success, response.text[:2000]

    def filterless(self, text: str, part: str) -> str:
        """The mapping file with filters that Tryton does not know, and ignores."""
        [before, of_orders, after] = re.split(r"(?m)^(?=orders:|shipments:)", text)
        if part == "orders":
            return before + re.sub(r"\bd:", "filter:", of_orders) + after
        return re.sub(r"\bd:", "filter:", before).replace('s: "20"', 's: "500"') + of_orders + after

    # --- its database -------------------------------------------------------------------------------------------

    def tickets(self, who: str) -> list[tuple[str, str]]:
        rows = self._rows(f"SELECT description, state FROM sale_complaint WHERE customer = {WHO} ORDER BY id", who)
        return [(description.partition("\n")[0], state) for description, state in rows]

    def comments(self, who: str) -> list[str]:
        theirs = f"SELECT 'sale.complaint,' || id FROM sale_complaint WHERE customer = {WHO}"
        return self._ask(f"SELECT message FROM ir_note WHERE resource IN ({theirs})", who)

    def notes(self, who: str) -> list[str]:
        return self._ask(f"SELECT message FROM ir_note WHERE resource = 'party.party,' || {WHO}", who)

    def tasks(self, who: str) -> list[str]:
        """Tryton has none."""
        return []

    def leads(self, name: str, contact: str) -> int:
        where = "description = ? AND instr(comment, ?) > 0"
        return len(self._rows(f"SELECT id FROM sale_opportunity WHERE {where}", name, contact))

    def tags(self, who: str) -> list[str]:
        of = 'FROM party_category c JOIN "party_party-party_category" l ON l.category = c.id'
        return self._ask(f"SELECT c.name {of} WHERE c.parent IS NULL AND l.party = {WHO}", who)

    def noticed(self, who: str) -> list[str]:
        """Notes of their own: Tryton has no fields for it."""
        [*told] = [note for note in self.notes(who) if note.startswith("OneThread insight ")]
        return [line.partition(": ")[2] for note in told for line in note.splitlines()[1:]]

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.server.home / "crm.sqlite", timeout=PATIENCE_S)) as database:
            return database.execute(statement, values).fetchall()

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        return [row[0] for row in self._rows(statement, *values)]
