"""Every setting, in one table: name, default, one sentence. `docs/settings.md` is generated from it.

Order of precedence: environment (`ONETHREAD_NAME`), a file holding a secret (`ONETHREAD_NAME_FILE`), the TOML file
(`ONETHREAD_CONFIG`, default `./onethread.toml`), the default.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hub.call_settings import CallSettings

PREFIX = "ONETHREAD_"
ORIGIN = r"^https?://[a-z0-9.:\[\]-]+$"  # as browsers write it: no path, no slash at the end, no wildcard
# As hub/model/crm.py; the settings know nothing of the model.
Capability = Literal[
    "customer",
    "orders",
    "shipments",
    "points",
    "tickets",
    "notes",
    "create_ticket",
    "update_ticket",
    "add_note",
    "add_task",
    "create_lead",
    "tag",
    "add_insight",
    "update_customer",
]


class SiteKey(BaseModel):
    """A key that a site's or app's backend signs customer tokens with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str
    algorithm: Literal["HS256", "ES256", "EdDSA"] = "HS256"
    secret: SecretStr = Field(description="The HS256 secret (at least 32 bytes), or the PEM public key.")


class Site(BaseModel):
    """A place that embeds the widget: `[sites.ID]` in the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | dict[str, str] = Field(
        min_length=1,
        description='What customers read: one text, or one by language, `{ en = "Acme", zh-CN = "爱可美" }`.',
    )
    languages: tuple[str, ...] = ("en", "zh-CN")
    accent: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$", description="Brand colour, `#rrggbb`.")
    origins: tuple[str, ...] = Field(default=(), description="Origins that may embed the widget, matched exactly.")
    realm: str = Field(default="default", description="Sites of one realm share their customers' account ids.")
    keys: tuple[SiteKey, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """language -> name; empty when it has one name for all."""
        return self.name if isinstance(self.name, dict) else {}

    def name_in(self, locale: str) -> str:
        """The name for this language tag; the first one for a language without its own."""
        if isinstance(self.name, str):
            return self.name
        return self.named_in(locale) or next(iter(self.name.values()))

    def named_in(self, locale: str) -> str:
        """The name of its own that a language has ("zh" serves "zh-CN", too), or nothing."""
        return next((name for tag, name in self.names.items() if _language(tag) == _language(locale)), "")


class CrmSetting(BaseModel):
    """A connection to a CRM: `[crm.NAME]` in the TOML file. The first is where customers are from."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    mapping: str = Field(
        default="local",
        description="`local` for the embedded CRM (then NAME is `local`, too), the path of a mapping file, or one that "
        "comes along: `tryton`, `bottlecrm`, `hubspot`, `salesforce`.",
    )
    title: str = Field(default="", description="What agents read; empty = NAME.")
    used_for: tuple[Capability, ...] = Field(
        default=(), alias="for", description="What this CRM is used for; empty = all that it can."
    )
    account_ids: bool = Field(
        default=True, description="The `sub` of customers' tokens is this CRM's own id of them, and it is asked by it."
    )
    deadline_s: float | None = Field(
        default=None, gt=0, description="How long a conversation's context waits for it; empty = `crm_s`."
    )
    secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="What stands for `${NAME}` in the mapping file; one that is not here is looked for in the "
        "environment, as `NAME` or, in a file, `NAME_FILE`.",
    )


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()


class Settings(CallSettings):
    """Raises pydantic.ValidationError that names the setting when a value is not allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(default=Path("data"), description="Where the embedded store and SQLite files live.")
    redis_url: str = Field(
        default="",
        repr=False,
        description="Redis or Valkey >= 7.2: `redis://`, `unix://`, `redis+sentinel://` or `redis+cluster://` "
        "(`rediss` for TLS); empty = the embedded store in `data_dir`.",
    )
    key_prefix: str = Field(
        default="ot", description="First part of every key, so that several hubs can share a store."
    )
    shards: int = Field(default=16, ge=1, le=1024, description="Number of shards; fixed for the life of a store.")
    durability: Literal["memory", "fsync", "replicated"] = Field(
        default="fsync", description="What must hold before a sender gets its ack."
    )
    replicas: int = Field(default=1, ge=1, le=5, description="Replicas that must have an append at `replicated`.")
    durable_timeout_s: float = Field(
        default=2.0, gt=0, description="Longest wait for durability; then a retryable error."
    )
    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port that `serve` listens on; 0 = any free one.")
    public_url: str = Field(
        default="", description="The address customers and agents use, e.g. https://talk.example.com."
    )
    wire: Literal["lean", "asgi"] = Field(
        default="lean", description="Socket path: the lean protocol object, or plain Starlette."
    )
    origins: tuple[str, ...] = Field(
        default=(), description="Further origins allowed to open sockets (the public URL is)."
    )
    assist_origins: tuple[Annotated[str, Field(pattern=ORIGIN)], ...] = Field(
        default=(), description="Origins whose pages (your CRM's) may embed the assist panel, matched exactly."
    )
    trusted_proxies: str = Field(
        default="", description="Addresses whose X-Forwarded-* headers are believed; comma-separated."
    )
    requests_per_10s: int = Field(default=60, ge=1, description="Requests that one customer socket may send in 10 s.")
    staff_requests_per_10s: int = Field(default=300, ge=1, description="The same for an agent's socket.")
    tickets_per_min: int = Field(default=120, ge=1, description="Tickets that one address may ask for in a minute.")
    queue_frames: int = Field(
        default=256, ge=8, description="Frames that may wait for a slow reader before it is closed (4213)."
    )
    queue_bytes: int = Field(default=1 << 20, ge=65_536, description="Bytes that may wait for a slow reader.")
    max_sockets: int = Field(default=20_000, ge=1, description="Sockets per process; more are told `overloaded`.")
    drain_s: float = Field(
        default=5.0, ge=0, description="Clients of a stopping process reconnect spread over this time."
    )
    reservation_s: float = Field(default=20.0, gt=0, description="How long an agent is asked before the next one is.")
    missed_offers: int = Field(
        default=3, ge=0, description="So many offers in a row that an agent lets pass set them to *away*; 0 = never."
    )
    presence_s: float = Field(
        default=30.0, gt=0, description="An agent not heard of for so long is gone; theirs is given back."
    )
    bot_s: float = Field(default=8.0, gt=0, description="The bot's deadline; after it a person is called.")
    queue_notice_s: float = Field(default=60.0, gt=0, description="Waiting longer, a customer is offered other ways.")
    files_dir: Path | None = Field(
        default=None,
        description="Where files are kept that people send each other. Empty: in the data directory. Several serving "
        "processes share one.",
    )
    file_bytes: int = Field(
        default=20 << 20, ge=1, le=2**32, description="Size of the largest file that may be sent, in bytes."
    )
    greet_again_s: float = Field(
        default=1800.0, ge=0, description="A returning customer is greeted anew after this time."
    )
    bot_idle_min: float = Field(
        default=60.0, ge=0, description="A session left with the bot ends after so long without a word; 0 = never."
    )
    agent_idle_h: float = Field(
        default=72.0, ge=0, description="So does one whose customer never came back to an agent's answer; 0 = never."
    )
    archive_days: float = Field(
        default=30.0,
        ge=0,
        description="A conversation that nobody touched for so long leaves Redis for the archive; 0 = never.",
    )
    archive_url: str = Field(
        default="",
        description="The archive's database, `postgresql+psycopg://...` or `sqlite:///...`. Empty: SQLite in the data "
        "directory with the embedded store, and no archive with a store of your own.",
    )
    crm_s: float = Field(default=2.0, gt=0, description="Deadline for the CRM's context when a customer connects.")
    crm_cache_s: float = Field(default=60.0, ge=0, description="Age up to which a CRM context is used again.")
    crm_url: str = Field(
        default="",
        description="Database in which it is remembered what was sent to CRMs behind a mapping file, as SQLAlchemy has "
        "it: `postgresql+psycopg://...` when working processes run on several machines. Empty: SQLite in the data "
        "directory.",
    )
    crm_hidden: tuple[str, ...] = Field(
        default=(),
        description="What of a CRM context only supervisors and admins see: fields of the customer such as `points`, "
        "`custom` or `custom.vip`, or `orders`, `tickets`, `notes` as a whole.",
    )
    login_hours: float = Field(default=12.0, gt=0, description="Life of an agent's login session.")
    agent_capacity: int = Field(
        default=4, ge=1, le=50, description="Conversations an agent holds at once, unless set otherwise."
    )
    demo: bool = Field(default=False, description="Serve the demo shop and its sample customers. Never in production.")
    admin_host: str = Field(default="127.0.0.1", description="Address of the admin port; keep it inside.")
    admin_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port for `/metrics`, `/livez` and `/readyz`; 0 = none. In `up`, `work` has the next one, `media` "
        "the one after, `voice` the fourth.",
    )
    log: Literal["text", "json"] = Field(
        default="text", description="Shape of the log lines; also of the one that says why nothing starts."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least weighty lines that are written; `debug` tells of each socket and job."
    )
    otlp_url: str = Field(
        default="",
        description="Collector for traces, OpenTelemetry over HTTP, such as `http://collector:4318`; empty = none. "
        "Needs `pip install 'onethread[otel]'`.",
    )
    crm: dict[str, CrmSetting] = Field(
        default_factory=dict, description="Connections to CRMs, by name; none = the embedded one."
    )
    sites: dict[str, Site] = Field(default_factory=dict, description="The sites that embed the widget, by id.")

    @property
    def archive(self) -> str:
        """ "" = no archive: with a store of your own, a file on each machine would hold part of the conversations."""
        file = self.data_dir.absolute() / "archive.sqlite3"
        return self.archive_url or ("" if self.redis_url else f"sqlite:///{file}")

    @field_validator("crm")
    @classmethod
    def _connections(cls, crm: dict[str, CrmSetting]) -> dict[str, CrmSetting]:
        """Names stand in addresses, ids and metrics; there is one embedded CRM, and its records say `local`."""
        for name, setting in crm.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name):
                raise ValueError(f"{name}: a name is lower-case letters, digits, - and _, at most 40")
            if (name == "local") != (setting.mapping == "local"):
                raise ValueError(
                    f"{name}: `local` is the embedded CRM, and it is called so; others name a mapping file"
                )
        return crm

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls), _toml(settings_cls)


def _toml(settings_cls: type[BaseSettings]) -> TomlConfigSettingsSource:
    """Raises OSError when a file was named and is not there, ValueError when it is no TOML or names no setting of ours.

    (Of the environment not all is ours that begins so: Kubernetes adds to it by the names of services.)
    """
    named = os.environ.get(PREFIX + "CONFIG")
    path = Path(named or "onethread.toml")
    if named and not path.is_file():
        raise FileNotFoundError(f"{PREFIX}CONFIG: there is no file {named}")
    try:
        source = TomlConfigSettingsSource(settings_cls, toml_file=path)
    except TOMLDecodeError as problem:
        raise ValueError(f"{path}: {problem}") from problem
    for name in source.toml_data:
        if name not in settings_cls.model_fields:
            like = get_close_matches(name, settings_cls.model_fields, n=1)
            raise ValueError(f"{path}: {name} is not a setting{f'; did you mean {like[0]}?' if like else ''}")
    return source


def misspelt(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """What stands in the environment, is no setting and looks like one: the name, and which setting it looks like.

    It is no error: of the environment not all is ours that begins so. Unsaid, the hub would run with a default.
    """
    ours = {"CONFIG", *(name.upper() + end for name in Settings.model_fields for end in ("", "_FILE"))}
    written = sorted(name for name in environ if name.upper().startswith(PREFIX))
    others = [(name, name.upper().removeprefix(PREFIX)) for name in written]
    return [
        (name, PREFIX + near[0])
        for name, its in others
        if its not in ours and (near := get_close_matches(its, ours, n=1, cutoff=0.8))
    ]


class SecretFiles(PydanticBaseSettingsSource):
    """`ONETHREAD_REDIS_URL_FILE=/run/secrets/redis` reads the setting from that file, as containers like it.

    Raises OSError when a named file can't be read: a missing secret must not become an empty one; ValueError when it
    should hold a list or a table and is no JSON.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(name)
        if not path:
            return None, field_name, False
        try:
            held = Path(path).read_text().strip()
        except OSError as problem:
            raise OSError(f"{name}: {problem}") from problem
        try:
            return self.prepare_field_value(field_name, field, held, False), field_name, False
        except ValueError:
            raise ValueError(f"{name}: lists and tables are written as JSON") from None

    def __call__(self) -> dict[str, Any]:
        found = {n: self.get_field_value(f, n)[0] for n, f in self.settings_cls.model_fields.items()}
        return {n: v for n, v in found.items() if v is not None}
