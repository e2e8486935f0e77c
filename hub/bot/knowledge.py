"""The knowledge base: articles as Markdown files, found with SQLite FTS5.

Chinese is split into characters and pairs *before* it reaches FTS5 (`unicode61`): its own trigram tokenizer finds
fewer right answers (bot.md: recall@1 .770 against .931). FTS5 ranks; how sure the bot may be is computed here, since
a bm25 score says nothing by itself.

A file: `# title`, for a product's manual `models:`, `kinds:` (its names), `about:` (words that point to it) and
`facts:` (the section by which one chooses it), then `## sections`; a line `? a / b` in a section holds other wordings.
"""

import math
import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import field
from importlib.resources import files
from pathlib import Path

from hub.bot.plain import is_han, plain, tokens
from hub.bot.words import LANGUAGES
from hub.model.frozen import frozen

CANDIDATES = 12
QUERY_TOKENS = 48
OWNED = 0.12
NOT_OWNED = 0.08


@frozen
class Entry:
    """One section of an article. `models` is empty for policies; `article` is the file's stem."""

    article: str
    section: int
    title: str
    heading: str
    body: str
    models: frozenset[str]
    asks: tuple[str, ...]
    key: frozenset[str] = field(repr=False)
    rest: frozenset[str] = field(repr=False)
    wordings: tuple[frozenset[str], ...] = field(repr=False)
    """The heading and each `?` wording as terms."""


@frozen
class Manual:
    """A product's article, what people call the product, words that point to it without naming it, and the heading of
    the section with its sizes and capacities ("" where there is none)."""

    article: str
    title: str
    models: tuple[str, ...]
    kinds: tuple[str, ...]
    about: tuple[str, ...]
    facts: str

    @property
    def product(self) -> str:
        return self.title.removesuffix("使用说明").removesuffix(" manual")


@frozen
class Hit:
    """`evidence` is how well the words fit (0..1); `score` ranks, with the customer's own products first."""

    entry: Entry
    score: float
    evidence: float


class Shelf:
    """The entries of one language, with their index in memory. Read-only once built."""

    def __init__(self, language: str, folder: Path, stop: frozenset[str]) -> None:
        self.language = language
        self._stop = stop
        self.entries: list[Entry] = []
        self.manuals: list[Manual] = []
        for path in sorted(folder.glob("*.md")):
            self._read(path)
        self._idf = _idf([e.key | e.rest for e in self.entries])
        self._rarest = max(self._idf.values(), default=1.0)
        self._index = _index(self.entries)
        weakref.finalize(self, self._index.close)

    def _read(self, path: Path) -> None:
        head, *sections = path.read_text("utf-8").split("\n## ")
        title, named = _head(head)
        models = tuple(named.get("models", "").split())
        kinds, about = _names(named, "kinds"), _names(named, "about")
        manual = Manual(path.stem, title, models, kinds, about, named.get("facts", ""))
        if models:
            self.manuals.append(manual)
        for number, section in enumerate(sections):
            self.entries.append(self._entry(manual, number, section))

    @property
    def policies(self) -> frozenset[str]:
        """The articles about the shop, not about one product."""
        return frozenset(e.article for e in self.entries if not e.models)

    def _entry(self, of: Manual, number: int, text: str) -> Entry:
        heading, *lines = text.strip().splitlines()
        asks = tuple(a.strip() for line in lines if line.startswith("? ") for a in line[2:].split(" / "))
        body = "\n".join(line for line in lines if not line.startswith("? ")).strip()
        return Entry(
            article=of.article,
            section=number,
            title=of.title,
            heading=heading.strip(),
            body=body,
            models=frozenset(of.models),
            asks=asks,
            key=self._set(" ".join([heading, *asks, *of.models, *of.kinds, *of.about])),
            rest=self._set(f"{of.title} {body}"),
            wordings=tuple(self._set(w) for w in (heading, *asks)),
        )

    def _set(self, text: str) -> frozenset[str]:
        return frozenset(_terms(plain(text), self._stop))

    def search(self, folded: str, owned: Iterable[str] = (), only: frozenset[str] | None = None) -> list[Hit]:
        """Best first. `owned` models come before others; `only` restricts to these articles."""
        words = _terms(folded, self._stop)[:QUERY_TOKENS]
        if not words:
            return []
        have = frozenset(owned)
        hits = [self._hit(e, words, have) for e in self._candidates(words, only)]
        return sorted(hits, key=lambda h: h.score, reverse=True)

    def _candidates(self, words: list[str], only: frozenset[str] | None) -> list[Entry]:
        query = " OR ".join(f'"{w}"' for w in words)
        rows = self._index.execute(
            "SELECT rowid FROM entries WHERE entries MATCH ? ORDER BY bm25(entries, 3.0, 1.0) LIMIT ?",
            (query, CANDIDATES if only is None else len(self.entries)),
        ).fetchall()
        found = [self.entries[row[0]] for row in rows]
        return [e for e in found if only is None or e.article in only]

    def _hit(self, entry: Entry, words: list[str], owned: frozenset[str]) -> Hit:
        weights = [self._idf.get(w, self._rarest) for w in words]
        got = sum(
            weight * (1.0 if w in entry.key else 0.55 if w in entry.rest else 0.0)
            for w, weight in zip(words, weights, strict=True)
        )
        evidence = 0.6 * got / sum(weights) + 0.4 * self._alike(entry, words, weights)
        if not (entry.models and owned):
            return Hit(entry, evidence, evidence)
        if entry.models & owned:
            return Hit(entry, evidence + OWNED, evidence + OWNED / 2)
        return Hit(entry, evidence - NOT_OWNED, evidence)

    def _alike(self, entry: Entry, words: list[str], weights: list[float]) -> float:
        """The best cosine, by idf, of the question with one wording of the entry."""
        size = math.sqrt(sum(w * w for w in weights))
        best = 0.0
        for wording in entry.wordings:
            shared = sum(w * w for word, w in zip(words, weights, strict=True) if word in wording)
            if shared:
                best = max(best, shared / (size * math.sqrt(sum(self._idf[t] ** 2 for t in wording))))
        return best

    def mentioned(self, folded: str, owned: Iterable[str] = ()) -> list[Manual]:
        """The manuals of the products that a text names; of several, the customer's own, or the longest name."""
        text = _spaced(folded)
        named = [(len(name), m) for m in self.manuals for name in _pointers(m) if _spaced(name) in text]
        if not named:
            return []
        have = frozenset(owned)
        longest = max(size for size, _ in named)
        best = list({m.article: m for size, m in named if size == longest}.values())
        if exact := [m for m in best if have & set(m.models)]:
            return exact
        said = {name for m in best for name in _pointers(m) if _spaced(name) in text and len(name) == longest}
        return [m for m in self.manuals if have & set(m.models) and _called(m, said)] or best

    def named(self, folded: str) -> list[Manual]:
        """All that a text may mean: "kettle" is the travel kettle as well, "travel kettle" that one alone."""
        text = _spaced(folded)
        said = {_spaced(n) for m in self.manuals for n in (*map(plain, m.models), *m.kinds) if _spaced(n) in text}
        whole = {n for n in said if not any(n != other and n in other for other in said)}
        return [m for m in self.manuals if _called(m, whole)]

    def facts(self, manual: Manual) -> Entry | None:
        """The section of its sizes and capacities."""
        own = (e for e in self.entries if e.article == manual.article)
        return next((e for e in own if e.heading == manual.facts), None)

    def manual_of(self, model: str) -> Manual | None:
        return next((m for m in self.manuals if model in m.models), None)

    def section(self, article: str, number: int) -> Entry | None:
        return next((e for e in self.entries if e.article == article and e.section == number), None)


class Knowledge:
    """Both languages' shelves."""

    def __init__(self, stop: frozenset[str], folder: Path | None = None) -> None:
        """`stop`: words too common to say anything. `folder` holds zh/*.md and en/*.md; None = the shipped ones."""
        root = folder or Path(str(files(__package__).joinpath("articles")))
        self._shelves = {language: Shelf(language, root / language, stop) for language in LANGUAGES}

    def shelf(self, language: str) -> Shelf:
        return self._shelves["zh" if language.startswith("zh") else "en"]


def without_names(question: str, meant: list[Manual]) -> str:
    """A plain question without the products' names: once the product is settled, they make its sections alike."""
    text = question
    for name in sorted((n for m in meant for n in (*m.kinds, *(x.lower() for x in m.models))), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def _head(text: str) -> tuple[str, dict[str, str]]:
    title, *lines = text.strip().splitlines()
    named = (line.partition(":") for line in lines if ":" in line)
    return title.removeprefix("# ").strip(), {name.strip(): value.strip() for name, _, value in named}


def _names(named: dict[str, str], key: str) -> tuple[str, ...]:
    """Separated by commas (English) or spaces (Chinese)."""
    text = named.get(key, "")
    parts = text.split(",") if "," in text or text.isascii() else text.split()
    return tuple(plain(p) for p in parts if p.strip())


def _terms(folded: str, stop: frozenset[str]) -> list[str]:
    """What is indexed and searched: Han characters and pairs, stems of Latin words; without the commonest words."""
    out: dict[str, None] = {}
    before = ""
    for token in tokens(folded):
        if is_han(token) and before and is_han(before):
            out[before + token] = None
        if token not in stop and token[0] != "<":
            out[_stem(token)] = None
        before = token
    return list(out)


def _stem(token: str) -> str:
    """A light English stemmer: enough to bring "descaling", "descaled" and "descale" together."""
    word = token.replace("'", "")
    if not word.isascii() or len(word) < 5 or not word.isalpha():
        return word[:-1] if len(word) == 4 and word.isalpha() and word.endswith("s") and word[-2] != "s" else word
    for ending in ("ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def _idf(entries: list[frozenset[str]]) -> dict[str, float]:
    counts: dict[str, int] = {}
    for terms in entries:
        for term in terms:
            counts[term] = counts.get(term, 0) + 1
    return {term: math.log(1 + len(entries) / n) for term, n in counts.items()}


def _index(entries: list[Entry]) -> sqlite3.Connection:
    # The bot answers on whichever thread the hub runs it; after this the index is only read.
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute("CREATE VIRTUAL TABLE entries USING fts5(key, rest, tokenize='unicode61')")
    rows = ((i, " ".join(sorted(e.key)), " ".join(sorted(e.rest))) for i, e in enumerate(entries))
    index.executemany("INSERT INTO entries(rowid, key, rest) VALUES (?, ?, ?)", rows)
    return index


def _pointers(manual: Manual) -> Iterator[str]:
    yield from (plain(m) for m in manual.models)
    yield from manual.kinds
    yield from manual.about


def _called(manual: Manual, said: set[str]) -> bool:
    """Is one of the words `said` a name of this product, or part of one ("水壶" of "旅行水壶")?"""
    return any(_spaced(word) in _spaced(name) for word in said for name in _pointers(manual))


def _spaced(text: str) -> str:
    """Latin words set apart, so that "iron" is not found in "environment"; plural s dropped. Han runs stay whole."""
    parts = (t if is_han(t) else f" {t.removesuffix('s') if len(t) > 3 else t} " for t in tokens(text))
    line = " ".join("".join(parts).split())
    return line if line and all(is_han(c) for c in line) else f" {line} "
