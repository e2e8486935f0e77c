"""The mapping file's `hooks`: webhooks of the CRM."""

from typing import Literal

from pydantic import Field

from hub.crm.rest.format_records import Expression, Part, Template
from hub.crm.rest.format_requests import WHOLE, Step


class Signature(Part):
    """How a webhook proves that the CRM sent it."""

    kind: Literal["hmac", "standard_webhooks", "token"] = Field(
        description="`hmac` over `signed`; Standard Webhooks; or a fixed secret in the header."
    )
    header: str = Field(default="", description="Which header has it.")
    secret: Template = Field(description="For example `${CRM_HOOK_SECRET}`.")
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field(default="", description="What stands before it, such as `sha256=`.")
    signed: str = Field(default="{body}", description="What is signed: `{body}`, `{t}.{body}`, `POST{url}{body}{t}`.")
    url: Template | None = Field(
        default=None,
        description="`{url}`: the address that the CRM was given. Without it, https, the Host that it called and the "
        "hub's path for this connection.",
    )
    time_header: str = Field(default="", description="Where `{t}` comes from, if not from `t=` in the header.")
    parts: bool = Field(default=False, description="The header is a list such as `t=1700000000,v1=abc,v1=def`.")
    tolerance_s: int = Field(default=300, ge=1, description="How old `{t}` may be.")


class News(Part):
    """What a webhook tells. Expressions are on each item; `$body` is the whole."""

    when: Expression | None = Field(default=None, description="False: this is not about that.")
    items: Expression = Field(default=WHOLE, description="Where the changes are in the body: a list, or one.")
    fetch: Step | None = Field(default=None, description="For a webhook that has only ids: reads the record.")
    kind: Literal["ticket", "order", "shipment"]
    external_id: Expression = Field(description="Whose it is; an id of the CRM's own is found again, too.")
    ref: Expression = Field(description="The ticket's or order's number.")
    status: Expression = Field(description="What it is now: `$to_hub('ticket_status', status)`.")
    text: Expression | None = Field(default=None, description="More, in words.")
    at: Expression | None = Field(default=None, description="When; else now.")
    id: Expression = Field(description="Unique for each change.")
    mark: Expression | None = Field(
        default=None, description="A text in which our mark stands, if the change was ours."
    )


class Hooks(Part):
    """Webhooks of the CRM: `POST /api/v1/crm/NAME/news`."""

    signature: Signature
    news: list[News] = Field(min_length=1)
