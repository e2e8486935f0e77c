"""`onethread crm check`, `record` and `replay`. What they need is imported when they run."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from hub.crm.rest.format import Mapping
    from hub.crm.rest.probes import Probe
    from hub.crm.rest.references import References

T = TypeVar("T")
MISCONFIGURED = 2
File = Annotated[Path, typer.Argument(help="A mapping file, or the name of one that comes along, such as tryton.")]
Probes = Annotated[
    list[str] | None,
    typer.Option("--probe", help="Whom to look up: phone=+86..., email=..., external_id=...; several times."),
]


def add_commands(app: typer.Typer) -> None:
    app.command("check")(check)
    app.command("record")(record)
    app.command("replay")(replay)


def check(
    mapping: File,
    probe: Probes = None,
    write: Annotated[bool, typer.Option("--write", help="Try writes, too; what they leave behind is named.")] = False,
) -> None:
    """Run a mapping against the live CRM: what agents would see, what is missing, what is unsafe."""
    from hub.crm.rest.secrets import secrets_from

    loaded, asked = _loaded(mapping, probe)
    secrets = _or_exit(lambda: secrets_from(_secrets(loaded), os.environ))
    if not _run(_checked(loaded, secrets, asked, write)):
        raise typer.Exit(1)


def record(
    mapping: File,
    into: Annotated[Path, typer.Option(help="The folder for the fixtures.")],
    probe: Probes = None,
) -> None:
    """Keep what the CRM answers, without secrets, to test the mapping where the CRM is not.

    The records of those whom the probes find are kept as they are: choose people who are made up.
    """
    from hub.crm.rest.secrets import secrets_from

    loaded, asked = _loaded(mapping, probe)
    if not asked:
        typer.echo("Say whom to look up: --probe email=...", err=True)
        raise typer.Exit(MISCONFIGURED)
    secrets = _or_exit(lambda: secrets_from(_secrets(loaded), os.environ))
    _run(_recorded(loaded, secrets, asked, into))
    typer.echo(f"{into}: recorded. `onethread crm replay {mapping} {into}` answers from it.")


def replay(mapping: File, folder: Annotated[Path, typer.Argument(help="Where `record` put the fixtures.")]) -> None:
    """Ask the same again, answered from fixtures; fails when the result is another."""
    loaded, _ = _loaded(mapping, None)
    lines = _run(_replayed(loaded, folder))
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
    typer.echo("The same as recorded.")


# --- how they run -------------------------------------------------------------------------------------------


async def _checked(loaded: "Mapping", secrets: dict[str, str], asked: "list[Probe]", write: bool) -> bool:
    from hub.crm.rest.check import Check, Noted
    from hub.crm.rest.check_writes import CheckWrites
    from hub.crm.rest.connector import RestCrm

    noted = Noted()
    async with _references() as references:
        crm = await RestCrm.open(loaded, secrets, noted, references, _now, name="check")
        check = Check(crm, noted, lambda line: typer.echo(str(line)))
        try:
            customer = await check.run(asked)
            if write and customer is not None:
                left = await CheckWrites(crm, references, check, f"onethread-check-{_now()}").run(customer)
                typer.echo("\n".join(["", "Left behind in the CRM:", *(f"  {line}" for line in left)]))
        finally:
            await crm.close()
    typer.echo("" if check.passed else "\nNot yet: see the lines that begin with WRONG or UNSAFE.")
    return check.passed


async def _recorded(loaded: "Mapping", secrets: dict[str, str], asked: "list[Probe]", into: Path) -> None:
    from hub.crm.rest.recording import accept, recorded

    async with _references() as references:
        await recorded(loaded, secrets, asked, references, into)
    async with _references() as references:
        await accept(loaded, into, references)


async def _replayed(loaded: "Mapping", folder: Path) -> list[str]:
    from hub.crm.rest.recording import differences, replayed

    async with _references() as references:
        return differences(folder, await replayed(loaded, folder, references))


@asynccontextmanager
async def _references() -> "AsyncIterator[References]":
    """Some that nobody else has: a check must not meet what the hub remembers."""
    from tempfile import TemporaryDirectory

    from hub.crm.rest.references import References

    with TemporaryDirectory(prefix="onethread-crm-") as folder:
        references = await References.open(f"sqlite:///{folder}/references.sqlite3")
        try:
            yield references
        finally:
            await references.close()


def _loaded(path: Path, probe: list[str] | None) -> "tuple[Mapping, list[Probe]]":
    from hub.crm.rest.load import load, preset
    from hub.crm.rest.probes import probes

    file = path if path.suffix or path.exists() else preset(str(path))
    loaded = _or_exit(lambda: load(file))
    return loaded, _or_exit(lambda: probes(probe or [], loaded.region))


def _secrets(loaded: "Mapping") -> frozenset[str]:
    from hub.crm.rest.load import secrets_of

    return secrets_of(loaded)


def _run(process: "Coroutine[Any, Any, T]") -> T:
    return _or_exit(lambda: asyncio.run(process))


def _or_exit(work: "Callable[[], T]") -> T:
    """What is wrong is a sentence, not a traceback."""
    from hub.model.errors import OneThreadError

    try:
        return work()
    except OneThreadError as problem:
        typer.echo(problem.detail or problem.sentence, err=True)
        raise typer.Exit(1 if problem.retry else MISCONFIGURED) from None


def _now() -> int:
    return time.time_ns() // 1_000_000
