from datetime import date
from decimal import Decimal

import pytest

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.currencies import exchange_rate, set_exchange_rate
from apatar.sandbox.quickbooks.markup import Node
from apatar.sandbox.quickbooks.statuses import Refused
from tests.sandbox.quickbooks.situations import add, change, named, names, one, query, ref

FRANC = f"{named('Swiss Franc')}<CurrencyCode>CHF</CurrencyCode>"


def currency(company: Company, name: str) -> Node:
    return one(company, query(f"<FullName>{name}</FullName>", kind="Currency"))[0]


def test_records_are_in_the_home_currency_unless_they_say_another(trading: Company) -> None:
    home = add(trading, named("Acme"))
    foreign = add(trading, named("Lumière") + ref("CurrencyRef", "Euro"))
    vendor = add(trading, named("Bolt Makers"), kind="Vendor")
    found = [ret.findtext("CurrencyRef/FullName") for ret in (home, foreign, vendor)]
    assert found == ["US Dollar", "Euro", "US Dollar"]
    only = f"<CurrencyFilter>{'<FullName>Euro</FullName>'}</CurrencyFilter>"
    assert names(one(trading, query(only))) == ["Lumière"]


def test_an_exchange_rate_is_shown_with_its_day(trading: Company) -> None:
    set_exchange_rate(trading.books, "Euro", Decimal("1.0850"), date(2024, 2, 1))
    euro = currency(trading, "Euro")
    assert (euro.findtext("ExchangeRate"), euro.findtext("AsOfDate")) == ("1.085", "2024-02-01")
    assert exchange_rate(trading.books, euro.findtext("ListID") or "") == Decimal("1.085")
    dollar = currency(trading, "US Dollar")
    assert exchange_rate(trading.books, dollar.findtext("ListID") or "") == 1


def test_a_rate_of_an_unknown_currency_is_refused(trading: Company) -> None:
    with pytest.raises(Refused, match=r'3140 .*"Gulden"'):
        set_exchange_rate(trading.books, "Gulden", Decimal(1), date(2024, 2, 1))


def test_a_currency_of_ones_own_is_added_and_changed(trading: Company) -> None:
    ret = add(trading, FRANC, kind="Currency")
    assert ret.findtext("IsUserDefinedCurrency") == "true"
    assert ret.findtext("CurrencyFormat/DecimalPlaces") == "2"
    inside = "<CurrencyFormat><ThousandSeparator>Apostrophe</ThousandSeparator></CurrencyFormat>"
    changed = change(trading, ret, inside, kind="Currency")
    shown = [(child.tag, child.text) for child in changed.iterfind("CurrencyFormat/*")]
    assert shown == [
        ("ThousandSeparator", "Apostrophe"),
        ("ThousandSeparatorGrouping", "XX_XXX_XXX"),
        ("DecimalPlaces", "2"),
        ("DecimalSeparator", "Period"),
    ]
