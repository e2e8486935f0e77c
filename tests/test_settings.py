"""Covers hub/settings.py: where a setting comes from, what is said of a wrong one, and that each does something."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub.settings import PREFIX, Settings, Site, SiteKey, misspelt

HUB = Path(__file__).parents[1] / "hub"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and an empty directory."""
    import os

    for name in [n for n in os.environ if n.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **env: str) -> Settings:
    for name, value in env.items():
        monkeypatch.setenv(PREFIX + name, value)
    return Settings()


# --- where they come from ---------------------------------------------------------------------------------


def test_environment_then_file_then_toml_then_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings().port == 8080
    (tmp_path / "onethread.toml").write_text("port = 1\n")
    assert Settings().port == 1
    (tmp_path / "port").write_text("2\n")
    assert given(monkeypatch, PORT_FILE=str(tmp_path / "port")).port == 2
    assert given(monkeypatch, PORT="3").port == 3
    assert Settings(port=4).port == 4


def test_another_toml_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "onethread.toml").write_text("port = 1\nshards = 2\n")
    (tmp_path / "other.toml").write_text("port = 9\n")
    settings = given(monkeypatch, CONFIG=str(tmp_path / "other.toml"))
    assert (settings.port, settings.shards) == (9, 16), "it is instead of the default one, not besides"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("REDIS_ULR", "REDIS_URL"),
        ("REDISURL", "REDIS_URL"),
        ("redis_ulr", "REDIS_URL"),
        ("DURABILTY", "DURABILITY"),
        ("ORIGIN", "ORIGINS"),
        ("RECORDINGS_KEY_FILE", "RECORDING_KEY_FILE"),
        ("CONFG", "CONFIG"),
    ],
)
def test_a_name_in_the_environment_that_looks_like_a_setting_and_is_none(written: str, meant: str) -> None:
    assert misspelt({PREFIX + written: "x"}) == [(PREFIX + written, PREFIX + meant)]


def test_settings_and_what_kubernetes_says_of_a_service_are_not_misspelt() -> None:
    ours = {f"{PREFIX}{name.upper()}{end}" for name in Settings.model_fields for end in ("", "_FILE")}
    kubernetes = {"PORT_80_TCP", "PORT_80_TCP_ADDR", "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP"}
    others = {"DEMO_SHOP", "BACKUP_BUCKET", "VERSION"}
    assert (
        misspelt(dict.fromkeys({*ours, PREFIX + "CONFIG", *(PREFIX + it for it in kubernetes | others), "PATH"}, "x"))
        == []
    )


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_can_come_from_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    others: dict[str, Any] = {
        "data_dir": "elsewhere",
        "redis_url": "redis://h",
        "key_prefix": "x",
        "durability": "memory",
        "host": "::1",
        "public_url": "https://a.example",
        "wire": "asgi",
        "origins": ["https://a.example"],
        "assist_origins": ["https://crm.example"],
        "trusted_proxies": "10.0.0.1",
        "demo": True,
        "log": "json",
        "log_level": "debug",
        "sites": {"shop": {"name": "Shop"}},
        "crm": {"shop": {"mapping": "shop.yaml"}},
        "crm_hidden": ["points"],
        "calls": "off",
        "supervision_announced": "agents",
        "calls_ice_policy": "relay",
        "stun_urls": ["stun:stun.example.com"],
        "turn_urls": ["turn:turn.example.com"],
        "turn_secret": "shared",
        "janus_url": "ws://janus:8188",
        "janus_secret": "shared",
        "janus_create_key": "to make them",
        "janus_parties": 5,
        "media_hosts": ["127.0.0.1"],
        "media_ports": "41000-41003",
        "media_addresses": ["203.0.113.5", "2001:db8::5"],
        "media_outlet": "203.0.113.5",
    }
    if name.startswith("janus_"):
        monkeypatch.setenv(PREFIX + "JANUS_URL", "ws://elsewhere")
        monkeypatch.setenv(PREFIX + "JANUS_SECRET", "another")
    default = getattr(Settings(), name)
    other = others.get(name, default + 1 if isinstance(default, int | float) else None)
    raw = other if isinstance(other, str) else json.dumps(other)
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", raw)
    from_environment = getattr(Settings(), name)
    monkeypatch.delenv(f"{PREFIX}{name.upper()}")
    (tmp_path / "held").write_text(raw + "\n")
    monkeypatch.setenv(f"{PREFIX}{name.upper()}_FILE", str(tmp_path / "held"))
    assert default != from_environment == getattr(Settings(), name)


@pytest.mark.parametrize(
    ("missing", "given_ones"),
    [
        ("janus_secret", {"JANUS_URL": "ws://janus:8188"}),
        ("janus_url", {"JANUS_SECRET": "shared"}),
        ("janus_url", {"JANUS_CREATE_KEY": "to make them"}),
        ("janus_url", {"JANUS_URL": "ws://janus:8188", "JANUS_SECRET": "shared", "CALLS": "off"}),
        ("janus_url", {"JANUS_URL": "http://janus:8088", "JANUS_SECRET": "shared"}),
    ],
)
def test_half_a_janus_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, missing: str, given_ones: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match=missing):
        given(monkeypatch, **given_ones)


def test_the_table_of_sites(tmp_path: Path) -> None:
    (tmp_path / "onethread.toml").write_text(
        """
        [sites.shop]
        name = "Shop"
        languages = ["zh-CN"]
        accent = "#2f6f5e"
        origins = ["https://shop.example.com"]
        realm = "group"
        [[sites.shop.keys]]
        kid = "one"
        secret = "first secret"
        [[sites.shop.keys]]
        kid = "two"
        algorithm = "EdDSA"
        secret = "second secret"
        [sites.other]
        name = "Other"
        """
    )
    sites = Settings().sites
    shop = sites["shop"]
    assert (shop.name, shop.languages, shop.accent, shop.realm) == ("Shop", ("zh-CN",), "#2f6f5e", "group")
    assert shop.origins == ("https://shop.example.com",)
    assert [(k.kid, k.algorithm, k.secret.get_secret_value()) for k in shop.keys] == [
        ("one", "HS256", "first secret"),
        ("two", "EdDSA", "second secret"),
    ]
    assert sites["other"] == Site(name="Other")


def test_a_site_has_one_name_or_one_by_language() -> None:
    one = Site(name="Acme")
    assert (one.names, one.name_in("zh-CN"), one.name_in("")) == ({}, "Acme", "Acme")
    several = Site(name={"en": "Acme", "zh": "爱可美"})
    assert [several.name_in(tag) for tag in ("zh-CN", "ZH-hans", "en-GB", "de", "")] == [
        "爱可美",
        "爱可美",
        "Acme",
        "Acme",
        "Acme",
    ]
    assert (several.named_in("zh-TW"), several.named_in("de")) == ("爱可美", "")
    with pytest.raises(ValidationError):
        Site(name={})


# --- what is said of a wrong one --------------------------------------------------------------------------

WRONG = {
    "PORT": ["-1", "65536", "eighty", "", "1.5"],
    "SHARDS": ["0", "1025", "many"],
    "DURABILITY": ["disk", ""],
    "REPLICAS": ["0", "6"],
    "DURABLE_TIMEOUT_S": ["0", "-1", "soon"],
    "WIRE": ["fast"],
    "REQUESTS_PER_10S": ["0"],
    "STAFF_REQUESTS_PER_10S": ["0"],
    "TICKETS_PER_MIN": ["0", "x"],
    "QUEUE_FRAMES": ["7"],
    "QUEUE_BYTES": ["65535"],
    "MAX_SOCKETS": ["0"],
    "DRAIN_S": ["-0.1"],
    "RESERVATION_S": ["0"],
    "PRESENCE_S": ["0"],
    "BOT_S": ["0"],
    "QUEUE_NOTICE_S": ["0"],
    "GREET_AGAIN_S": ["-1"],
    "CRM_S": ["0"],
    "CRM_CACHE_S": ["-1"],
    "LOGIN_HOURS": ["0"],
    "AGENT_CAPACITY": ["0", "51"],
    "DEMO": ["perhaps"],
    "LOG": ["xml"],
    "MEDIA_PORTS": ["x", "40000-", "70000", "2-1"],
    "MEDIA_HOSTS": ["[]", '["localhost"]'],
    "MEDIA_ADDRESSES": ['["relay.example.com"]', '["203.0.113.5:40000"]'],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_a_wrong_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        given(monkeypatch, **{name: value})
    assert [e["loc"] for e in refused.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize(
    ("sites", "where"),
    [
        ({"shop": {}}, ("sites", "shop", "name")),
        ({"shop": {"name": "S", "accent": "green"}}, ("sites", "shop", "accent")),
        ({"shop": {"name": "S", "keys": [{"kid": "k"}]}}, ("sites", "shop", "keys", 0, "secret")),
        ({"shop": {"name": "S", "keys": [{"secret": "hunter2"}]}}, ("sites", "shop", "keys", 0, "kid")),
        (
            {"shop": {"name": "S", "keys": [{"kid": "k", "secret": "hunter2", "algorithm": "none"}]}},
            ("sites", "shop", "keys", 0, "algorithm"),
        ),
    ],
    ids=str,
)
def test_a_wrong_site_is_named_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, sites: dict[str, Any], where: tuple[Any, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        given(monkeypatch, SITES=json.dumps(sites))
    assert [e["loc"] for e in refused.value.errors()] == [where]
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(refused.value)


@pytest.mark.parametrize("name", ["ORIGINS", "SITES"])
def test_a_list_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name.lower()):
        given(monkeypatch, **{name: "https://a.example"})
    monkeypatch.delenv(PREFIX + name)
    (tmp_path / "held").write_text("https://a.example")
    with pytest.raises(ValueError, match=f"{PREFIX}{name}_FILE"):
        given(monkeypatch, **{name + "_FILE": str(tmp_path / "held")})


def test_a_file_that_was_named_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing secret must not become an empty one, nor a missing configuration the default one."""
    for name in ("REDIS_URL_FILE", "CONFIG"):
        with pytest.raises(OSError, match=PREFIX + name):
            given(monkeypatch, **{name: str(tmp_path / "nowhere")})
        monkeypatch.delenv(PREFIX + name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 9000", r"onethread\.toml: prot is not a setting; did you mean port\?"),
        ("zzzz = 1", r"onethread\.toml: zzzz is not a setting$"),
        ('[sites.acme]\nname = "Acme"\norgins = ["https://a.example"]', r"sites\.acme\.orgins"),
        ('[crm.acme]\nmaping = "tryton"', r"crm\.acme\.maping"),
    ],
)
def test_a_misspelt_name_in_the_toml_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "onethread.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        Settings()


def test_a_broken_toml_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "onethread.toml").write_text("port = = 1")
    with pytest.raises(ValueError, match=r"onethread\.toml: .*line 1"):
        Settings()


def test_the_command_says_each_of_them_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    from hub.cli import settings_or_exit

    for name, value in (("SITES", "nope"), ("CONFIG", "nowhere.toml"), ("LOG", "xml"), ("PORT_FILE", "nowhere")):
        monkeypatch.setenv(PREFIX + name, value)
        with pytest.raises(typer.Exit):
            settings_or_exit()
        said = capsys.readouterr().err
        assert name.lower() in said.lower()
        assert said.count("\n") == 1
        monkeypatch.delenv(PREFIX + name)


# --- what they must not do --------------------------------------------------------------------------------


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = SiteKey(kid="k", secret="hunter2")  # type: ignore[arg-type]
    settings = given(
        monkeypatch,
        REDIS_URL="redis://:hunter2@10.0.0.5",
        SITES=json.dumps({"shop": {"name": "S", "keys": [{"kid": "k", "secret": "hunter2"}]}}),
    )
    for shown in (repr(settings), str(settings), f"{settings.sites}", repr(key), str(settings.sites["shop"])):
        assert "hunter2" not in shown
    assert settings.redis_url == "redis://:hunter2@10.0.0.5"


def test_settings_do_not_change_while_it_runs() -> None:
    for it in (Settings(), Site(name="a")):
        with pytest.raises(ValidationError):
            it.name = "b"  # type: ignore[union-attr,misc]


# --- each of them does something --------------------------------------------------------------------------


def read_attributes() -> set[str]:
    """Every `it.NAME` that our code reads, outside of the table itself and of what only describes it."""
    described = (HUB / "settings.py", *(HUB / "transport" / "generate").glob("*.py"), *(HUB / "doctor").glob("*.py"))
    trees = [ast.parse(path.read_text()) for path in HUB.rglob("*.py") if path not in described]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def read_settings() -> set[str]:
    """Every `settings.NAME` (or `self._settings.NAME`), and every `self.NAME` of the table's own properties."""
    found: set[str] = set()
    for path in HUB.rglob("*.py"):
        if "doctor" in path.parts or "generate" in path.parts:
            continue
        whose = "self" if path.name == "settings.py" else "settings"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(whose):
                found.add(node.attr)
    return found


def test_the_archive_is_a_file_beside_the_embedded_store_or_what_is_named(tmp_path: Path) -> None:
    own, ours = f"sqlite:///{tmp_path}/archive.sqlite3", "redis://store:6379"
    named = "postgresql+psycopg://hub@db/onethread"
    assert Settings(data_dir=tmp_path).archive == own
    assert Settings(data_dir=tmp_path, redis_url=ours).archive == ""
    assert Settings(data_dir=tmp_path, redis_url=ours, archive_url=named).archive == named


def test_no_setting_is_dead() -> None:
    assert set(Settings.model_fields) - read_settings() == set()


def test_no_field_of_a_site_is_dead() -> None:
    assert {*Site.model_fields, *SiteKey.model_fields} - read_attributes() == set()


def test_every_setting_is_described_and_has_a_default() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert not field.is_required(), name


@pytest.mark.parametrize("wrong", ["https://crm.example/", "https://*.example", "crm.example", "https://a b", "*", ""])
def test_an_origin_is_written_as_browsers_write_it(wrong: str) -> None:
    """It becomes part of a policy: neither a path nor a wildcard, nor a second word."""
    assert Settings(assist_origins=("https://crm.example:8443", "http://[::1]:80")).assist_origins
    with pytest.raises(ValidationError, match="assist_origins"):
        Settings(assist_origins=(wrong,))
