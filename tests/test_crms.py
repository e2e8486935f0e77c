"""Covers hub/crms.py and the settings `[crm.NAME]`: which CRMs there are, and what is said of a wrong one."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub.crms import named, open_crms, references_url
from hub.model.crm import CustomerKeys
from hub.model.errors import BadRequest
from hub.settings import CrmSetting, Settings
from tests.crm.plain_crm import MAPPING


def with_crms(settings: Settings, **crms: dict[str, Any]) -> Settings:
    found = {name: CrmSetting.model_validate(crm) for name, crm in crms.items()}
    return settings.model_copy(update={"crm": found})


def now() -> int:
    return 1_795_572_000_000


@pytest.fixture
def plain(tmp_path: Path) -> str:
    file = tmp_path / "plain.yaml"
    file.write_text(MAPPING)
    return str(file)


async def test_without_a_setting_the_embedded_one_is_used_for_everything(settings: Settings) -> None:
    async with open_crms(settings, now) as crms:
        [local] = crms.connections
        assert (local.name, local.kind, local.does("create_ticket"), local.deadline_s) == ("local", "local", True, 2.0)
        await local.crm.find_customer(CustomerKeys(external_id="x"))
        assert crms.vitals[0].calls == {("find_customer", "ok"): 1}
    assert not Path(settings.data_dir / "crm_references.sqlite3").exists()


async def test_several_in_their_order_each_for_what_it_is_used_for(
    settings: Settings, plain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAIN_URL", "https://crm.example")
    secret = tmp_path / "token"
    secret.write_text("from a file\n")
    monkeypatch.setenv("PLAIN_TOKEN_FILE", str(secret))
    shop = {"mapping": plain, "for": ["customer", "tickets"], "deadline_s": 0.5, "account_ids": False}
    async with open_crms(with_crms(settings, shop=shop, local={"title": "Ours"}), now) as crms:
        first, second = crms.connections
        assert (first.name, first.title, first.kind, first.account_ids) == ("shop", "Plain CRM", "rest", False)
        assert (first.deadline_s, first.hook) == (0.5, None)
        assert (first.does("tickets"), first.does("create_ticket"), second.does("create_ticket")) == (True, False, True)
        assert (second.title, crms.breakers()) == ("Ours", {"shop": "closed", "local": "closed"})
        assert crms.connections.first("customer") is first


async def test_a_secret_of_the_settings_goes_before_the_environment(
    settings: Settings, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_URL", "no address")
    shop = {"mapping": plain, "secrets": {"PLAIN_URL": "https://crm.example", "PLAIN_TOKEN": "x"}}
    async with open_crms(with_crms(settings, shop=shop), now) as crms:
        assert [each.name for each in crms.connections] == ["shop"]


async def test_a_secret_that_is_nowhere_stops_the_start_with_its_name(settings: Settings, plain: str) -> None:
    with pytest.raises(BadRequest, match=r"PLAIN_TOKEN, PLAIN_URL"):
        async with open_crms(with_crms(settings, shop={"mapping": plain}), now):
            pass


async def test_so_does_a_mapping_file_that_is_wrong(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("mapping: 1\ntitle: x\n")
    with pytest.raises(BadRequest, match=r"wrong\.yaml"):
        async with open_crms(with_crms(settings, shop={"mapping": str(file)}), now):
            pass


@pytest.mark.parametrize(
    "crm",
    [
        {"shop": {}},
        {"local": {"mapping": "shop.yaml"}},
        {"Shop": {"mapping": "shop.yaml"}},
        {"a/b": {"mapping": "shop.yaml"}},
        {"shop": {"mapping": "shop.yaml", "for": ["everything"]}},
        {"shop": {"mapping": "shop.yaml", "deadline_s": 0}},
    ],
)
def test_a_connection_that_can_not_be_is_refused(crm: Any) -> None:
    with pytest.raises(ValidationError):
        Settings(crm=crm)


def test_the_toml_file_names_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onethread.toml").write_text(
        '[crm.shop]\nmapping = "shop.yaml"\nfor = ["orders"]\n[crm.shop.secrets]\nTOKEN = "s3cret"\n[crm.local]\n'
    )
    settings = Settings()
    assert list(named(settings)) == ["shop", "local"]
    assert settings.crm["shop"].used_for == ("orders",)
    assert "s3cret" not in repr(settings)


def test_what_was_sent_is_remembered_beside_the_rest_or_where_all_machines_reach_it(settings: Settings) -> None:
    assert references_url(settings) == f"sqlite:///{settings.data_dir}/crm_references.sqlite3"
    elsewhere = settings.model_copy(update={"crm_url": "postgresql+psycopg://crm"})
    assert references_url(elsewhere) == "postgresql+psycopg://crm"
