"""Covers hub/crm/rest/load.py and places.py: every mistake is named with its line, its place, and what to write."""

import pytest

from hub.crm.rest.load import BadMapping, load, loads, secrets_of
from tests.crm.rest.acts import HERE

FILE = HERE / "mappings" / "challenge.yaml"
TEXT = FILE.read_text()

# What is changed in a file that is right -> where the mistake is, and what is said about it.
MISTAKES = [
    ("      verify: cf_account\n", "", "customer.look_up[0].verify", "Without it a CRM that ignores the filter"),
    ("      items: result\n", "      itms: result\n", "customer.look_up[0].itms", "did you mean `items`?"),
    ("verify: cf_account\n", "verify: cf_account &\n", "customer.look_up[0].verify", "Unexpected end"),
    ("$split(cf_tags, ", "$split(cf_tags, /,/, ", "customer.record.tags", "regular expressions are refused"),
    ("points: cf_points", "points: $eval(cf_points)", "customer.record.points", "$eval is refused"),
    ("email = {{ email }}", "email = {{ emial }}", "customer.look_up[1].request", "did you mean `email`?"),
    ("email = {{ email }}", "email = 'x'", "customer.look_up[1].request", "it would find anybody"),
    (
        '{$vtql: "SELECT * FROM Contacts WHERE email',
        '{$vtq: "SELECT * FROM Contacts WHERE email',
        "query.query",
        "$vtql",
    ),
    ("title: Challenge CRM", "title: Challenge CRM\ntitle: x", "title", "it stands here twice"),
    ("""'error.code & ": " & error.message'""", 'error.code & ": " & error.message', "file", "in quotes"),
    ("kind: login", "kind: logn", "auth", "one of none, header, basic, query, oauth2, login"),
    ("auth:\n  kind: login", "auht:\n  kind: login", "auth", "such as `auth: {kind: header"),
    ("values: tier}", "values: teir}", "customer.record.tier.values", "did you mean `tier`?"),
    ('"A": platinum', '"A": diamond', "values.tier", "there are standard, silver, gold, platinum"),
    (
        "{{ customer.id }}\n          LIMIT",
        "{{ customer.id \n          LIMIT",
        "orders.request.query.query",
        "does not end",
    ),
    ("LIKE '%{{ phone }}'", 'LIKE \\"%{{ phone }}\\"', "customer.look_up[2]", "without quotes"),
    ("time_zone: Asia/Shanghai", "time_zone: Asia/Shanghi", "time_zone", "such as Asia/Shanghai"),
    ("{{ body }}\\n\\n{{ mark }}", "{{ body }}", "create_ticket.request", "it never carries {{ mark }}"),
    ("LIMIT {{ page.offset }}, {{ page.size }}", "", "orders.request", "it never uses {{ page.offset }}"),
    ("$not(success)", "$nto(success)", "answers.error_when", "did you mean $not?"),
    ("size: 100", "size: many", "orders.pages.size", "valid integer"),
    ("- by: external_id", "- by: wechat_id", "customer.look_up", "one of them must be `by: external_id`"),
    ('  current: $split(cf_tags, ",")\n', "", "tag", "they would be lost"),
    (
        'WHERE contact_id = {{ customer.id }};"}\n  items: result\n  verify: contact_id\n  record:\n    source_id',
        "WHERE contact_id = '1';\"}\n  items: result\n  verify: contact_id\n  record:\n    source_id",
        "tickets.request",
        "it never says whose",
    ),
    ("changed]) }}", "{}]) }}", "update_customer.request", "nothing would be changed"),
    ("base_url: ${CRM_URL}", "base_url: crm.example.com", "base_url", "begins with https://"),
    ("by: offset, size", "by: cursor, size", "orders.pages", "needs `next`"),
]


def test_a_file_that_is_right_is_loaded() -> None:
    assert load(FILE).title == "Challenge CRM"
    assert secrets_of(load(FILE)) == {"CRM_URL", "CRM_LOGIN", "CRM_ACCESS_KEY"}


@pytest.mark.parametrize(("before", "after", "place", "says"), MISTAKES, ids=[m[2] + "-" + m[3][:20] for m in MISTAKES])
def test_a_mistake_is_named_with_its_place_and_what_to_write(before: str, after: str, place: str, says: str) -> None:
    assert before in TEXT
    changed = TEXT.replace(before, after, 1)
    with pytest.raises(BadMapping) as bad:
        loads(changed, "crm.yaml")
    told = str(bad.value)
    assert says in told
    assert any(place in problem.place or place in problem.says for problem in bad.value.problems)
    line = bad.value.problems[0].line
    assert told.startswith(f"crm.yaml:{line}: ")
    assert 0 < line <= changed.count("\n") + 1


def test_several_mistakes_are_named_at_once() -> None:
    with pytest.raises(BadMapping) as bad:
        loads(TEXT.replace("time_zone: Asia/Shanghai", "time_zone: X").replace("{{ email }}", "{{ emial }}"))
    assert len(bad.value.problems) >= 2


def test_words_of_yaml_are_words() -> None:
    """`no`, `on` and dates would be other things in YAML 1.1."""
    changed = TEXT.replace('{"A": platinum,', "{no: platinum, on: gold, 2026-11-22: silver,")
    assert list(loads(changed).values["tier"].to_hub)[:3] == ["no", "on", "2026-11-22"]


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(BadMapping, match="aliases"):
        loads("\n".join(lines))


@pytest.mark.parametrize("text", ["", "just words", "- a list", "\t- {"])
def test_what_is_no_mapping_at_all(text: str) -> None:
    with pytest.raises(BadMapping):
        loads(text)
