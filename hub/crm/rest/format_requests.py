"""The mapping file's requests, what their answers mean, and how lists go on."""

from typing import Annotated, Final, Literal

from pydantic import Field

from hub.crm.rest import expressions, templates
from hub.crm.rest.format_records import Expression, Part, Template, Tree

WHOLE: Final = expressions.Expression("$")
BLANK: Final = templates.Text("")
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Request(Part):
    """One HTTP request. Of `json`, `form` and `text` at most one; without one it has no body."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Template = Field(description="Below `base_url`; each placeholder is one percent-encoded segment.")
    query: dict[str, Tree] = Field(default={}, description="Parameters; a list is sent once for each of its values.")
    headers: dict[str, Tree] = Field(default={}, description="Headers of this request.")
    json_body: Tree | None = Field(
        default=None, alias="json", description="The body as JSON, with templates in its texts."
    )
    form: dict[str, Tree] | None = Field(default=None, description="The body as form fields.")
    text: Tree | None = Field(default=None, description="The body as it is; say its Content-Type in `headers`.")


class Answers(Part):
    """What an answer means beyond its HTTP status. Each is an expression on the body, with `$status`, `$headers`,
    `$text` (the body as text). Those of one operation are asked before those of the whole file.
    """

    error_when: Expression | None = Field(default=None, description="True: an error, whatever the status says.")
    error_text: Expression | None = Field(default=None, description="The CRM's own words for an error.")
    not_found_when: Expression | None = Field(default=None, description="True: there is no such record (as HTTP 404).")
    retry_when: Expression | None = Field(default=None, description="True: it may work later (as HTTP 429, 502-504).")
    refused_when: Expression | None = Field(default=None, description="True: never again the same (as HTTP 400).")
    exists_when: Expression | None = Field(default=None, description="True: it is there already (as HTTP 409).")


class Step(Part):
    """A request before or after the one that matters, and what is kept of its answer."""

    when: Expression | None = Field(default=None, description="False: this step is left out.")
    request: Request
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    take: dict[Name, Expression] = Field(default={}, description="name -> expression: later templates know the name.")


class Pages(Part):
    """How a list goes on. Its templates know `page.offset`, `page.number`, `page.size` and `page.cursor`."""

    by: Literal["offset", "number", "cursor", "url"] = Field(
        description="`cursor`: `next` gives what `page.cursor` is next. `url`: it gives the next address."
    )
    size: int = Field(default=50, ge=1, le=1000, description="Records on a page: `page.size`.")
    first: int = Field(default=1, ge=0, le=1, description="The first page's number.")
    next: Expression | None = Field(default=None, description="For `cursor` and `url`; nothing = that was the last.")
    most: int = Field(default=5, ge=1, le=100, description="Pages that are read at most.")
