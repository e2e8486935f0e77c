"""What the bot says in a call, and what it makes of the answers: a machine of few states. Pure: no sound, no clock.

number -> looking -> confirm -> hold      (an answer)
number -> hold                            ("agent", or nothing understood twice, or silence twice)
any    -> callback -> leaving             (nobody came)
any    -> leaving                         (somebody came)
"""

from typing import Literal

from hub.calls.voice.grammar import Meaning, meaning
from hub.calls.voice.ports import Expected, Heard
from hub.calls.voice.words import Words, spaced
from hub.model.frozen import frozen

State = Literal["number", "looking", "confirm", "hold", "callback", "leaving"]
Via = Literal["voice", "keys", "text"]
SURE = 0.3  # below, an engine has guessed
DIGITS = 4
ANSWER_S, HOLD_S = 8.0, 30.0  # how long an answer is waited for; between two words of comfort
COMFORTS = 3
PERSON_KEY = "*"


@frozen
class Say:
    text: str


@frozen
class Note:
    """What was understood (call.understood has the fields)."""

    kind: Literal["order", "person", "callback", "yes", "no", "silence", "unclear"]
    via: Literal["voice", "keys", "text", ""] = ""
    heard: str = ""
    order: str = ""
    confirmed: bool = False
    confidence: float = 1.0


@frozen
class LookUp:
    """Asks for `found`."""

    digits: str


@frozen
class CallPerson:
    pass


@frozen
class Leave:
    """When what was said last is said."""


Act = Say | Note | LookUp | CallPerson | Leave


@frozen
class FoundOrder:
    number: str
    what: str
    status: str


class Dialogue:
    """`hears`: can an answer be spoken in this language? Otherwise it is typed. Each method returns what to do."""

    def __init__(self, words: Words, hears: bool) -> None:
        self._words = words
        self._hears = hears
        self.state: State = "hold"
        self._asked = 0  # how often we asked for the same, in vain
        self._keys = ""
        self._heard = Heard("", 0.0)
        self._via: Via = "voice"
        self._digits = ""
        self._order = ""
        self._comforts = 0
        self._corrected = False

    # --- what is waited for -------------------------------------------------------------------------------

    @property
    def expected(self) -> Expected:
        if self.state in ("confirm", "callback"):
            return "yes_no"
        return "number" if self.state == "number" else "person"

    @property
    def patience_s(self) -> float | None:
        """How long after the last word silence means something; None = for ever."""
        if self.state in ("number", "confirm", "callback"):
            return ANSWER_S
        return HOLD_S if self.state == "hold" and self._comforts < COMFORTS else None

    # --- what happens -------------------------------------------------------------------------------------

    def begin(self, site: str, minutes: int) -> list[Act]:
        """`minutes`: about so long it takes; 0 = nobody is there."""
        site = self._words.speakable(site, "site")
        hello = self._words.say("hello", site=site, minutes=self._words.minutes(minutes))
        if not minutes:
            hello = self._words.say("hello_nobody", site=site)
        return [Say(hello), *self._ask("ask")]

    def resume(self) -> list[Act]:
        """Another process spoke in this call before, and died."""
        return [self._say("hello_again")]

    def heard(self, it: Heard, via: Via = "voice") -> list[Act]:
        if self.state in ("leaving", "looking"):
            return []
        found = meaning(it.text) if it.confidence >= SURE else Meaning("")
        self._heard, self._via = it, via
        if found.kind == "person" and self.state != "callback":
            return self._person()
        match self.state:
            case "number":
                return self._number(found)
            case "confirm":
                return self._confirmed(found)
            case "callback":
                return self._called_back(found)
            case _:
                return self._while_holding(found)

    def key(self, key: str) -> list[Act]:
        """One of the keypad: a digit, or PERSON_KEY."""
        if key == PERSON_KEY:
            return self.heard(Heard("agent", 1.0), "keys")
        if self.expected == "yes_no":
            return self.heard(Heard({"1": "yes", "2": "no"}.get(key, key), 1.0), "keys")
        self._keys += key
        if len(self._keys) < DIGITS:
            return []
        keys, self._keys = self._keys, ""
        return self.heard(Heard(keys, 1.0), "keys")

    def silence(self) -> list[Act]:
        match self.state:
            case "hold":
                self._comforts += 1
                return [self._say("still")]
            case "callback":
                return [Note("silence"), *self._farewell("write")]
            case "number" if not self._asked:
                self._asked += 1
                return self._ask("ask_once_more")
            case _:
                return [Note("silence"), *self._hold("no_matter")]

    def found(self, order: FoundOrder | None) -> list[Act]:
        """The answer to LookUp. None: no such order of theirs, or it may not be told."""
        if self.state != "looking":
            return []
        self.state, self._asked = "confirm", 0
        self._order = order.number if order else ""
        if order is None:
            return [self._note("order"), self._spoken("noted", digits=spaced(self._digits))]
        what = self._words.speakable(order.what, "what")
        status = self._words.status(order.status)
        told = self._spoken("found", digits=spaced(order.number[-DIGITS:]), what=what, status=status)
        return [self._note("order"), told]

    def come(self, name: str) -> list[Act]:
        """An agent is in the call."""
        self.state = "leaving"
        return [self._say("come", name=self._words.speakable(name, "who")), Leave()]

    def nobody(self) -> list[Act]:
        """Nobody came in time, or who was asked declined."""
        if self.state in ("callback", "leaving"):
            return []
        self.state = "callback"
        return [self._spoken("nobody")]

    # --- answers ------------------------------------------------------------------------------------------

    def _number(self, found: Meaning) -> list[Act]:
        if found.kind == "number" and len(found.digits) >= DIGITS:
            self.state, self._digits = "looking", found.digits
            return [LookUp(found.digits)]
        if found.kind == "no":
            return [self._note("no"), *self._hold("no_matter")]
        return self._unclear()

    def _confirmed(self, found: Meaning) -> list[Act]:
        if found.kind == "yes":
            return [self._note("order", confirmed=True), *self._hold("thanks")]
        if found.kind == "no":
            refused = self._note("no")
            if self._corrected:
                return [refused, *self._hold("no_matter")]
            self._corrected, self.state = True, "number"
            return [refused, self._say("again")]
        if found.kind == "number" and len(found.digits) >= DIGITS:
            self.state = "number"
            return self._number(found)
        return self._unclear()

    def _called_back(self, found: Meaning) -> list[Act]:
        if found.kind in ("yes", "callback"):
            return [self._note("callback", confirmed=True), *self._farewell("callback")]
        return [self._note("no" if found.kind == "no" else "unclear"), *self._farewell("write")]

    def _while_holding(self, found: Meaning) -> list[Act]:
        """They may still give the number, unasked."""
        if found.kind == "number" and len(found.digits) >= DIGITS:
            return self._number(found)
        return [self._note("callback")] if found.kind == "callback" else []

    def _person(self) -> list[Act]:
        return [self._note("person"), CallPerson(), *self._hold("agent")]

    def _unclear(self) -> list[Act]:
        self._asked += 1
        noted = self._note("unclear")
        return [noted, self._spoken("unclear")] if self._asked < 2 else [noted, *self._hold("no_matter")]

    # --- words --------------------------------------------------------------------------------------------

    def _say(self, key: str, **values: str) -> Say:
        return Say(self._words.say(key, **values))

    def _spoken(self, key: str, **values: str) -> Say:
        """The text that asks for an answer in the way in which it can be given."""
        return self._say(key if self._hears else self._typed(key), **values)

    def _typed(self, key: str) -> str:
        return "ask_typed_once_more" if key == "ask_once_more" else f"{key}_typed"

    def _ask(self, key: str) -> list[Act]:
        self.state = "number"
        return [self._spoken(key)]

    def _hold(self, key: str) -> list[Act]:
        self.state, self._asked, self._keys = "hold", 0, ""
        return [self._say(key)]

    def _farewell(self, key: str) -> list[Act]:
        self.state = "leaving"
        return [self._say(key), Leave()]

    def _note(
        self, kind: Literal["order", "person", "callback", "yes", "no", "unclear"], confirmed: bool = False
    ) -> Note:
        heard = self._digits if kind == "order" else self._heard.text
        order = self._order if kind == "order" else ""
        return Note(kind, self._via, heard[:500], order, confirmed, round(self._heard.confidence, 2))
