"""The `onethread` command. What a command needs is imported when it runs: `version` must not load a server."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub import __version__

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hub.settings import Settings

app = typer.Typer(
    help="OneThread: one customer, one conversation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
agents = typer.Typer(help="Agents' accounts.", no_args_is_help=True)
app.add_typer(agents, name="agent")
MISCONFIGURED = 2


def settings_or_exit() -> "Settings":
    """The settings, or a plain sentence about what is wrong with them and exit code 2."""
    from pydantic import ValidationError

    from hub.settings import PREFIX, Settings

    try:
        return Settings()
    except ValidationError as wrong:
        for problem in wrong.errors(include_input=False, include_url=False):
            name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"{name}: {problem['msg']}", err=True)
    except (OSError, ValueError) as wrong:
        typer.echo(f"The settings can't be read: {wrong}", err=True)
    raise typer.Exit(MISCONFIGURED)


def run(settings: "Settings", process: "Coroutine[None, None, None]") -> None:
    """Run one process of the hub; errors of the installation end it with a sentence, not a traceback."""
    import uvloop

    from hub.logs import set_up_logs
    from hub.model.errors import OneThreadError

    set_up_logs(settings.log)
    try:
        uvloop.run(process)
    except Exception as error:
        # Not `except*`: what is raised in there may come out wrapped in a group again, with another exit code.
        problem = _first(error)
        if isinstance(problem, OneThreadError):
            typer.echo(
                f"onethread: {problem.code}: {problem.detail or problem}. `onethread doctor` tells more.", err=True
            )
            raise typer.Exit(1 if problem.retry else MISCONFIGURED) from None
        if isinstance(problem, OSError):
            typer.echo(f"onethread: {settings.host}:{settings.port}: {problem.strerror or problem}", err=True)
            raise typer.Exit(MISCONFIGURED) from None
        raise


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@app.command()
def demo() -> None:
    """Run everything with a sample shop, sample customers and sample agents."""
    os.environ["ONETHREAD_DEMO"] = "true"
    _supervise(settings_or_exit())


@app.command()
def up() -> None:
    """Run everything on this machine: the store (unless one is configured), a serving and a working process."""
    _supervise(settings_or_exit())


def _supervise(settings: "Settings") -> None:
    from hub.up import run_all

    raise typer.Exit(asyncio.run(run_all(settings)))


@app.command()
def serve() -> None:
    """Serve sockets and HTTP. Run as many as you like."""
    from hub.main import serve as serving

    settings = settings_or_exit()
    run(settings, serving(settings))


@app.command()
def work() -> None:
    """React to what happened: bot, routing, CRM, deadlines. Run as many as you like."""
    from hub.main import work as working

    settings = settings_or_exit()
    run(settings, working(settings))


@agents.command("add")
def agent_add(
    email: Annotated[str, typer.Argument(help="What the agent signs in with.")],
    name: Annotated[str, typer.Option(help="What customers see.")],
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
    capacity: Annotated[int, typer.Option(help="Conversations at once; 0 = the setting agent_capacity.")] = 0,
    team: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
) -> None:
    """Add an agent. The password is asked for (or read from standard input)."""
    from hub.main import add_agent

    if role not in ("agent", "supervisor", "admin"):
        typer.echo("role: agent, supervisor or admin", err=True)
        raise typer.Exit(MISCONFIGURED)
    settings = settings_or_exit()
    password = _password()
    run(settings, add_agent(settings, email, name, role, capacity, tuple(team or ()), tuple(skill or ()), password))
    typer.echo(f"{name} <{email}> can sign in at /console.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@app.command()
def doctor() -> None:
    """Say in plain words what is wrong with this installation, and how to mend it."""
    from hub.doctor import examine, exit_code, language_of, render

    findings = asyncio.run(examine(settings_or_exit()))
    typer.echo(render(findings, language_of(os.environ), colour=sys.stdout.isatty()))
    raise typer.Exit(exit_code(findings))


@app.command()
def version() -> None:
    """Say which version this is."""
    typer.echo(f"onethread {__version__}")


def main() -> None:
    app()
