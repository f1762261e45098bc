"""The part of CEL that a map may use, checked word by word before CEL itself reads it.

There are no loops, no macros, no indexes but a record's, and one kind of number: `2` is read as `2.0`. So every
expression ends soon, names the fields it reads, and never mixes CEL's three kinds of numbers, which do not mix.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from apatar.sync.errors import ExpressionError

LONGEST = 2_000
DEEPEST = 20
MOST_OPERATORS = 100
MOST_DIGITS = 15
"""As many decimal digits as a double gives back unchanged (IEEE 754, DBL_DIG)."""

Arities = Mapping[str, tuple[int, int | None]]
"""How few and how many values a function takes; None is any number."""

VARIABLES = frozenset({"value", "record"})
_WORDS = frozenset({*VARIABLES, "true", "false", "null", "in"})
_CLOSES = {"(": ")", "[": "]"}
_NOT_OPERATORS = frozenset("()[],.")

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<text>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]])""",
    re.VERBOSE,
)
_FOREIGN = {
    "=": "Compare with two equal signs, ==.",
    "&": "Write && for “and”, or + to put texts together.",
    "|": "Write || for “or”.",
    '"': "Close the text with the same quotation mark, in the same line.",
    "'": "Close the text with the same quotation mark, in the same line.",
    "{": "Braces are not used here: fields are written record.Name.",
}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Checked:
    """An expression as CEL shall read it, and the record's keys that it reads."""

    text: str
    keys: frozenset[str]


@dataclass(slots=True)
class _Bracket:
    """An open bracket; `function` is what a round one calls, `given` how many values stood before it (a.f(b): one)."""

    token: Token
    function: Token | None = None
    given: int = 0
    commas: int = 0


_START = Token("mark", "", 0)


@dataclass(slots=True)
class _Checker:
    tokens: list[Token]
    arities: Arities
    keys: set[str] = field(default_factory=set)
    brackets: list[_Bracket] = field(default_factory=list)
    operators: int = 0

    def at(self, place: int) -> Token:
        return self.tokens[place] if 0 <= place < len(self.tokens) else _START

    def check(self) -> None:
        for place, token in enumerate(self.tokens):
            _check_neighbours(self.at(place - 1), token)
            if token.kind == "name":
                self._name(place, token)
            elif token.kind == "number":
                _check_number(token)
            elif token.kind == "mark":
                self._mark(place, token)
        if self.brackets:
            _refuse(self.brackets[-1].token, "This bracket is never closed. Close it.")

    def _name(self, place: int, token: Token) -> None:
        before, after = self.at(place - 1).text, self.at(place + 1).text
        if before == "." and self._is_record(place - 2):
            self._field(token, after)
        elif after == "(":
            self._function(token)
        elif before == ".":
            _refuse(token, "Only a record has fields. Write record.Name, or call a function with brackets.")
        elif token.text not in _WORDS:
            _refuse(token, f"There is no {token.text!r} here. Write record.{token.text} if you mean a field.")
        elif token.text == "record" and after not in {".", "["}:
            _refuse(token, 'A whole record is no value. Name one of its fields: record.Name or record["Name"].')

    def _field(self, token: Token, after: str) -> None:
        if after == "(":
            _refuse(token, f"A record has no functions. Write {token.text}(record.Name).")
        self.keys.add(token.text)

    def _function(self, token: Token) -> None:
        if token.text in self.arities or token.text == "in":
            return
        near = get_close_matches(token.text, self.arities, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Choose one of the functions of the reference."
        _refuse(token, f"There is no function {token.text}. {remedy}")

    def _mark(self, place: int, token: Token) -> None:
        if token.text in _CLOSES:
            self._open(place, token)
        elif token.text in _CLOSES.values():
            self._close(place, token)
        elif token.text == "," and self.brackets:
            self.brackets[-1].commas += 1
        elif token.text not in _NOT_OPERATORS:
            self.operators += 1
            if self.operators > MOST_OPERATORS:
                _refuse(token, f"There are more than {MOST_OPERATORS} operators. Use lookup or fewer conditions.")

    def _open(self, place: int, token: Token) -> None:
        if len(self.brackets) == DEEPEST:
            _refuse(token, f"Brackets stand more than {DEEPEST} deep. Make the expression simpler.")
        before = self.at(place - 1)
        if token.text == "[" and self._is_record(place - 1):
            self._key(place)
        elif token.text == "[" and _ends_a_value(before):
            _refuse(token, "Only a record is read with square brackets. Use split_part for a part of a text.")
        called = before if token.text == "(" and before.kind == "name" and before.text != "in" else None
        given = int(called is not None and self.at(place - 2).text == ".")
        self.brackets.append(_Bracket(token, called, given))

    def _key(self, place: int) -> None:
        key, closing = self.at(place + 1), self.at(place + 2)
        if key.kind != "text" or closing.text != "]" or "\\" in key.text:
            _refuse(self.at(place), 'Name the field in quotation marks, such as record["BillAddress.City"].')
        self.keys.add(key.text[1:-1])

    def _close(self, place: int, token: Token) -> None:
        if not self.brackets or _CLOSES[self.brackets[-1].token.text] != token.text:
            _refuse(token, "This bracket closes nothing. Take it away, or open it before.")
        bracket = self.brackets.pop()
        if bracket.function is not None:
            empty = self.at(place - 1) is bracket.token
            self._count(bracket.function, bracket.given + (0 if empty else bracket.commas + 1))

    def _count(self, function: Token, count: int) -> None:
        least, most = self.arities[function.text]
        if count >= least and (most is None or count <= most):
            return
        wanted = f"at least {least}" if most is None else str(least) if least == most else f"{least} to {most}"
        _refuse(function, f"{function.text} needs {wanted} values and got {count}. Look it up in the reference.")

    def _is_record(self, place: int) -> bool:
        return self.at(place).text == "record" and self.at(place - 1).text != "."


def check(text: str, arities: Arities) -> Checked:
    """Return what CEL shall read; raise ExpressionError with the position of what is not allowed."""
    if len(text) > LONGEST:
        message = f"The expression has {len(text):,} characters. Keep it within {LONGEST:,}; use lookup for long lists."
        raise ExpressionError(message)
    tokens = _tokens(text)
    checker = _Checker(tokens, arities)
    checker.check()
    return Checked(_with_one_kind_of_number(text, tokens), frozenset(checker.keys))


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            remedy = _FOREIGN.get(text[place], "Take it away, or put it into quotation marks.")
            raise ExpressionError(f"{text[place]!a} means nothing here. {remedy}", position=place + 1)
        place = match.end()
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group(), match.start()))
    if not found:
        message = "The expression is empty. Write one, or take it away."
        raise ExpressionError(message)
    return found


def _check_neighbours(before: Token, token: Token) -> None:
    """Refuse what CEL would read as one word: prefixes of texts, comments, endings of numbers, optional access."""
    if token.kind != "mark" and before.kind in {"name", "number", "text"} and before.end == token.start:
        _refuse(token, "Something is missing before this. Put an operator or a comma between the two.")
    if token.kind == "number" and before.text == ".":
        _refuse(token, "Write a number with a digit before the point, such as 0.5.")
    if before.text + token.text in {"//", "?.", "[?"}:
        _refuse(token, "This sign cannot follow the one before it. Take one of them away.")


def _check_number(token: Token) -> None:
    if len(token.text.replace(".", "").strip("0")) > MOST_DIGITS:
        _refuse(token, f"The number has more than {MOST_DIGITS} digits. Use a shorter one.")


def _ends_a_value(token: Token) -> bool:
    if token.kind == "mark":
        return token.text in {")", "]"}
    return token.text != "in"


def _with_one_kind_of_number(text: str, tokens: list[Token]) -> str:
    parts, place = [], 0
    for token in tokens:
        if token.kind == "number" and "." not in token.text:
            parts.append(text[place : token.end] + ".0")
            place = token.end
    return "".join([*parts, text[place:]])


def _refuse(token: Token, sentence: str) -> NoReturn:
    raise ExpressionError(sentence, position=token.start + 1)
