"""The expression language of the map: what it gives, what it refuses, and that it never fails otherwise."""

import json
import logging
import re
import threading
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apatar.sync import expressions
from apatar.sync.errors import ExpressionError, MappingError
from apatar.sync.expression_functions import ARITIES, FUNCTIONS, Tables
from apatar.sync.record import Remote
from apatar.sync.values import Value

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "expressions.md"
REGIONS: Tables = {"regions": {"W": "West"}}
Row = tuple[str, Remote, Value, object]


def result_of(text: str, record: Remote | None = None, *, value: Value = None, tables: Tables = REGIONS) -> Value:
    return expressions.evaluate(expressions.compile(text), record or {}, value=value, tables=tables)


def refusal_of(text: str, record: Remote | None = None, *, value: Value = None) -> str:
    with pytest.raises(ExpressionError) as caught:
        result_of(text, record, value=value)
    return str(caught.value)


def rows_of_the_page() -> list[Row]:
    """Every example of the reference: of the functions (4 columns, no values) and of the ten examples."""
    rows: list[Row] = []
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        cells = re.split(r" \| ", line.strip("| "))
        if len(cells) != 4 or not cells[3].startswith("`"):
            continue
        codes = [cell.strip("`") for cell in cells]
        of_functions = cells[0].startswith("`")
        given: dict[str, Any] = {} if of_functions else json.loads(codes[2], parse_float=Decimal)
        value = given.pop("value", None)
        rows.append((codes[2] if of_functions else codes[1], given, value, json.loads(codes[3], parse_float=Decimal)))
    return rows


@pytest.mark.parametrize(("text", "record", "value", "expected"), rows_of_the_page())
def test_every_example_of_the_reference_gives_what_it_says(
    text: str, record: Remote, value: Value, expected: object
) -> None:
    found = result_of(text, record, value=value)
    assert (found.isoformat() if isinstance(found, date) else found) == expected


def test_the_reference_has_ten_examples_and_every_function() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE)) == set(ARITIES) == {*FUNCTIONS, "lookup"}
    assert len(rows_of_the_page()) == 10 + len(ARITIES)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("value", "Acme", "Acme"),
        ("value", None, None),
        ("value", True, True),
        ("value", date(2026, 5, 4), date(2026, 5, 4)),
        ("value", date.min, date.min),
        ("value", date.max, date.max),
        ("value", Decimal("0.00"), Decimal(0)),
        ("value", ("12 Main St", "Suite 4"), "12 Main St\nSuite 4"),
        ('""', None, None),
        ('value > date("2026-01-01")', date(2026, 5, 4), True),
        ("value == null", None, True),
        ('1 == "1"', None, False),
        ("1 in [0.5, 1.0]", None, True),
        ("1 / 2", None, Decimal("0.5")),
        ("value * 2", Decimal("12.50"), Decimal(25)),
        ("0.1 + 0.2", None, Decimal("0.3")),
        ("add(0.1, 0.2) == 0.3", None, True),
        ("round(value * 1.005, 2)", Decimal(100), Decimal("100.5")),
        ("value + 0.01", Decimal("12345678901.23"), Decimal("12345678901.24")),
        ("round(-2.345, 2)", None, Decimal("-2.35")),
        ("round(2.3456789, 9)", None, Decimal("2.34568")),
        ("add(value, 1)", None, None),
        ("length(value)", "été", Decimal(3)),
        ("value.startsWith('A')", None, False),
        ("title(value)", "o'neil SMITH-jones", "O'neil Smith-Jones"),
        ("digits(value)", "٤-2", "42"),
        ("split_part(value, ':', 3)", "a:b", None),
        ("replace(value, '', 'x')", "a", "a"),
        ("lookup('regions', value)", "E", None),
        ("right(value, 0)", "abc", None),
        ("iif(value == true, 'y', 'n')", True, "y"),
        ("coalesce(value, 7)", "", Decimal(7)),
    ],
)
def test_an_expression_gives_a_canonical_value(text: str, value: Value, expected: Value) -> None:
    found = result_of(text, value=value)
    assert (found, type(found)) == (expected, type(expected))


def test_a_field_that_the_record_lacks_is_empty() -> None:
    assert result_of('record.Name == null && record["BillAddress.City"] == null') is True


def test_numbers_of_a_record_are_of_one_kind_however_they_were_spelled() -> None:
    for amount in (100, Decimal(100), Decimal("100.00")):
        assert result_of("record.Amount + 1", {"Amount": amount}) == Decimal(101)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_passes_an_expression_to_the_cent(amount: Decimal) -> None:
    assert result_of("value", value=amount) == amount
    assert result_of("add(value, 0.01)", value=amount) == amount + Decimal("0.01")
    assert result_of("value + 0.01", value=amount) == amount + Decimal("0.01")


def test_a_number_that_would_lose_digits_is_refused_where_it_is_read_and_only_there() -> None:
    assert "more than 15 digits" in refusal_of("value", value=Decimal("99999999999999.99"))
    assert result_of('"constant"', value=Decimal("99999999999999.99")) == "constant"


def test_names_are_the_keys_that_an_expression_reads() -> None:
    text = 'join(" ", record.FirstName, record["BillAddress.City"], "record.Not", value) + record.record.upper()'
    assert expressions.names(expressions.compile(text)) == {"FirstName", "BillAddress.City", "record"}


def test_an_expression_is_compiled_once_and_equal_to_its_like() -> None:
    assert expressions.compile("value") is expressions.compile("value")
    assert repr(expressions.compile("value")) == "Expression(text='value')"


def test_a_condition_holds_or_does_not() -> None:
    condition = expressions.compile('record.Type == "Customer"')
    assert expressions.holds(condition, {"Type": "Customer"})
    assert not expressions.holds(condition, {})


def test_a_condition_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(ExpressionError, match="must give true or false"):
        expressions.holds(expressions.compile("record.Name"), {"Name": "Acme"})


@pytest.mark.parametrize(
    ("text", "position", "remedy"),
    [
        ("", None, "Write one"),
        ("x" * 2001, None, "within 2,000"),
        ("Name", 1, r"Write record\.Name"),
        ('uper("a")', 1, "Did you mean upper"),
        ("value + foo(1)", 9, "Choose one of the functions"),
        ('left("abc")', 1, "needs 2 values and got 1"),
        ('"abc".left()', 7, "needs 2 values and got 1"),
        ("coalesce()", 1, "at least 1"),
        ("lookup('a')", 1, "needs 2 to 3"),
        ('"abc', 1, "same quotation mark"),
        ("value = 1", 7, "two equal signs"),
        ("1 +", 4, "missing value"),
        ("10 + 20 30", 9, "missing value"),
        ("1 +\n2 3", 7, "missing value"),
        ("2 * (3", 5, "never closed"),
        ("2)", 2, "closes nothing"),
        ("[1, 2)", 6, "closes nothing"),
        ("record", 1, "Name one of its fields"),
        ("record[value]", 7, "in quotation marks"),
        ('record["a\\n"]', 7, "in quotation marks"),
        ('value["a"]', 6, "split_part"),
        ("record.A.B", 10, "Only a record has fields"),
        ("record.upper()", 8, r"Write upper\(record"),
        ("value.__class__", 7, "Only a record has fields"),
        ("has(record.A)", 1, "no function has"),
        ("[1].map(x, x)", 5, "no function map"),
        ('"a".matches("(a+)+")', 5, "no function matches"),
        ("today()", 1, "no function today"),
        ("{}", 1, "Braces"),
        ("1u", 2, "operator or a comma"),
        ('r"a"', 1, "no 'r'"),
        ('value+"""a"""', 9, "operator or a comma"),
        ("1 / / 2", 5, "Take one of them away"),
        ("1//2", 3, "Take one of them away"),
        (".5", 2, "0.5"),
        ("1234567890123456", 1, "more than 15 digits"),
        ("(" * 21 + "1" + ")" * 21, 21, "simpler"),
        ("1" + "+1" * 101, 202, "more than 100 operators"),
        ("\ud800", 1, "means nothing"),
        ('"\ud800"', None, None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_position_and_a_remedy(
    text: str, position: int | None, remedy: str | None
) -> None:
    with pytest.raises(ExpressionError, match=remedy) as caught:
        expressions.compile(text)
    assert caught.value.position == position
    assert isinstance(caught.value, MappingError)


@pytest.mark.parametrize(
    ("text", "value", "remedy"),
    [
        ("value + 1", "a", r"Text \+ number do not go together. Use number"),
        ("value > 1", None, "coalesce"),
        ("1 / 0", None, "divided by zero"),
        ("div(1, 0)", None, "Test the divisor"),
        ("mul(value, value)", Decimal(10**9), "too large"),
        ("number(value)", "12,5", "is not a number"),
        ("number(value)", "1e999999", "is not a number"),
        ("add(value, 1)", True, "is not a number"),
        ("date(value)", "04.05.2026", "year-month-day"),
        ("add_days(value, 1)", date.max, "Add fewer days"),
        ("left(value, -1)", "abc", "from 0 upwards"),
        ("split_part(value, ',', 0)", "abc", "from 1 upwards"),
        ("split_part(value, '', 1)", "abc", "Give one"),
        ("lookup('nope', value)", "a", "no table 'nope'"),
        ("iif(value, 1, 2)", "a", "needs true or false"),
        ("[value]", "a", "gives a list"),
        ("date(value) - date(value)", "2026-05-04", "span of time"),
        ("text([value])", "a", "Use its parts"),
        ("replace(value, 'a', value)", "a" * 1000, "Cut it"),
        ("value + value", "a" * 150_000, "Cut it"),
        ("value", "\ud800", ""),
    ],
)
def test_what_has_no_result_for_a_record_is_refused_with_a_remedy(text: str, value: Value, remedy: str) -> None:
    assert re.search(rf"The expression .* has no result here\. .*{remedy}", refusal_of(text, value=value))


def test_what_a_function_refuses_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        refusal_of("number(value)", value="a secret")
    assert caplog.text == ""


def test_the_deepest_expressions_fit_a_small_stack() -> None:
    """Threads of macOS have 512 KB, half of what Windows gives."""
    texts = ["(" * 20 + "1" + ")" * 20, "upper(" * 20 + "'a'" + ")" * 20, "!" * 100 + "true", "1" + "+1" * 100]
    found: list[Value] = []
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.extend(result_of(text) for text in texts))
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert found == [Decimal(1), "A", True, Decimal(101)]


WORDS = [
    *ARITIES,
    "value",
    "record",
    "record.A",
    'record["B.C"]',
    "true",
    "null",
    "in",
    "1",
    "0.1",
    '"a"',
    "'2026-05-04'",
]
SIGNS = ["+", "-", "*", "/", "%", "!", "?", ":", "&&", "||", "==", "<", ">=", ".", ",", "(", ")", "[", "]", " "]


def written() -> st.SearchStrategy[str]:
    """Texts that look like expressions more often than not."""
    calls = st.deferred(lambda: st.one_of(leaves, called, operated, chosen))
    leaves = st.sampled_from(["value", "record.A", 'record["B.C"]', "true", "null", "7", "0.1", '"a"', '"2026-05-04"'])
    several = st.lists(calls, min_size=1, max_size=3).map(", ".join)
    called = st.tuples(st.sampled_from(list(ARITIES)), several).map(lambda parts: f"{parts[0]}({parts[1]})")
    signs = st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "&&", "||", "in"])
    operated = st.tuples(calls, signs, calls).map(lambda parts: f"({' '.join(parts)})")
    chosen = st.tuples(calls, calls, calls).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})")
    return calls


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(), st.text(st.characters(), max_size=20), st.just("1e400")
)
VALUES = st.one_of(LEAVES.filter(lambda one: type(one) is not int), st.dates(), st.tuples(st.text(max_size=5)))


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS + SIGNS), max_size=30).map("".join)))
@example("(" * 2000)
@example("[" * 2000)
@example("-" * 2000)
@example("true?" * 400)
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    with suppress(ExpressionError):
        assert expressions.compile(text).text == text


@settings(max_examples=150)
@given(written(), st.fixed_dictionaries({"A": LEAVES, "B.C": LEAVES}), VALUES)
def test_any_expression_over_any_record_gives_a_value_or_is_refused(text: str, record: Remote, value: Value) -> None:
    try:
        found = result_of(text, record, value=value)
    except ExpressionError:
        return
    assert found is None or type(found) in {str, bool, Decimal, date}
