"""Covers `onethread crm check`, `record` and `replay`: a stranger is led to a mapping that works and is safe."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.crm.rest.fixtures import EXCHANGES
from tests.crm.rest.acts import ACCESS_KEY, HERE, secrets
from tests.crm.rest.server import Crm
from tests.crm.rest.test_reference import BLOCKS

Run = Callable[..., tuple[int, str]]
FILE = HERE / "mappings" / "challenge.yaml"


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in secrets(url).items():
        monkeypatch.setenv(name, value)

    def ran(command: str, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["crm", command, *words])
        return done.exit_code, done.output

    return ran


def changed(folder: Path, before: str, after: str) -> str:
    path = folder / "crm.yaml"
    text = FILE.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    return str(path)


def test_a_mapping_that_works_is_shown_with_what_agents_would_see(run: Run) -> None:
    code, said = run("check", str(FILE), "--probe", "phone=138 0000 1234")
    assert code == 0, said
    assert "look-up by phone: found" in said
    assert 'name: "王丽"' in said
    assert "orders: 3 (3 came, 3 verified)" in said
    assert "by email: an unknown one finds nobody" in said
    assert "not mapped, so shown as not available: add_task" in said


def test_with_write_it_tries_each_write_and_says_what_it_left(run: Run, crm: Crm) -> None:
    code, said = run("check", str(FILE), "--probe", "external_id=cust_wang", "--write")
    assert code == 0, said
    for operation in ("create_ticket", "add_note", "create_lead"):
        assert f"{operation}: its answer lost, it was found by its mark" in said
    assert "update_ticket: changed to solved" in said
    assert "create_ticket: TT1" in said.partition("Left behind")[2]
    assert len(crm.tables["HelpDesk"]) == len(crm.tables["Leads"]) == 1


def test_a_status_is_tried_alone_where_comments_are_not_mapped(run: Run, tmp_path: Path, crm: Crm) -> None:
    text = FILE.read_text()
    start = text.index("  comment:\n", text.index("update_ticket:"))
    path = tmp_path / "crm.yaml"
    path.write_text(text[:start] + text[text.index("\n\n", start) + 1 :])
    code, said = run("check", str(path), "--probe", "external_id=cust_wang", "--write")
    assert code == 0, said
    assert "ok      update_ticket: changed to solved\n" in said
    assert "note    update_ticket: comments are not mapped" in said
    assert crm.tables["HelpDesk"][0]["ticketstatus"] == "Resolved"


def test_the_tutorials_mapping_passes_its_own_check(
    run: Run, tmp_path: Path, crm: Crm, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.tokens["key"] = float("inf")
    monkeypatch.setenv("ACME_URL", f"{url}/api")
    monkeypatch.setenv("ACME_KEY", "key")
    path = tmp_path / "acme.yaml"
    path.write_text("".join(BLOCKS[:3]))
    code, said = run("check", str(path), "--probe", "email=wang.li@example.com", "--write")
    assert (code, "update_ticket: changed to solved" in said) == (0, True), said


def test_a_comment_is_tried_alone_where_a_status_is_not_mapped(run: Run, tmp_path: Path, crm: Crm) -> None:
    text = FILE.read_text()
    start = text.index("  request:\n", text.index("update_ticket:"))
    path = tmp_path / "crm.yaml"
    path.write_text(text[:start] + text[text.index("  comment:\n", start) :])
    code, said = run("check", str(path), "--probe", "external_id=cust_wang", "--write")
    assert code == 0, said
    assert "ok      update_ticket: written, with a comment\n" in said
    assert "note    update_ticket: changes of the status are not mapped" in said


def test_a_look_up_without_verify_is_unsafe(run: Run, tmp_path: Path, crm: Crm) -> None:
    crm.mischief.add("ignores filters")
    code, said = run(
        "check", changed(tmp_path, "      verify: email\n", "      verify: none\n"), "--probe", "email=a@b.cn"
    )
    assert code == 1
    assert "UNSAFE  customer.look_up[1]: `verify: none`" in said
    assert "UNSAFE  look-up by email: an unknown one finds 5" in said


def test_a_filter_that_is_ignored_is_noticed(run: Run, crm: Crm) -> None:
    crm.mischief.add("ignores filters")
    _, said = run("check", str(FILE), "--probe", "external_id=cust_wang")
    assert "look-up by email: for an unknown one the CRM sent 5 records of others" in said
    assert "orders: for an unknown customer the CRM sent 4 records of others" in said


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("contact_id # equals", "sostatus # equals", "orders: 3 came, none is this customer's: `verify` read"),
        ("    placed_at: createdtime\n", "    placed_at: sostatus\n", '$time(..., "%d.%m.%Y %H:%M") reads others'),
        ("emails: email, company", "emails: cf_tags, company", "is read from several fields (`lastname & firstname`)"),
        ("surname: lastname", "surname: last_name", "surname: last_name is missing"),
        ('"B": gold, ', "", "`B` is not in the value map `tier`"),
        ("${CRM_LOGIN}\n          accessKey", "nobody\n          accessKey", "sign-in: "),
        ("  find: {among: tickets, mark: description}\n", "", "UNSAFE  create_ticket: no `find`"),
        ("elementType: HelpDesk", "elementType: HelpDesk\n      x: 1", "not mapped"),
    ],
)
def test_what_is_wrong_is_said(run: Run, tmp_path: Path, before: str, after: str, says: str) -> None:
    _, said = run("check", changed(tmp_path, before, after), "--probe", "external_id=cust_wang")
    assert says in said


def test_several_addresses_in_one_text_are_noticed(run: Run, tmp_path: Path, crm: Crm) -> None:
    for row in crm.tables["Contacts"]:
        row["cf_mails"] = row["email"] + ";second@example.com"
    file = changed(tmp_path, "      verify: email\n", "      verify: cf_mails\n")
    code, said = run("check", file, "--probe", "email=wang.li@example.com")
    assert (code, '`verify` read ["wang.li@example.com;second@example.com"]' in said) == (1, True)
    assert 'If that is several in one text: $split(..., ";")' in said


def test_other_spellings_of_a_number_are_proposed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text(FILE.read_text().replace("spellings: [e164, national, tail]", "spellings: [e164]"))
    _, said = run("check", str(path), "--probe", "phone=138 0000 1234")
    assert "look-up by phone: nobody found (e164). If the CRM has numbers otherwise" in said
    assert "`spellings: [e164, national, tail]`" in said


def test_a_list_that_may_go_on_is_noticed(run: Run, tmp_path: Path, crm: Crm) -> None:
    for nth in range(5):
        crm.add("ModComments", {"related_to": "12x1", "commentcontent": f"note {nth}"})
    _, said = run("check", str(FILE), "--probe", "external_id=cust_wang")
    assert "notes: 5 came, and no `pages` are mapped: does the list go on after them?" in said


def test_times_are_shown_as_they_are_understood(run: Run) -> None:
    """A wrong time zone is seen: these were 10:00 in Shanghai."""
    _, said = run("check", str(FILE), "--probe", "external_id=cust_wang")
    assert 'placed_at: "2026-11-22 02:00 UTC"' in said


def test_what_was_found_without_its_id_is_no_second_write(run: Run, tmp_path: Path, crm: Crm) -> None:
    """The answer to the create has another shape than the record: `id` reads the answer only."""
    path = tmp_path / "crm.yaml"
    text = FILE.read_text().replace("  item: result\n  id: id\n", "  id: result.id\n")
    path.write_text(text)
    code, said = run("check", str(path), "--probe", "external_id=cust_wang", "--write")
    assert (code, "written twice" in said, len(crm.tables["Leads"])) == (0, False, 1)
    assert "create_lead: what was found has no id: say `find: {id: ...}`" in said
    assert "add_note: what was found has no id" not in said, "the notes' own source_id says it"
    path.write_text(
        text.replace("    items: result\n    mark: description", "    items: result\n    id: id\n    mark: description")
    )
    _, said = run("check", str(path), "--probe", "external_id=cust_wang", "--write")
    assert "has no id" not in said


def test_a_find_that_finds_nothing_is_a_second_write(run: Run, tmp_path: Path, crm: Crm) -> None:
    file = changed(tmp_path, "LIKE '%{{ mark }}%'", "LIKE '%no{{ mark }}%'")
    code, said = run("check", file, "--probe", "external_id=cust_wang", "--write")
    assert (code, len(crm.tables["Leads"])) == (1, 2)
    assert "UNSAFE  create_lead: its answer lost, it was written twice. Does `find` ask for the right records" in said


def test_a_file_that_can_not_be_used_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    code, said = run("check", changed(tmp_path, "      verify: email\n", ""))
    assert (code, "customer.look_up[1].verify: missing" in said) == (2, True)


def test_secrets_that_are_not_set_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_ACCESS_KEY")
    code, said = run("check", str(FILE))
    assert (code, "not set: CRM_ACCESS_KEY" in said) == (2, True)


@pytest.mark.parametrize("probe", ["wang", "mail=x@y.z", "phone=hello", "email="])
def test_a_probe_that_is_none_is_explained(run: Run, probe: str) -> None:
    code, said = run("check", str(FILE), "--probe", probe)
    assert (code, "--probe" in said) == (2, True)


def test_a_recording_answers_where_the_crm_is_not_and_has_no_secrets(run: Run, tmp_path: Path, crm: Crm) -> None:
    code, said = run("record", str(FILE), "--probe", "phone=13800001234", "--into", str(tmp_path / "kept"))
    assert code == 0, said
    kept = (tmp_path / "kept" / EXCHANGES).read_text()
    assert ACCESS_KEY not in kept
    assert not any(session in kept for session in crm.sessions)
    asked = len(crm.seen)
    assert run("replay", str(FILE), str(tmp_path / "kept")) == (0, "The same as recorded.\n")
    assert len(crm.seen) == asked
    code, said = run("replay", changed(tmp_path, "surname: lastname", "surname: firstname"), str(tmp_path / "kept"))
    assert (code, '+    "surname": "丽"' in said) == (1, True)


def test_a_replay_without_a_recording(run: Run, tmp_path: Path) -> None:
    code, said = run("replay", str(FILE), str(tmp_path))
    assert (code, "there is no recording" in said) == (2, True)
