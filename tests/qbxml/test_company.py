"""What the Web Connector reports at the start of a session."""

import pytest

from apatar.qbxml.company import Host, HostCompanyPreferences, read_hcp
from apatar.qbxml.errors import AnswerError
from apatar.qbxml.versions import Version
from tests.shared_folder import needs_shared, shared

OURS = "{512349b1-1111-2222-3333-000de1813d20}"


def report(host: str = "", company: str = "", preferences: str | None = None) -> str:
    """Return the three answers, with what matters inside."""
    rets = {
        "Host": f"<ProductName>QuickBooks Premier</ProductName><MajorVersion>33</MajorVersion>{host}",
        "Company": f"<CompanyName>Acme</CompanyName>{company}",
        "Preferences": preferences,
    }
    body = "".join(
        f'<{name}QueryRs statusCode="0"><{name}Ret>{inner}</{name}Ret></{name}QueryRs>'
        for name, inner in rets.items()
        if inner is not None
    )
    return f"<QBXML><QBXMLMsgsRs>{body}</QBXMLMsgsRs></QBXML>"


def read(text: str) -> HostCompanyPreferences:
    return read_hcp(text, owner_id=OURS)


def custom(owner: str, name: str, value: str) -> str:
    inner = f"<OwnerID>{owner}</OwnerID><DataExtName>{name}</DataExtName><DataExtValue>{value}</DataExtValue>"
    return f"<DataExtRet>{inner}</DataExtRet>"


def host(text: str) -> Host:
    return read(report(host=text)).host


@needs_shared
def test_a_captured_report_is_read() -> None:
    found = read(shared("captures/qbxml/rs_hcp_pro2014__qbwc.xml").read_text())

    assert (found.host.product, found.host.edition_year, found.host.version) == (
        "QuickBooks Pro 2014",
        2014,
        Version(13),
    )
    assert (found.host.country, found.host.file_mode) == ("US", "SingleUser")
    assert (found.company.name, found.company.is_sample, found.company.machine) == ("myCompany", False, "REDACTED")
    assert found.company.file_id == "{00000ee-1111-ffff-cccc-5ff123456047}"
    assert (found.preferences.estimates, found.preferences.sales_orders) == (True, False)
    assert not found.preferences.multi_currency
    assert not found.preferences.sales_tax
    assert not found.preferences.class_tracking


def test_only_our_own_marks_in_the_company_file_count() -> None:
    theirs, ours = "{00000000-0000-0000-0000-000000000001}", OURS.upper()
    marks = custom(theirs, "FileID", "{theirs}") + custom(ours, "FileID", "{ours}")

    assert read(report(company=marks)).company.file_id == "{ours}"


def test_a_machines_name_may_hold_a_colon() -> None:
    assert read(report(company=custom(OURS, "AppLock", "LOCKED:PC:1:63123"))).company.machine == "PC:1"


@pytest.mark.parametrize("lock", ["", "UNLOCKED:PC:63123", "LOCKED", "LOCKED::1"])
def test_a_file_that_nobody_holds_has_no_machine(lock: str) -> None:
    assert read(report(company=custom(OURS, "AppLock", lock))).company.machine is None


def test_the_year_comes_from_the_major_version_where_the_name_has_none() -> None:
    assert host("").edition_year == 2023


def test_a_single_supported_version_and_foreign_ones_are_read() -> None:
    version = "<SupportedQBXMLVersion>{}</SupportedQBXMLVersion>".format

    assert host(version("13.0")).version == Version(13)
    assert host(version("CA3.0") + version("12.0") + version("17.0")).version == Version(12)
    assert host("").version is None


def test_features_are_read() -> None:
    preferences = (
        "<AccountingPreferences><IsUsingClassTracking>true</IsUsingClassTracking></AccountingPreferences>"
        "<MultiCurrencyPreferences><IsMultiCurrencyOn>true</IsMultiCurrencyOn><HomeCurrencyRef><FullName>US Dollar"
        "</FullName></HomeCurrencyRef></MultiCurrencyPreferences>"
        "<SalesTaxPreferences><PaySalesTax>Monthly</PaySalesTax></SalesTaxPreferences>"
    )
    found = read(report(preferences=preferences)).preferences

    assert (found.class_tracking, found.multi_currency, found.sales_tax) == (True, True, True)
    assert (found.home_currency, found.sales_orders) == ("US Dollar", True)


def test_missing_preferences_count_as_off() -> None:
    assert not read(report()).preferences.multi_currency


@pytest.mark.parametrize("missing", ["Host", "Company"])
def test_a_report_without_host_or_company_says_so(missing: str) -> None:
    text = report().replace(f"{missing}Ret>", f"{missing}Gone>")

    with pytest.raises(AnswerError, match="did not say which"):
        read(text)
