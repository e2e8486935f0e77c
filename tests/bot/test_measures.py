"""Measures the bot on public corpora (shared/corpora/MANIFEST.md): skips, saying so, where they are absent.

Floors only: the figures themselves are printed with `pytest -s` and stand in the README's decision table.
"""

import csv
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from hub.bot.cues import Cues
from hub.bot.default import DefaultBot
from hub.bot.person import asks_for_person
from hub.bot.policy import Policy
from hub.bot.reading import Reader
from tests.bot.talk import Talk, found, words

NLU = Path(os.environ.get("ONETHREAD_CORPORA", "/work/shared/corpora")) / "nlu"

# Bitext's intents that are ours too; several of ours may be right.
BITEXT: dict[str, tuple[str, ...]] = {
    "cancel_order": ("cancel_order",),
    "change_shipping_address": ("change_address",),
    "check_invoice": ("invoice",),
    "get_invoice": ("invoice",),
    "check_payment_methods": ("faq",),
    "check_refund_policy": ("faq", "refund_status"),
    "complaint": ("complaint",),
    "contact_human_agent": ("speak_to_person",),
    "delivery_options": ("faq",),
    "delivery_period": ("faq", "logistics"),
    "get_refund": ("return_exchange", "refund_status"),
    "recover_password": ("faq",),
    "track_order": ("logistics", "order_status"),
    "track_refund": ("refund_status",),
}


def corpus(name: str) -> Path:
    path = NLU / name
    if not path.exists():
        pytest.skip(f"corpus {name} is not here")
    return path


def customers_lines() -> list[str]:
    """What JDDC's customers wrote (measured on, never trained on)."""
    with corpus("jddc/sessions_001-600.tsv").open(encoding="utf-8", newline="") as file:
        return [row[6] for row in csv.reader(file, delimiter="\t") if row[2] == "0"]


def test_english_shop_intents_of_strangers(reader: Reader) -> None:
    with corpus("bitext8k/bitext_sample_8k.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["intent"] in BITEXT][::4]
    right = sum(reader.read(row["utterance"]).intent in BITEXT[row["intent"]] for row in rows)
    print(f"\nBitext: {right / len(rows):.3f} of {len(rows)} right")
    assert right >= 0.85 * len(rows)


async def test_what_is_out_of_scope_is_not_answered_with_something_else(bot: DefaultBot) -> None:
    read: dict[str, Any] = json.loads(corpus("clinc150/train_val.json").read_text("utf-8"))
    texts = [text for text, _ in read["oos_train"] + read["oos_val"]]
    unsure = ("I can't help with that", "Sorry, I didn't quite", "I'm not sure what")
    said = [words(await Talk(bot, proven=False, locale="en").say(text)) for text in texts]
    refused = sum(text.startswith(unsure) for text in said)
    print(f"\nCLINC150 out of scope: {refused / len(texts):.3f} of {len(texts)} declined")
    assert refused >= 0.8 * len(texts)


def test_real_chinese_requests_for_a_person_are_found(reader: Reader) -> None:
    named = [text for text in customers_lines() if "转人工" in text]
    cues, sure = Cues.shipped(), Policy().wants_person
    missed = [text for text in named if not asks_for_person(reader.read(text), cues, sure)]
    print(f"\nJDDC: {len(named)} lines with 转人工, missed {len(missed)}")
    assert len(named) > 20 and not missed


def test_nearly_nobody_else_is_taken_for_asking(reader: Reader) -> None:
    rest = [text for text in customers_lines() if not any(w in text for w in ("人工", "真人", "客服"))]
    cues, sure = Cues.shipped(), Policy().wants_person
    taken = [text for text in rest if asks_for_person(reader.read(text), cues, sure)]
    print(f"\nJDDC: {len(taken)} of {len(rest)} other lines taken for a request")
    assert len(taken) <= 0.005 * len(rest)


async def test_a_real_message_takes_milliseconds(bot: DefaultBot) -> None:
    texts = customers_lines()[::8]
    began = time.process_time()
    for text in texts:
        await Talk(bot, found()).say(text)
    spent = (time.process_time() - began) / len(texts)
    print(f"\n{spent * 1000:.2f} ms CPU per turn, {len(texts)} JDDC messages")
    assert spent < 0.02
