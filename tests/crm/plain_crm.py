"""A small CRM as a process of its own: `python -m tests.crm.plain_crm PORT FILE`. It may be killed at any moment.

What it was told is in FILE (SQLite) before it answers, and between the two it takes its time: whoever is killed there
leaves a row that nobody was told of. It knows filters, a bearer token, and nothing about idempotency.
"""

import json
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "word"
DAWDLES_S = 0.02
MAPPING = """
mapping: 1
title: Plain CRM
base_url: ${PLAIN_URL}
auth: {kind: header, header: Authorization, value: "Bearer ${PLAIN_TOKEN}"}
limits: {timeout_s: 5, tries: 2, per_s: 1000, failures: 50, pause_s: 1}
customer:
  look_up:
    - by: email
      request: {path: /customers, query: {email: "{{ email }}"}}
      items: results
      verify: email
    - by: external_id
      request: {path: /customers, query: {id: "{{ external_id }}"}}
      items: results
      verify: id
  record: {external_id: id, source_id: id, name: name, emails: [email]}
tickets:
  request: {path: /tickets, query: {customer: "{{ customer.id }}"}}
  items: results
  verify: customer
  record: {source_id: id, number: id, subject: title, body: text, status: status, created_at: at}
create_ticket:
  find: {among: tickets, mark: text}
  request:
    method: POST
    path: /tickets
    json: {customer: "{{ customer.id }}", title: "{{ subject }}", text: "{{ body }} {{ mark }}", status: open}
  id: id
update_ticket:
  request: {method: PATCH, path: "/tickets/{{ ticket.id }}", json: {status: "{{ status }}"}}
"""


def database(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=10, isolation_level=None)
    base.execute("pragma journal_mode = wal")
    base.execute("create table if not exists customers (id text primary key, email text, name text)")
    base.execute(
        "create table if not exists tickets (id integer primary key, customer text, title text, text text,"
        " status text, at text default '2026-11-25T02:00:00Z')"
    )
    return base


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file: Path

    def log_message(self, *_: object) -> None:
        return

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _known(self) -> bool:
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not known:
            self._answer(401, {"message": "who are you?"})
        return known

    def do_GET(self) -> None:
        if not self._known():
            return
        url = urlsplit(self.path)
        asked = {k: v for k, v in parse_qsl(url.query) if k in ("id", "email", "customer")}
        table = "customers" if url.path == "/customers" else "tickets"
        where = " and ".join(f"{column} = ?" for column in asked) or "1"
        base = database(self.file)
        base.row_factory = sqlite3.Row
        rows = base.execute(f"select * from {table} where {where}", list(asked.values())).fetchall()
        base.close()
        self._answer(200, {"results": [dict(row) | {"id": str(row["id"])} for row in rows]})

    def do_POST(self) -> None:
        self._change("insert into tickets (customer, title, text, status) values (:customer, :title, :text, :status)")

    def do_PATCH(self) -> None:
        self._change(f"update tickets set status = :status where id = {int(self.path.rpartition('/')[2])}")

    def _change(self, statement: str) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._known():
            return
        base = database(self.file)
        made = base.execute(statement, given).lastrowid
        base.close()
        time.sleep(DAWDLES_S)
        self._answer(201, {"id": str(made)})


def main(port: int, file: Path) -> None:
    Handler.file = file
    ThreadingHTTPServer.request_queue_size = 128
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
