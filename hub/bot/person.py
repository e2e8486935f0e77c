"""Does the customer ask for a person? Any wording counts, even the single word 人工; false friends do not.

"人工智能", "人工费", "cleaning agent", "user manual" and "are you human?" ask for nobody. Word rules find the plain
requests with certainty; the classifier finds the ones nobody thought of.
"""

from typing import Literal

from hub.bot.cues import Cues
from hub.bot.plain import tokens
from hub.bot.reading import Reading

Named = Literal["request", "word", "refused", ""]
SURE_OTHERWISE = 0.5
SURE_OF_HOURS = 0.7
_ZH_FILLER = frozenset("再给我帮转找接要到叫去联系跟和一下个")
_ZH_BEFORE = 7
_EN_REACH = 7
_EN_SHORT = 4
_SHORT = 12
_OPEN = frozenset({"speak_to_person", "other", "greet", "ack", "not_helped"})


def refuses_person(reading: Reading, cues: Cues) -> bool:
    """ "不用转人工", "I don't want to talk to a human"."""
    return _named(reading, cues) == "refused"


def asks_for_person(reading: Reading, cues: Cues, sure: float) -> bool:
    """`sure` is the probability at which the classifier alone decides."""
    if reading.sure_of("opening_hours", SURE_OF_HOURS):
        return False  # "when can I reach somebody" asks when
    named = _named(reading, cues)
    if named == "request":
        return True
    if reading.sure_of("who_are_you", SURE_OTHERWISE) or reading.sure_of("opening_hours", SURE_OTHERWISE):
        return False
    if named == "word" and reading.intent in _OPEN and len(tokens(reading.folded)) <= _SHORT:
        return True
    return named != "refused" and reading.sure_of("speak_to_person", sure)


def _named(reading: Reading, cues: Cues) -> Named:
    named = {*_zh(reading, cues), *_en(reading, cues)}
    order: tuple[Named, ...] = ("request", "word", "refused")
    return next((n for n in order if n in named), "")


# --- Chinese ----------------------------------------------------------------------------------------------


def _zh(reading: Reading, cues: Cues) -> set[Named]:
    text = "".join(c for c in reading.folded if c.isalnum())
    if text in cues.words("person_zh", "whole"):
        return {"request"}
    for friend in cues.words("person_zh", "friends"):
        text = text.replace(friend, "。")
    for phrase in sorted(cues.words("person_zh", "not_refused"), key=len, reverse=True):
        text = text.replace(phrase, "，")
    places = {at for word in cues.words("person_zh", "named") for at in _places(text, word)}
    return {_zh_one(text, at, cues) for at in places}


def _zh_one(text: str, at: int, cues: Cues) -> Named:
    before = text[max(0, at - _ZH_BEFORE) : at]
    for refused in cues.words("person_zh", "refused"):
        _, found, tail = before.rpartition(refused)
        if found and set(tail) <= _ZH_FILLER:
            return "refused"
    if any(verb in before[-4:] for verb in cues.words("person_zh", "verbs")):
        return "request"
    # The word alone, or hardly more, is a request too: "人工！！", "人工客服", "亲 人工".
    rest = text
    for word in ("人工", "客服", "服务", "真人", "活人"):
        rest = rest.replace(word, "")
    return "request" if len(rest.strip("，。")) <= 2 and not rest.endswith("吗") else "word"


def _places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + 1)
    return found


# --- English ----------------------------------------------------------------------------------------------


def _en(reading: Reading, cues: Cues) -> set[Named]:
    words = [w for w in tokens(reading.folded) if w.isascii()]
    return {_en_one(words, i, cues) for i in range(len(words)) if _is_person(words, i, cues)}


def _is_person(words: list[str], i: int, cues: Cues) -> bool:
    word, before = words[i], words[i - 1] if i else ""
    if word in cues.words("person_en", "person"):
        near = {*words[max(0, i - 2) : i], *words[i + 1 : i + 2]}
        return not near & cues.words("person_en", "friends")
    if word in cues.words("person_en", "someone"):
        return True
    service = before == "customer" and word in ("service", "support", "care")
    return service or (before == "live" and word in ("chat", "support", "help"))


def _en_one(words: list[str], at: int, cues: Cues) -> Named:
    if asked := _en_verb(words, at, cues):
        return asked
    word, short = words[at], len(words) <= _EN_SHORT
    real = bool(at) and words[at - 1] in cues.words("person_en", "real")
    if word in cues.words("person_en", "someone") and not real:
        return "word" if short and word in cues.words("person_en", "alone") else ""
    return "request" if short and not {"are", "you"} & set(words) else "word"


def _en_verb(words: list[str], at: int, cues: Cues) -> Named:
    """What a verb before the person says: "let me talk to a human" against "I don't want to talk to a human"."""
    verbs = [i for i in range(max(0, at - _EN_REACH), at) if _asks(words, i, at, cues)]
    refused = [bool(cues.words("person_en", "refused") & set(words[max(0, i - 2) : i])) for i in verbs]
    if not verbs:
        return ""
    # "I don't want a bot, I want a human": the verb next to the person counts, unless it hangs on a refused one.
    hangs = words[verbs[-1] - 1] == "to" and any(refused[:-1])
    return "refused" if (refused[-1] or hangs) and "why" not in words else "request"


def _asks(words: list[str], verb: int, person: int, cues: Cues) -> bool:
    """ "get me a person" asks for one, "give someone a kettle" does not."""
    if words[verb] in cues.words("person_en", "talk"):
        return True
    if words[verb] not in cues.words("person_en", "want"):
        return False
    if words[person] not in cues.words("person_en", "someone"):
        return True
    allowed = cues.words("person_en", "real") | cues.words("person_en", "between")
    between = set(words[verb + 1 : person])
    return words[person] not in cues.words("person_en", "vague") and between <= allowed
