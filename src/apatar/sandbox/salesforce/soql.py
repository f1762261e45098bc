"""SOQL text into a query as a value; what is wrong is answered with a caret under the place."""

import re
from dataclasses import dataclass

from apatar.sandbox.salesforce.errors import Refused

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+))
    | (?P<word>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<sign>!=|<>|<=|>=|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_DATE_WORDS = re.compile(r"(?i)TODAY|YESTERDAY|TOMORROW|LAST_N_DAYS:\d+")
_AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG", "FIELDS")
_WINDOW = 32


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the query and where it begins; `kind` is a group of the pattern above, or `end`."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """A field, possibly through relationships: `Name`, `Account.Owner.Name`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function in the select list; COUNT() has no path."""

    function: str
    path: Path | None
    alias: str
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a condition; kinds: string, datetime, date, number, boolean, null, dateword."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test; IN and NOT IN have many values, or a query that finds them; the others have one."""

    path: Path
    operator: str
    values: tuple[Literal, ...]
    among: "Query | None" = None


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions held together by AND, OR, or denied by NOT (which has one)."""

    word: str
    parts: tuple["Condition", ...]


Condition = Comparison | Junction


@dataclass(frozen=True, slots=True)
class Ordering:
    """One term of ORDER BY."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, its words not yet checked against the schema."""

    text: str
    selected: tuple["Item", ...]
    source: Path
    where: Condition | None
    group: tuple[Path, ...]
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int
    all_rows: bool


@dataclass(frozen=True, slots=True)
class Nested:
    """A query for the children of each record, in the select list."""

    query: Query
    at: int


Item = Path | Aggregate | Nested


def complain(text: str, at: int, code: str, message: str) -> Refused:
    """Return a refusal with the caret block: 32 characters before the place, as in captures/query_400_INVALID_TYPE."""
    start = max(0, at - _WINDOW)
    end = min(len(text), max(at + _WINDOW, at + 1))
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    shown = text[start:end].replace("\n", " ")
    return Refused(code, f"\n{shown}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{message}")


def parse(text: str) -> Query:
    """Read a query; raises Refused with MALFORMED_QUERY."""
    parser = _Parser(text)
    query = parser.query()
    if parser.next.kind != "end":
        raise parser.unexpected()
    return query


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise complain(text, at, "MALFORMED_QUERY", f"unexpected token: '{text[at]}'")
        kind = str(match.lastgroup)
        found.append(Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    return [*found, Token("end", "<EOF>", len(text))]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.place = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def query(self) -> Query:
        self.expect("SELECT")
        selected = self.selected()
        self.expect("FROM")
        source = self.path()
        if self.next.kind == "word" and self.next.text.upper() not in (
            "WHERE",
            "GROUP",
            "ORDER",
            "LIMIT",
            "OFFSET",
            "ALL",
        ):
            raise self.unexpected()
        where = self.condition() if self.skip("WHERE") else None
        group = self.paths() if self.skip_pair("GROUP", "BY") else ()
        order = self.orderings() if self.skip_pair("ORDER", "BY") else ()
        limit = self.number() if self.skip("LIMIT") else None
        offset = self.number() if self.skip("OFFSET") else 0
        all_rows = self.skip_pair("ALL", "ROWS")
        return Query(self.text, selected, source, where, group, order, limit, offset, all_rows)

    def selected(self) -> tuple[Item, ...]:
        items: list[Item] = [self.item()]
        while self.skip(","):
            items.append(self.item())
        return tuple(items)

    def item(self) -> Item:
        at = self.next.at
        if self.skip("("):
            return Nested(self.inner(), at)
        path = self.path()
        if self.next.text != "(":
            return path
        if path.name.upper() not in _AGGREGATES:
            raise self.unexpected()
        self.expect("(")
        inner = None if self.next.text == ")" else self.path()
        self.expect(")")
        named = self.next.kind == "word" and self.next.text.upper() != "FROM"
        return Aggregate(path.name.upper(), inner, self.take().text if named else "", path.at)

    def inner(self) -> Query:
        """Return a query in parentheses, the first of which has been read."""
        query = self.query()
        self.expect(")")
        return query

    def condition(self) -> Condition:
        parts = [self.term()]
        word = self.next.text.upper()
        while word in ("AND", "OR") and self.skip(word):
            parts.append(self.term())
        if self.next.text.upper() in ("AND", "OR"):  # both words at one level: parentheses are needed
            raise self.unexpected()
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def term(self) -> Condition:
        if self.skip("NOT"):
            return Junction("NOT", (self.term(),))
        if self.skip("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        path = self.path()
        operator = self.operator()
        if operator not in ("IN", "NOT IN"):
            return Comparison(path, operator, (self.literal(),))
        self.expect("(")
        if self.next.text.upper() == "SELECT":
            return Comparison(path, operator, (), self.inner())
        values = [self.literal()]
        while self.skip(","):
            values.append(self.literal())
        self.expect(")")
        return Comparison(path, operator, tuple(values))

    def operator(self) -> str:
        if self.skip_pair("NOT", "IN"):
            return "NOT IN"
        token = self.next
        word = token.text.upper()
        if token.kind != "sign" and word not in ("LIKE", "IN"):
            raise self.unexpected()
        if token.text in ("(", ")", ","):
            raise self.unexpected()
        self.take()
        return "!=" if word == "<>" else word

    def literal(self) -> Literal:
        token = self.take()
        word = token.text.lower()
        if token.kind == "string":
            return Literal("string", self.unescaped(token))
        if token.kind in ("datetime", "date", "number"):
            return Literal(token.kind, token.text)
        if word in ("true", "false"):
            return Literal("boolean", word)
        if word == "null":
            return Literal("null", "")
        if token.kind == "word" and _DATE_WORDS.fullmatch(token.text):
            return Literal("dateword", token.text.upper())
        self.place -= 1
        raise self.unexpected()

    def unescaped(self, token: Token) -> str:
        """Return a string's content; `\\%` and `\\_` keep their backslash for LIKE."""
        out: list[str] = []
        inner = iter(token.text[1:-1])
        for letter in inner:
            if letter != "\\":
                out.append(letter)
                continue
            code = next(inner)
            if code.lower() == "u":
                out.append(chr(int("".join(next(inner, "0") for _ in range(4)), 16)))
            elif code in "%_":
                out.append(f"\\{code}")
            elif code in _ESCAPES:
                out.append(_ESCAPES[code])
            else:
                raise complain(self.text, token.at, "MALFORMED_QUERY", f"Illegal escape sequence in string: \\{code}")
        return "".join(out)

    def orderings(self) -> tuple[Ordering, ...]:
        terms = [self.ordering()]
        while self.skip(","):
            terms.append(self.ordering())
        return tuple(terms)

    def ordering(self) -> Ordering:
        path = self.path()
        descending = self.skip("DESC")
        if not descending:
            self.skip("ASC")
        if not self.skip("NULLS"):
            return Ordering(path, descending, nulls_last=False)
        last = self.skip("LAST")
        if not last:
            self.expect("FIRST")
        return Ordering(path, descending, last)

    def paths(self) -> tuple[Path, ...]:
        found = [self.path()]
        while self.skip(","):
            found.append(self.path())
        return tuple(found)

    def path(self) -> Path:
        if self.next.kind != "word":
            raise self.unexpected()
        token = self.take()
        return Path(token.text, token.at)

    def number(self) -> int:
        if not (self.next.kind == "number" and self.next.text.isdigit()):
            raise self.unexpected()
        return int(self.take().text)

    def take(self) -> Token:
        token = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def skip(self, word: str) -> bool:
        if self.next.kind not in ("word", "sign") or self.next.text.upper() != word:
            return False
        self.take()
        return True

    def skip_pair(self, first: str, second: str) -> bool:
        if (
            self.next.text.upper() != first
            or self.tokens[min(self.place + 1, len(self.tokens) - 1)].text.upper() != second
        ):
            return False
        self.take()
        self.take()
        return True

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise self.unexpected()

    def unexpected(self) -> Refused:
        return complain(self.text, self.next.at, "MALFORMED_QUERY", f"unexpected token: '{self.next.text}'")
