"""The mapping file's `auth`: how requests prove who asks."""

from typing import Annotated, Literal

from pydantic import Field

from hub.crm.rest.format_records import Expression, Part, Template, Tree
from hub.crm.rest.format_requests import BLANK, Step


class NoAuth(Part):
    kind: Literal["none"]


class HeaderAuth(Part):
    """A fixed header: an API key, a bearer token."""

    kind: Literal["header"]
    header: str = Field(default="Authorization", description="Its name.")
    value: Template = Field(description="For example `Bearer ${CRM_TOKEN}`; also knows `request.method` and so on.")


class BasicAuth(Part):
    kind: Literal["basic"]
    login: Template = Field(description="For example `${CRM_LOGIN}`.")
    password: Template = Field(default=BLANK, description="For example `${CRM_PASSWORD}`.")


class QueryAuth(Part):
    kind: Literal["query"]
    parameter: str = Field(description="The query parameter's name.")
    value: Template = Field(description="For example `${CRM_KEY}`.")


class OAuth2(Part):
    """A token that is fetched and refreshed: once, however many wait for it, and kept for all processes."""

    kind: Literal["oauth2"]
    grant: Literal["refresh_token", "client_credentials", "password"] = "refresh_token"
    token_url: Template = Field(description="Whole, or below `base_url`.")
    client_id: Template
    client_secret: Template = BLANK
    refresh_token: Template = Field(default=BLANK, description="The first one; later ones are kept by the hub.")
    login: Template = Field(default=BLANK, description="For the grant `password`.")
    password: Template = Field(default=BLANK, description="For the grant `password`.")
    scope: str = ""
    client_auth: Literal["client_secret_basic", "client_secret_post", "none"] = "client_secret_post"
    extra: dict[str, str] = Field(default={}, description="More fields of the token request.")
    header: str = Field(default="Authorization", description="Where the token goes.")
    prefix: str = Field(default="Bearer", description="The word before it, such as `Zoho-oauthtoken`.")
    lost_when: Expression | None = Field(default=None, description="True: the token is no longer good (as HTTP 401).")


class LoginAuth(Part):
    """Signing in by requests, the last of which gives a session. It is kept until it is lost."""

    kind: Literal["login"]
    steps: list[Step] = Field(min_length=1, description="What they `take` is known to all templates as `session.NAME`.")
    query: dict[str, Tree] = Field(default={}, description="Parameters that each request gets.")
    form: dict[str, Tree] = Field(default={}, description="Fields that each request with a form gets.")
    headers: dict[str, Tree] = Field(default={}, description="Headers that each request gets.")
    lost_when: Expression | None = Field(default=None, description="True: sign in again (as HTTP 401).")
    lasts_s: float = Field(default=3600, gt=0, description="Signed in anew after so long, if not lost before.")


Auth = Annotated[NoAuth | HeaderAuth | BasicAuth | QueryAuth | OAuth2 | LoginAuth, Field(discriminator="kind")]
