from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.captured import load
from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.features import Features, features
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import (
    add,
    adding,
    ask,
    change,
    message,
    message_set,
    named,
    one,
    query,
    ref,
    refused,
    status,
)
from tests.shared_folder import needs_shared, schema_of_quickbooks, shared


def made(folder: Path, known: Features, *, qbxml: str = "16.0") -> Company:
    return create_company(folder / "made.qbw", features=known, qbxml=qbxml)


def about(company: Company, *, version: str = "13.0") -> tuple[Node, Node]:
    """The HostRet and the PreferencesRet."""
    host, preferences = ask(company, "<HostQueryRq/><PreferencesQueryRq/>", version=version)
    return host[0], preferences[0]


@pytest.mark.parametrize(
    ("edition", "qbxml", "product"),
    [
        ("pro", "13.0", "QuickBooks Pro 2014"),
        ("premier", "15.0", "QuickBooks Premier 2022"),
        ("enterprise", "16.0", "QuickBooks Enterprise Solutions: Manufacturing and Wholesale 24.0"),
    ],
)
def test_a_quickbooks_says_its_edition(edition: str, qbxml: str, product: str, tmp_path: Path) -> None:
    with made(tmp_path, Features(edition=edition), qbxml=qbxml) as company:
        assert about(company)[0].findtext("ProductName") == product
        if qbxml == "13.0":
            refused(company, query(), version="14.0")


def test_there_are_three_editions(tmp_path: Path) -> None:
    with pytest.raises(CompanyFileError, match="There is no edition 'online'; choose one of pro, premier, enterprise"):
        made(tmp_path, Features(edition="online"))


def test_the_preferences_say_what_is_switched_on(tmp_path: Path) -> None:
    known = Features(
        multicurrency=True,
        home_currency="Euro",
        sales_tax=True,
        tax_item="MwSt",
        tax_rate=Decimal(19),
        classes=True,
        closing_date=date(2025, 12, 31),
    )
    with made(tmp_path, known) as company:
        said = about(company)[1]
        tax = one(company, query(kind="ItemSalesTax"))[0]
        assert features(company.store) == known
    expected = {
        "AccountingPreferences/IsUsingClassTracking": "true",
        "AccountingPreferences/ClosingDate": "2025-12-31",
        "MultiCurrencyPreferences/IsMultiCurrencyOn": "true",
        "MultiCurrencyPreferences/HomeCurrencyRef/FullName": "Euro",
        "SalesTaxPreferences/DefaultItemSalesTaxRef/FullName": "MwSt",
        "SalesTaxPreferences/DefaultItemSalesTaxRef/ListID": tax.findtext("ListID"),
        "SalesTaxPreferences/DefaultTaxableSalesTaxCodeRef/FullName": "Tax",
        "SalesTaxPreferences/DefaultNonTaxableSalesTaxCodeRef/FullName": "Non",
    }
    assert {path: said.findtext(path) for path in expected} == expected
    assert (tax.findtext("TaxRate"), tax.findtext("TaxVendorRef/FullName")) == ("19", "State Tax Agency")


def test_a_plain_company_has_nothing_switched_on(tmp_path: Path) -> None:
    with made(tmp_path, Features()) as company:
        said = about(company)[1]
        customer = add(company, named("Acme"))
    assert said.findtext("MultiCurrencyPreferences/IsMultiCurrencyOn") == "false"
    assert said.findtext("AccountingPreferences/IsUsingClassTracking") == "false"
    assert (said.find("SalesTaxPreferences"), said.find("AccountingPreferences/ClosingDate")) == (None, None)
    assert customer.find("CurrencyRef") is None


CURRENCY = f"{named('Swiss Franc')}<CurrencyCode>CHF</CurrencyCode>"


@pytest.mark.parametrize(
    "request_text",
    [
        query(kind="Currency"),
        adding(CURRENCY, kind="Currency"),
        query(kind="Class"),
        adding(named("East"), kind="Class"),
    ],
)
def test_what_is_switched_off_is_refused(request_text: str, tmp_path: Path) -> None:
    with made(tmp_path, Features()) as company:
        answer = one(company, request_text)
    assert status(answer) == 3250
    assert message(answer) == "This feature is not enabled or not available in this version of QuickBooks."


@needs_shared
def test_a_captured_quickbooks_keeps_its_edition_and_its_preferences(tmp_path: Path) -> None:
    with made(tmp_path, Features(multicurrency=True)) as company:
        load(company, [shared("captures/qbxml/rs_hcp_pro2014__qbwc.xml")])
        assert features(company.store) == Features(edition="pro")
        assert about(company)[0].findtext("ProductName") == "QuickBooks Pro 2014"


@needs_shared
def test_what_a_company_with_everything_says_of_itself_obeys_the_schema(trading: Company) -> None:
    schema = schema_of_quickbooks()
    asked = message_set("<HostQueryRq/><CompanyQueryRq/><PreferencesQueryRq/>", version="13.0")
    schema.assertValid(etree.fromstring(trading.process(asked).encode()))


def taxed(ret: Node) -> tuple[str | None, str | None]:
    return ret.findtext("SalesTaxCodeRef/FullName"), ret.findtext("ItemSalesTaxRef/FullName")


def test_new_customers_pay_the_usual_tax_and_their_jobs_with_them(trading: Company) -> None:
    add(trading, named("City Tax") + "<TaxRate>1.5</TaxRate>", kind="ItemSalesTax")
    assert taxed(add(trading, named("Acme"))) == ("Tax", "State Tax")
    add(trading, named("Bolt Makers") + ref("ItemSalesTaxRef", "City Tax"))
    assert taxed(add(trading, named("Roof") + ref("ParentRef", "Bolt Makers"))) == (None, "City Tax")


def test_without_sales_tax_nobody_is_taxed(company: Company) -> None:
    assert taxed(add(company, named("Acme"))) == (None, None)


def test_the_preferences_follow_when_the_usual_tax_or_the_home_currency_is_renamed(trading: Company) -> None:
    tax = one(trading, query(kind="ItemSalesTax"))[0]
    dollar = one(trading, query("<FullName>US Dollar</FullName>", kind="Currency"))[0]
    change(trading, tax, named("CA Tax"), kind="ItemSalesTax")
    change(trading, dollar, named("Dollar"), kind="Currency")
    said = about(trading)[1]
    assert said.findtext("SalesTaxPreferences/DefaultItemSalesTaxRef/ListID") == tax.findtext("ListID")
    assert said.findtext("MultiCurrencyPreferences/HomeCurrencyRef/FullName") == "Dollar"
    assert add(trading, named("Acme")).findtext("CurrencyRef/FullName") == "Dollar"
