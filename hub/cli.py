"""The `onethread` command. What a command needs is imported when it runs: `version` must not load a server."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from hub import __version__
from hub.crm.rest.cli import add_commands
from hub.memory import collect_seldom

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hub.backup.taking import Taken
    from hub.backup.verifying import Verified
    from hub.crm.local_load import Loaded
    from hub.settings import Settings
    from hub.store.outbox import Dead

T = TypeVar("T")
app = typer.Typer(
    help="OneThread: one customer, one conversation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
agents = typer.Typer(help="Agents' accounts.", no_args_is_help=True)
app.add_typer(agents, name="agent")
outbox = typer.Typer(help="What could not leave the hub, and was put aside after five tries.")
app.add_typer(outbox, name="outbox")
crm = typer.Typer(help="The local CRM, and mappings of others.", no_args_is_help=True)
add_commands(crm)
app.add_typer(crm, name="crm")
MISCONFIGURED = 2


def settings_or_exit() -> "Settings":
    """The settings, or a plain sentence about what is wrong with them and exit code 2."""
    from pydantic import ValidationError

    from hub.settings import PREFIX, Settings

    shape = os.environ.get(f"{PREFIX}LOG", "")  # what the file says of it is as unreadable as the rest
    try:
        return Settings()
    except ValidationError as wrong:
        for problem in wrong.errors(include_input=False, include_url=False):
            name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
            said = "there is no such setting" if problem["type"] == "extra_forbidden" else problem["msg"]
            _complain(f"{name}: {said}", shape)
    except (OSError, ValueError) as wrong:
        _complain(f"The settings can't be read: {wrong}", shape)
    raise typer.Exit(MISCONFIGURED)


def _complain(words: str, shape: str) -> None:
    """Why nothing comes of it: a sentence for people, or a line of the shape that a machine reads."""
    if shape != "json":
        typer.echo(words, err=True)
        return
    import structlog

    from hub.logs import set_up_logs

    set_up_logs("json")
    structlog.get_logger().error(words)


def run(settings: "Settings", process: "Coroutine[None, None, T]", traced: str = "") -> T:
    """One process of the hub, or one act on its store. An error of the installation is a sentence, not a traceback.

    `traced`: under which name its spans go to the collector, if there is one.
    """
    import structlog
    import uvloop

    from hub.logs import set_up_logs
    from hub.model.errors import OneThreadError, StoreUnavailable
    from hub.settings import misspelt
    from hub.tracing import tracing

    set_up_logs(settings.log, settings.log_level)
    for name, meant in misspelt(os.environ) if traced else ():
        structlog.get_logger().warning("this is no setting; did you mean another?", name=name, meant=meant)
    try:
        with tracing(settings.otlp_url if traced else "", traced):
            return uvloop.run(process)
    except Exception as error:
        # Not `except*`: what is raised in there may come out wrapped in a group again, with another exit code.
        problem = _first(error)
        if isinstance(problem, OneThreadError):
            more = ". `onethread doctor` tells more." if isinstance(problem, StoreUnavailable) else ""
            _complain(f"onethread: {problem.code}: {problem.detail or problem}{more}", settings.log)
            raise typer.Exit(1 if problem.retry else MISCONFIGURED) from None
        if isinstance(problem, OSError):
            _complain(f"onethread: {settings.host}:{settings.port}: {problem.strerror or problem}", settings.log)
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
    run(settings, serving(settings), "serve")


@app.command()
def work() -> None:
    """React to what happened: bot, routing, CRM, deadlines. Run as many as you like."""
    from hub.work import work as working

    settings = settings_or_exit()
    run(settings, working(settings), "work")


@app.command()
def media() -> None:
    """Relay the audio and video of calls. Run one per core that calls may have."""
    from hub.media import media as relaying

    settings = settings_or_exit()
    run(settings, relaying(settings), "media")


@app.command()
def voice() -> None:
    """Let the bot answer calls while no agent is free, and put recordings into words. Needs the extra `voice`."""
    from hub.voice import voice as speaking

    settings = settings_or_exit()
    run(settings, speaking(settings), "voice")


@agents.command("add")
def agent_add(
    email: Annotated[str, typer.Argument(help="What the agent signs in with.")],
    name: Annotated[str, typer.Option(help="What customers see.")],
    role: Annotated[
        Literal["agent", "supervisor", "admin"] | None, typer.Option(help="What they may do; at first: agent.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option(min=1, help="Conversations at once; at first: the setting agent_capacity.")
    ] = None,
    team: Annotated[list[str] | None, typer.Option(help='May be given several times; "" = none.')] = None,
    skill: Annotated[list[str] | None, typer.Option(help='May be given several times; "" = none.')] = None,
) -> None:
    """Add an agent, or change one, who keeps what is not named, and whose logins end.

    The password is asked for (or read from standard input).
    """
    from hub.operator import add_agent

    settings = settings_or_exit()
    password = _password()
    teams, skills = (None if it is None else tuple(filter(None, it)) for it in (team, skill))
    done = run(settings, add_agent(settings, email, name, role, capacity, teams, skills, password))
    typer.echo(f"{name} <{email}> can sign in at /console.")
    if done.again:
        ended = _counted(done.ended, "login")
        typer.echo(
            f"The account was there; it keeps what you did not name, and has a new password: {ended} of it ended."
        )


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@outbox.callback(invoke_without_command=True)
def outbox_alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        outbox_list()


@outbox.command("list")
def outbox_list() -> None:
    """What was put aside: the id of each job, and in a sentence what became of it."""
    from hub.operator import dead_letters

    settings = settings_or_exit()
    found = run(settings, dead_letters(settings))
    for dead in found:
        typer.echo(f"{dead.id}\n    {_sentence(dead)}")
    typer.echo(f"{_counted(len(found), 'job')} put aside." if found else "Nothing was put aside.")


@outbox.command("show")
def outbox_show(job: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """One of them. What it carries is not shown but by name: those are people's words."""
    from hub.operator import dead_letter

    settings = settings_or_exit()
    dead = run(settings, dead_letter(settings, job))
    typer.echo(f"{dead.id}\n    {_sentence(dead)}")
    typer.echo(f"    lane {dead.lane}; carries {', '.join(sorted(dead.payload)) or 'nothing'}")


@outbox.command("replay")
def outbox_replay(
    job: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Each of them.")] = False,
) -> None:
    """Try again, as often as the first time. It goes behind what its lane still has to carry."""
    from hub.operator import replay, replay_all

    if bool(job) == every:
        typer.echo("Either the id of a job, or --all.", err=True)
        raise typer.Exit(MISCONFIGURED)
    settings = settings_or_exit()
    found = run(settings, replay_all(settings)) if every else [run(settings, replay(settings, job))]
    typer.echo(f"{_counted(len(found), 'job')} will be tried again." if found else "Nothing was put aside.")


@outbox.command("drop")
def outbox_drop(job: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Forget one for good: what it was to bring about never happens."""
    from hub.operator import drop

    settings = settings_or_exit()
    typer.echo(f"Dropped: {_sentence(run(settings, drop(settings, job)))}")


def _sentence(dead: "Dead") -> str:
    from hub.parts import now_ms

    ago = _age((now_ms() - dead.at) // 1000) if dead.at else "some time"
    of = f"{dead.kind} of conversation {dead.conversation}"
    return f"{of}, put aside {ago} ago after {dead.tries} tries: {dead.why}"


def _age(seconds: int) -> str:
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{max(0, seconds)} s"


@crm.command("import")
def crm_import(
    customers: Annotated[Path | None, typer.Argument(help="customers.csv")] = None,
    orders: Annotated[Path | None, typer.Option(help="orders.csv")] = None,
    encoding: Annotated[str, typer.Option(help="Of the files; gb18030 for what Excel saves in Chinese.")] = "utf-8",
    zone: Annotated[str, typer.Option(help="Of times that name none, such as Asia/Shanghai.")] = "UTC",
) -> None:
    """Bring customers and their orders into the local CRM: all of the files, or nothing and what is wrong with them."""
    from hub.operator import import_crm

    if customers is None and orders is None:
        typer.echo("Name a file of customers, or --orders.", err=True)
        raise typer.Exit(MISCONFIGURED)
    settings = settings_or_exit()
    people, bought = run(settings, import_crm(settings, customers, orders, encoding, zone))
    if customers:
        typer.echo(_loaded("Customers", people))
    if orders:
        typer.echo(_loaded("Orders", bought))


def _loaded(what: str, done: "Loaded") -> str:
    return f"{what}: {done.added} added, {done.changed} changed, {done.unchanged} as they were."


@app.command()
def backup(
    words: Annotated[list[str], typer.Argument(metavar="[verify] FILE", help="Where to, or `verify` and which.")],
) -> None:
    """Write all conversations, agents and jobs into a file, while the hub goes on; or verify such a file."""
    from hub.operator import backup as take
    from hub.operator import verify_backup

    settings = settings_or_exit()
    match words:
        case ["verify", file]:
            _report(run(settings, verify_backup(Path(file))))
        case [file] if file != "verify":
            done = run(settings, take(settings, Path(file)))
            size = Path(file).stat().st_size
            typer.echo(f"{file}: {size >> 10:,} KiB, {_contents(done)}.")
        case _:
            typer.echo("Either FILE, or verify FILE.", err=True)
            raise typer.Exit(MISCONFIGURED)


def _contents(it: "Taken | Verified") -> str:
    return (
        f"conversations {it.conversations:,}, log entries {it.entries:,}, addresses {it.identities:,}, "
        f"agents {it.agents:,}, jobs {it.jobs:,}"
    )


def _report(found: "Verified") -> None:
    for problem in found.problems:
        typer.echo(problem, err=True)
    if found.more:
        typer.echo(f"... and {found.more} more.", err=True)
    if found.problems:
        raise typer.Exit(1)
    typer.echo(f"Whole: {_contents(found)}. Each log is gapless from 1, each state is what its log says.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if verify finds something wrong.")] = False,
) -> None:
    """Bring a backup into an empty store. Clients who know more than it are told, and take what there is."""
    from hub.operator import restore as put_back

    settings = settings_or_exit()
    done = run(settings, put_back(settings, file, anyway))
    typer.echo(f"Restored: {_contents(done)}.")


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
    collect_seldom()
    app()
