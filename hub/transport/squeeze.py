"""Makes a script smaller without changing it: comments, indentation and spaces that separate nothing go.

Line ends stay, since they may end statements, and names stay, so that a stack trace can be read.
"""

import re

TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      |(?P<idle>/\*[\s\S]*?\*/|//[^\n]*|[ \t]+)
      |(?P<line>\n\s*)
      |(?P<word>[\w$]+)
      |(?P<sign>[\s\S])""",
    re.VERBOSE,
)
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])*/[a-z]*")
WORDS_BEFORE_REGEX = {"return", "typeof", "case", "of", "in"}
CLOSED = "{}()[],;:=<>?&|!*"


def squeeze(text: str) -> str:
    """Raises ValueError when brackets or quotes do not match."""
    script = _Script(text)
    script.code()
    if script.at < len(text):
        raise ValueError("a } without its {")
    return re.sub(r"\n+", "\n", "".join(script.out)).strip() + "\n"


class _Script:
    """One pass over the text. `last` is the last piece that was not space: it tells a regex from a division."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.last = ""
        self.gap = False

    def code(self) -> None:
        """Up to the end, or in front of the } that closes what surrounds this."""
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "}":
                return
            if sign == "`":
                self.template()
                continue
            self.piece()
            if sign == "{" and self.last == "{":
                self.code()
                self.piece()

    def template(self) -> None:
        start = self.at
        self.at += 1
        while self.text[self.at : self.at + 1] != "`":
            if self.at >= len(self.text):
                raise ValueError("a template that does not end")
            if self.text.startswith("${", self.at):
                self.put(self.text[start : self.at + 2], start=start)
                self.last, self.at = "{", self.at + 2
                self.code()
                start = self.at
            self.at += 2 if self.text[self.at] == "\\" else 1
        self.at += 1
        self.put(self.text[start : self.at], start=start)

    def piece(self) -> None:
        regex = REGEX.match(self.text, self.at) if self.starts_regex() else None
        found = regex or TOKEN.match(self.text, self.at)
        if found is None:
            raise ValueError("the text ends too early")
        self.at = found.end()
        match None if regex else found.lastgroup:
            case "idle":
                self.gap = True
            case "line":
                self.gap = False
                self.out.append("\n")
            case _:
                self.put(found[0])

    def starts_regex(self) -> bool:
        if self.text[self.at] != "/" or self.text.startswith(("//", "/*"), self.at):
            return False
        return not self.last or self.last in WORDS_BEFORE_REGEX or self.last[-1] in "(,=:[!&|?{};+-*%<>~^"

    def put(self, piece: str, *, start: int | None = None) -> None:
        """`start` marks a stretch of a template, whose } is not one of the code."""
        before = self.out[-1][-1] if self.out else "\n"
        if self.gap and before != "\n" and before not in CLOSED and piece[0] not in CLOSED:
            self.out.append(" ")
        self.gap = False
        self.out.append(piece)
        self.last = piece if start is None else "`"
