"""Covers hub/transport/generate: the generated files are current, well formed, and say what the models say."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from hub.model.events import Audience, MessageCreated
from hub.transport import frames, hub_frames
from hub.transport.generate import asyncapi, openapi, tables
from hub.transport.generate.catalogue import events, registry
from hub.transport.generate.outputs import every_output, stale, write
from hub.transport.generate.schemas import join
from hub.transport.http.api import Api
from hub.transport.http.crm_api import CrmApi
from hub.transport.http.demo import Demo
from hub.transport.http.files import FilesApi
from hub.transport.http.health import health_routes
from hub.transport.http.recordings import RecordingsApi

ROOT = Path(__file__).parents[2]
ULID = "01JD3ZK8Q4M5N6P7R8S9T0V1W2"
Json = dict[str, Any]


def everything_in(node: Any) -> Iterator[Json]:
    """Each object of a JSON document, however deep."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from everything_in(child)


def resolve(document: Json, reference: str) -> Any:
    """What a local reference points at; KeyError when it points at nothing."""
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step.replace("~1", "/")]
    return place


def checker(document: Json, name: str) -> Draft7Validator:
    """A validator of one message's payload in the AsyncAPI document."""
    registry = Registry().with_resource("doc:", Resource.from_contents(document, default_specification=DRAFT7))
    payload = f"doc:#/components/messages/{name}/payload"
    return Draft7Validator({"$ref": payload}, registry=registry)


# --- kept current -----------------------------------------------------------------------------------------


def test_every_generated_file_is_current() -> None:
    assert stale(ROOT) == [], "run `make generate`"


def test_a_changed_file_is_noticed_and_mended(tmp_path: Path) -> None:
    for path in every_output(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    changed = [tmp_path / "docs/protocol/errors.md", tmp_path / "docs/protocol/README.md"]
    for path in changed:
        path.write_text(path.read_text().replace("|---|", "|----|", 1))
    (tmp_path / "static/sdk/errors.js").unlink()
    expected = sorted([*changed, tmp_path / "static/sdk/errors.js"])
    assert sorted(stale(tmp_path)) == expected
    assert sorted(write(tmp_path)) == expected
    assert stale(tmp_path) == []


def test_a_page_without_its_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="requests"):
        tables.filled("# a page without markers")


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="Note"):
        join({"Note": {"type": "object"}}, {"Note": {"type": "string"}})


# --- AsyncAPI ---------------------------------------------------------------------------------------------


def test_asyncapi_has_the_required_parts_and_no_dangling_reference() -> None:
    document = asyncapi.document()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for node in everything_in(document):
        if isinstance(node.get("$ref"), str):
            resolve(document, node["$ref"])


def test_asyncapi_operations_use_messages_of_their_own_channel() -> None:
    for operation in asyncapi.document()["operations"].values():
        channel = operation["channel"]["$ref"]
        assert operation["action"] in ("send", "receive")
        for message in operation["messages"] + operation.get("reply", {}).get("messages", []):
            assert message["$ref"].startswith(channel + "/messages/")


def test_asyncapi_schemas_are_json_schemas() -> None:
    for schema in asyncapi.document()["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_every_request_is_in_a_union_and_in_the_document() -> None:
    known = {str(frames.Hello), *map(str, frames.Request.__subclasses__())}
    listed = {str(spec.model) for spec in asyncapi.requests()}
    assert known <= listed
    assert {f"request.{spec.name}" for spec in asyncapi.requests()} <= asyncapi.document()["components"][
        "messages"
    ].keys()


def test_a_request_is_judged_as_the_hub_judges_it() -> None:
    check = checker(asyncapi.document(), "request.message.post")
    good = {"t": "message.post", "id": ULID, "d": {"content": {"kind": "text", "text": "你好"}}}
    check.validate(good)
    for wrong in (
        {"id": "no-ulid"},
        {"d": {}},
        {"t": "message.read"},
        {"d": {"content": {"kind": "text", "text": ""}}},
    ):
        with pytest.raises(ValidationError):
            check.validate(good | wrong)


def test_an_event_frame_has_the_body_of_its_type() -> None:
    check = checker(asyncapi.document(), "event.message.created")
    body = MessageCreated.model_validate({"id": ULID, "content": {"kind": "text", "text": "hi"}})
    frame = hub_frames.EventFrame(
        conversation="c1",
        seq=3,
        at=1,
        type="message.created",
        id=ULID,
        by={"kind": "customer", "id": "c1", "name": ""},
        channel="web",
        d=body.model_dump(mode="json"),
    ).model_dump(mode="json")
    check.validate(frame)
    with pytest.raises(ValidationError):
        check.validate(frame | {"type": "note.added"})
    with pytest.raises(ValidationError):
        check.validate(frame | {"d": {"id": ULID}})


def test_a_customer_is_told_no_staff_event() -> None:
    document = asyncapi.document()
    told = document["channels"]["customer"]["messages"].keys()
    assert not told & {"hub.inbox", "hub.context", "hub.integrations", "hub.call.quality", "hub.guest.over"}
    for name, body in events().items():
        assert (f"event.{name}" in told) == (body.audience is Audience.EVERYONE)
        assert f"event.{name}" in document["channels"]["agent"]["messages"]


def test_a_guest_asks_and_is_told_of_one_call_and_nothing_else() -> None:
    named = asyncapi.document()["channels"]["guest"]["messages"].keys()
    asked = {name.removeprefix("request.") for name in named if name.startswith("request.")}
    assert {"call.join", "call.hangup", "rtc.description", "hello", "ping"} <= asked
    assert {name.partition(".")[0] for name in asked} == {"call", "consent", "rtc", "stats", "hello", "ping"}
    assert not asked & {"call.request", "call.invite", "call.supervise", "calls.list", "message.post", "history"}
    told = {name for name in named if name.startswith("event.")}
    assert {"event.message.created", "event.call.joined", "event.consent.requested"} <= told
    assert "hub.guest.over" in named
    assert not named & {"hub.inbox", "hub.context", "hub.integrations", "hub.call.quality", "hub.typing"}
    assert not told & {"event.call.supervised", "event.call.noted", "event.call.said", "event.call.transcribed"}


# --- OpenAPI ----------------------------------------------------------------------------------------------


def test_openapi_is_whole() -> None:
    document = openapi.document()
    assert document["openapi"].startswith("3.1.")
    for node in everything_in(document):
        if isinstance(node.get("$ref"), str):
            resolve(document, node["$ref"])
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_openapi_operations_are_named_once_and_declare_their_parameters() -> None:
    seen: set[str] = set()
    for path, methods in openapi.document()["paths"].items():
        for operation in methods.values():
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert declared == {part.strip("{}") for part in path.split("/") if part.startswith("{")}
            assert operation["responses"]


def served() -> set[tuple[str, str]]:
    """Method and path of what is served beside the pages. Routes only name handlers, so nothing has to be built."""
    api: Any = Api
    crm: Any = CrmApi
    routes = [*api(*[None] * 11).routes(), *health_routes({}), *Demo([], {}, [], [], str).routes()]
    routes += crm(*[None] * 6).routes()
    files: Any = FilesApi
    films: Any = RecordingsApi
    routes += [*files(None).routes(), *films(None, None).routes()]
    return {(method, route.path) for route in routes for method in (route.methods or ()) if method != "HEAD"}


def test_openapi_describes_what_is_served() -> None:
    described = {(m.upper(), path) for path, methods in openapi.document()["paths"].items() for m in methods}
    assert described <= served()
    # OPTIONS is what browsers ask by themselves before they send.
    assert {(m, p) for m, p in served() if not p.startswith("/demo/") and m != "OPTIONS"} <= described


# --- JavaScript -------------------------------------------------------------------------------------------


def run_module(tmp_path: Path, name: str, expression: str) -> Any:
    """The value of a JavaScript expression over a generated module, called `it`, as Node sees it."""
    shutil.copy(ROOT / "static/sdk" / f"{name}.js", tmp_path / f"{name}.mjs")
    script = f'import * as it from "./{name}.mjs"; console.log(JSON.stringify({expression}))'
    (tmp_path / "run.mjs").write_text(script)
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30)
    return json.loads(done.stdout)


def test_errors_js_is_the_registry(tmp_path: Path) -> None:
    rows = run_module(tmp_path, "errors", "it.ERRORS")
    assert rows == {
        e.code: {"sentence": e.sentence, "retry": e.retry, "http": e.http, "close": e.close} for e in registry()
    }


def test_an_unknown_error_code_counts_as_internal(tmp_path: Path) -> None:
    codes = ["conflict", "from_the_future", "toString"]
    found = run_module(tmp_path, "errors", f"{json.dumps(codes)}.map((code) => it.errorOf(code).http)")
    assert found == [409, 500, 500]


def test_protocol_js_knows_what_follows_each_close_code(tmp_path: Path) -> None:
    codes = [4000, 4001, 4009, 4099, 4100, 4129, 4200, 4213, 1006, 1012]
    found = run_module(tmp_path, "protocol", f"{json.dumps(codes)}.map(it.afterClose)")
    expected = ["stop", "ticket", "stop", "stop", "backoff", "backoff", "resume", "resume", "backoff", "backoff"]
    assert found == expected


def test_protocol_js_has_the_numbers_of_the_models(tmp_path: Path) -> None:
    it = run_module(tmp_path, "protocol", "it")
    assert it["PROTOCOL"] == frames.PROTOCOL
    assert it["FRAME_BYTES"] == frames.FRAME_BYTES
    assert it["CLOSE"] == {e.code: e.close for e in registry() if e.close and "close" in vars(e)}
    assert set(it["EVENTS"]) | set(it["STAFF_EVENTS"]) == set(events())
    assert not set(it["EVENTS"]) & set(it["STAFF_EVENTS"])


def test_error_codes_and_close_codes_are_named_once() -> None:
    codes = [error.code for error in registry()]
    closes = [error.close for error in registry() if error.close and "close" in vars(error)]
    assert len(codes) == len(set(codes))
    assert len(closes) == len(set(closes))
