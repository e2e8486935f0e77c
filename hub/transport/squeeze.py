"""Makes scripts and style sheets smaller without changing them: comments, indentation and idle spaces go.

Names stay, so that a stack trace can be read, and so do line ends wherever they may end a statement.
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
SIGNS_BEFORE_REGEX = "(,=:[!&|?{};+-*%<>~^"
# No space is needed beside these, nor beside one of those unless the other neighbour is one, too (`a - -b`).
CLOSED = "{}()[],;:=<>?&|!*\"'`"
APART = "+-/%"
# After these, and before a } or a dot, no line end is needed.
GOES_ON = "{([,;:=?&|>"
MARKUP = {"html", "svg", "css"}


def squeeze(text: str) -> str:
    """A script. Raises ValueError when brackets or quotes do not match."""
    script = _Script(text)
    script.code()
    if script.at < len(text):
        raise ValueError("a } without its {")
    return "".join(script.out).strip() + "\n"


def squeeze_sheet(text: str) -> str:
    """A style sheet. Strings in it must not depend on the spaces around `{};,`."""
    text = re.sub(r"/\*[\s\S]*?\*/", "", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", text).replace(";}", "}")
    # "a :hover" is not "a:hover", but a colon with a space behind it only stands in declarations.
    return re.sub(r"\s+", " ", text.replace(": ", ":")).strip() + "\n"


class _Script:
    """One pass over the text. `last` is the last piece that was not space: it tells a regex from a division."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.last = ""
        self.gap = ""

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
                if self.at == len(self.text):
                    raise ValueError("a { without its }")
                self.piece()

    def template(self) -> None:
        markup = self.last in MARKUP
        start = self.at
        self.at += 1
        while self.text[self.at : self.at + 1] != "`":
            if self.at >= len(self.text):
                raise ValueError("a template that does not end")
            if self.text.startswith("${", self.at):
                self.stretch(start, self.at + 2, markup=markup)
                self.code()
                start, self.gap = self.at, ""
            self.at += 2 if self.text[self.at] == "\\" else 1
        self.stretch(start, self.at + 1, markup=markup)
        self.last = "`"

    def stretch(self, start: int, end: int, *, markup: bool) -> None:
        """Part of a template, as it is; in markup, indentation means nothing."""
        part = self.text[start:end]
        self.put(re.sub(r"\n\s+", "\n", part) if markup else part)
        self.last, self.at = "{", end

    def piece(self) -> None:
        regex = REGEX.match(self.text, self.at) if self.starts_regex() else None
        found = regex or TOKEN.match(self.text, self.at)
        if found is None:
            raise ValueError("the text ends too early")
        self.at = found.end()
        match None if regex else found.lastgroup:
            case "idle":
                self.gap = self.gap or " "
            case "line":
                self.gap = "\n"
            case _:
                self.put(found[0])

    def starts_regex(self) -> bool:
        if self.text[self.at] != "/" or self.text.startswith(("//", "/*"), self.at):
            return False
        return not self.last or self.last in WORDS_BEFORE_REGEX or self.last[-1] in SIGNS_BEFORE_REGEX

    def put(self, piece: str) -> None:
        before = self.out[-1][-1] if self.out else "{"
        if self.gap == "\n" and before not in GOES_ON and piece[0] not in "}.":
            self.out.append("\n")
        elif self.gap == " " and _needs_space(before, piece[0]):
            self.out.append(" ")
        self.gap = ""
        self.out.append(piece)
        self.last = piece


def _needs_space(before: str, after: str) -> bool:
    apart = (before in APART) + (after in APART)
    return apart == 2 or not (apart or before in CLOSED or after in CLOSED)
