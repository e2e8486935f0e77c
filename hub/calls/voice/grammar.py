"""What a caller may be expected to say, as JSGF, and what their words mean. Pure."""

import re
from typing import Literal

from hub.calls.voice.ports import Expected
from hub.model.frozen import frozen

# Few words, unlike each other: each one more is one more to be mistaken for.
_DIGITS = "zero | one | two | three | four | five | six | seven | eight | nine"
_PERSON = "agent | person | an agent | a person"
_RULES: dict[Expected, str] = {
    "number": f"<digit> <digit> <digit> <digit> | {_PERSON} | no",  # it is asked for the last four
    "yes_no": f"yes | yeah | yes please | no | no thanks | {_PERSON}",
    "person": f"{_PERSON} | call me back",
}


def jsgf(expected: Expected) -> str:
    """To say nothing is a sentence as well: else a cough would be the shortest word of all, "no"."""
    return f"#JSGF V1.0; grammar g; public <g> = [ {_RULES[expected]} ]; <digit> = {_DIGITS};"


@frozen
class Meaning:
    """`digits` of a number, "" = none."""

    kind: Literal["number", "yes", "no", "person", "callback", ""]
    digits: str = ""


_SPOKEN = {
    word: str(value)
    for value, words in enumerate(
        (
            "zero oh 零 〇 洞",
            "one 一 幺 壹",
            "two 二 两",
            "three 三",
            "four 四",
            "five 五",
            "six 六",
            "seven 七 拐",
            "eight 八",
            "nine 九",
        )
    )
    for word in words.split()
}
# Words of each kind, the most telling first: 不是 holds 是, 打给我 is no person.
_SIGNS: tuple[tuple[Literal["callback", "person", "no", "yes"], str], ...] = (
    ("callback", r"\bcall (me|back)\b|回电|回拨|打给我|打回来"),
    ("person", r"\b(agent|person|human|operator|representative|someone)\b|人工|客服|真人|转接"),
    ("no", r"\b(no|nope|wrong|incorrect|not)\b|不是|不对|不用|不要|不需要|没有|错|^不$|^否$"),
    ("yes", r"\b(yes|yeah|yep|sure|okay|ok|correct|right|please)\b|是的|对的|好的|可以|需要|^是$|^对$|^好$|^要$|^嗯$"),
)


def meaning(words: str) -> Meaning:
    """Of what was heard or written, whichever engine heard it: "one two 3" is 123, as 一二三 is."""
    folded = words.lower().strip().strip(".,!?。，！？")
    digits = digits_in(folded)
    if len(digits) >= 3:
        return Meaning("number", digits)
    for kind, sign in _SIGNS:
        if re.search(sign, folded):
            return Meaning(kind)
    return Meaning("number", digits) if digits else Meaning("")


def digits_in(folded: str) -> str:
    found = re.findall(r"[0-9]|[a-z]+|[一二三四五六七八九零〇两幺壹洞拐]", folded)
    return "".join(it if it.isdecimal() and it.isascii() else _SPOKEN.get(it, "") for it in found)
