"""What may be wrong with an answer of a CRM: a code, for which the console has words in each language (`drift.CODE`),
and an English sentence for the terminal. Where a finding carries it as one text, that is `CODE` or `CODE: argument`.
"""

from typing import Final

SENTENCES: Final = {
    "missing": "is missing",
    "no_text": "a list or an object instead of a text",
    "no_objects": "are no objects",
    "no_number": "no whole number",
    "no_amount": "no amount",
    "no_yes_or_no": "neither yes nor no",
    "no_time": 'no time (ISO 8601 or a number); $time(..., "%d.%m.%Y %H:%M") reads others',
    "unusable": "is blank or does not fit: the record is left out",
    "incomplete": "lacks its customer, number, id or a status of ours",
    "expression": "can't be worked out: {argument}",
}


def parted(problem: str) -> tuple[str, str]:
    """Code and argument. A text without a code of ours (an older release wrote it) is told as it is."""
    code, _, argument = problem.partition(": ")
    return (code, argument) if code in SENTENCES else (problem, "")


def sentence(problem: str) -> str:
    code, argument = parted(problem)
    return SENTENCES.get(code, code).format(argument=argument)
