"""`onethread crm record` and `replay`: the mapped reads against the live CRM once, and offline ever after."""

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from hub.crm.rest.check import Noted
from hub.crm.rest.connector import RestCrm
from hub.crm.rest.fixtures import Recorder, Replayer
from hub.crm.rest.format import Mapping
from hub.crm.rest.load import secrets_of
from hub.crm.rest.places import READS
from hub.crm.rest.probes import Probe
from hub.crm.rest.references import References
from hub.crm.rest.templates import Secret
from hub.model.errors import BadRequest, NotFound, OneThreadError

EXPECTED: Final = "expected.json"
AT: Final = 1_790_000_000_000  # a replay's clock stands still


async def recorded(
    mapping: Mapping, secrets: dict[str, str], probes: Sequence[Probe], references: References, folder: Path
) -> dict[str, Any]:
    """Ask, and keep all of it in `folder`. Returns what agents would see."""
    recorder = Recorder()
    crm = await RestCrm.open(mapping, secrets, Noted(), references, lambda: AT, name=mapping.title, transport=recorder)
    try:
        results = await asked(crm, probes)
        recorder.save(folder, secrets, await crm.session_names())
    finally:
        await crm.close()
    kept = {
        "probes": [[probe.kind, probe.value] for probe in probes],
        "paths": {name: urlsplit(value).path for name, value in secrets.items() if "://" in value},
        "results": {},
    }
    (folder / EXPECTED).write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    return results


async def accept(mapping: Mapping, folder: Path, references: References) -> None:
    """What a replay gives now is what later ones must give."""
    kept = _kept(folder)
    kept["results"] = await replayed(mapping, folder, references)
    (folder / EXPECTED).write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


async def replayed(mapping: Mapping, folder: Path, references: References) -> dict[str, Any]:
    """The same questions, answered from `folder`. Raises BadRequest when there is no recording."""
    kept = _kept(folder)
    transport = Replayer(folder)
    secrets = stand_ins(mapping, kept["paths"])
    crm = await RestCrm.open(mapping, secrets, Noted(), references, lambda: AT, name=mapping.title, transport=transport)
    try:
        return await asked(crm, [Probe(kind, value) for kind, value in kept["probes"]])
    finally:
        await crm.close()


def differences(folder: Path, results: dict[str, Any]) -> list[str]:
    """Lines that differ from what was accepted."""
    before, after = (
        json.dumps(it, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
        for it in (_kept(folder)["results"], results)
    )
    return list(difflib.unified_diff(before, after, "recorded", "now", lineterm="", n=1))


async def asked(crm: RestCrm, probes: Sequence[Probe]) -> dict[str, Any]:
    """Everything that the file reads, for each probe; an error is a result, too."""
    results: dict[str, Any] = {}
    for probe in probes:
        found = await crm.find_customer(probe.keys)
        told = results[f"{probe.kind}={probe.value}"] = {"customers": [it.model_dump(mode="json") for it in found]}
        for customer in found[:1]:
            for operation in READS:
                if operation in crm.can:
                    told[operation] = await _read(crm, operation, customer.external_id)
    return results


async def _read(crm: RestCrm, operation: str, external_id: str) -> Any:
    try:
        got = await getattr(crm, operation)(external_id)
    except NotFound:
        return []
    except OneThreadError as problem:
        return {"error": problem.code, "detail": problem.detail}
    return got if isinstance(got, int) else [it.model_dump(mode="json") for it in got]


def stand_ins(mapping: Mapping, paths: dict[str, str]) -> dict[str, str]:
    """For each secret its own name, as the recording has it; an address where one is needed."""
    addressed = {part.name for part in mapping.base_url.parts() if isinstance(part, Secret)}
    whole = mapping.base_url.text.startswith("${")
    found = {name: f"${{{name}}}" for name in secrets_of(mapping)}
    for name in addressed:
        found[name] = f"https://replay.invalid{paths.get(name, '')}" if whole else "replay.invalid"
    return found


def _kept(folder: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((folder / EXPECTED).read_text())
    except (OSError, ValueError):
        raise BadRequest(f"{folder}: there is no recording ({EXPECTED})") from None
    return kept
