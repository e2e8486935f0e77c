"""docs/settings.md: every setting with its heading, from the one table in hub/settings.py."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hub.call_settings import CallSettings
from hub.settings import PREFIX, CrmSetting, Settings, Site, SiteKey

PAGE = """# Settings

<!-- Generated from hub/settings.py by `make generate`. Do not edit. -->

A setting is looked for in this order, and the first place that has it wins:

1. the environment: `{prefix}PORT=9000`;
2. a file that holds it, as containers like their secrets: `{prefix}REDIS_URL_FILE=/run/secrets/redis`;
3. the TOML file named by `{prefix}CONFIG` (default `./onethread.toml`): `port = 9000`;
4. the default.

Lists and tables are written as JSON in the environment: `{prefix}ORIGINS='["https://shop.example.com"]'`. A value
that is not allowed stops the start with the setting's name. So does a `{prefix}..._FILE` that can't be read, and a
key of the TOML file that is no setting. A name in the environment that looks like a setting and is none is passed over;
the log and `onethread doctor` say so.

{settings}

# CRMs

A connection to a CRM; the part after `crm.` is its name. The first is where customers are from; see
[crm.md](crm.md#several-crms).

```toml
[crm.tryton]
mapping = "tryton"                           # or the path of a mapping file of yours
for = ["customer", "notes", "add_note", "create_ticket", "update_ticket", "tickets"]

[crm.tryton.secrets]
TRYTON_PASSWORD = "..."

[crm.shop]
mapping = "shop.yaml"
for = ["orders", "shipments"]
account_ids = false
```

| `[crm.NAME]` | default | |
|---|---|---|
{crm}

# Sites

A site is a place that embeds the widget. The part after `sites.` is its id, the value of `data-site`.

```toml
[sites.acme]
name = "Acme"                                # or by language: name = {{ en = "Acme", zh-CN = "爱可美" }}
languages = ["en", "zh-CN"]
accent = "#0b6e4f"
origins = ["https://shop.example.com"]

[[sites.acme.keys]]
kid = "2026-11"
algorithm = "HS256"
secret = "at least 32 random bytes, shared with your backend"
```

| `[sites.ID]` | default | |
|---|---|---|
{site}

| `[[sites.ID.keys]]` | default | |
|---|---|---|
{key}
"""


def page() -> str:
    """The page's text."""
    # Those of calls are inherited, and come last.
    fields = sorted(Settings.model_fields.items(), key=lambda it: it[0] in CallSettings.model_fields)
    settings = "\n\n".join(_setting(name, field) for name, field in fields)
    return PAGE.format(prefix=PREFIX, settings=settings, crm=_rows(CrmSetting), site=_rows(Site), key=_rows(SiteKey))


def _setting(name: str, field: FieldInfo) -> str:
    allowed = _choices(field.annotation) or _range(field)
    rows = [f"`{PREFIX}{name.upper()}`, default {_default(field)}" + (f"; {allowed}" if allowed else "") + "."]
    return "\n\n".join([f"## {name}", field.description or "", *rows])


def _rows(model: type[BaseModel]) -> str:
    rows = model.model_fields.items()
    return "\n".join(f"| `{f.alias or n}` | {_default(f)} | {_about(f)} |" for n, f in rows)


def _about(field: FieldInfo) -> str:
    return " ".join(part for part in (field.description, _choices(field.annotation)) if part)


def _choices(annotation: Any) -> str:
    values = [v for v in get_args(annotation) if isinstance(v, str)]
    return "one of " + ", ".join(f"`{value}`" for value in values) if values else ""


def _range(field: FieldInfo) -> str:
    """The bounds in words, from the field's constraints."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    found = ((words[key], getattr(rule, key)) for rule in field.metadata for key in words if hasattr(rule, key))
    return ", ".join(f"{word} {bound:,}" if abs(bound) >= 10_000 else f"{word} {bound}" for word, bound in found)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "none" if field.default_factory else "*required*"
    match field.default:
        case "" | () | None:
            return "empty"
        case bool() as switch:
            return f"`{str(switch).lower()}`"
        case tuple() as several:
            return ", ".join(f"`{one}`" for one in several)
        case other:
            return f"`{other}`"
