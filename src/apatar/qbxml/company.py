"""The running QuickBooks, its company file and preferences, as the Web Connector reports them once a session."""

import re
from dataclasses import dataclass

from apatar.qbxml.answers import AnswerSet, FieldMap, Ret, custom_fields, fields, read_answers
from apatar.qbxml.errors import AnswerError
from apatar.qbxml.versions import Version, version_to_speak

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_YEAR_OF_MAJOR_VERSION_0 = 1990
"""MajorVersion 22 is 2012, 24 is 2014 (QBWC facts 4.1, captured)."""


@dataclass(frozen=True, slots=True)
class Host:
    """The running QuickBooks. `version` is the newest qbXML that both sides know, or None."""

    product: str
    edition_year: int | None
    country: str
    supported: tuple[Version, ...]
    version: Version | None
    file_mode: str | None


@dataclass(frozen=True, slots=True)
class Company:
    """The open company file. `file_id` and `machine` are what the Web Connector wrote into it under our OwnerID."""

    name: str
    is_sample: bool
    file_id: str | None
    machine: str | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the company file uses. None: QuickBooks doesn't say."""

    multi_currency: bool
    sales_tax: bool
    class_tracking: bool
    estimates: bool
    price_levels: bool
    home_currency: str | None
    sales_orders: bool | None


@dataclass(frozen=True, slots=True)
class HostCompanyPreferences:
    """The three answers that come with a session's first sendRequestXML."""

    host: Host
    company: Company
    preferences: Preferences


def read_hcp(text: str | bytes, *, owner_id: str) -> HostCompanyPreferences:
    """Read the three answers; raise AnswerError where QuickBooks or the company is not described.

    `owner_id` is the OwnerID of our .qwc: what other programs left in the company file is none of our business.
    """
    answers = read_answers(text)
    host = _only(answers, "Host", "which QuickBooks is running")
    company = _only(answers, "Company", "which company file is open")
    preferences = _find(answers, "Preferences")
    found = _host(fields(host.xml))
    return HostCompanyPreferences(
        found,
        _company(company, owner_id),
        _preferences(fields(preferences.xml) if preferences else {}, found.product),
    )


def _find(answers: AnswerSet, record_type: str) -> Ret | None:
    return next((ret for answer in answers.answers for ret in answer.rets if ret.type == record_type), None)


def _only(answers: AnswerSet, record_type: str, what: str) -> Ret:
    ret = _find(answers, record_type)
    if ret is None:
        raise AnswerError(f"The Web Connector did not say {what}. Close and open the company file, then run again.")
    return ret


def _host(found: FieldMap) -> Host:
    product = _text(found, "ProductName")
    supported = _versions(found.get("SupportedQBXMLVersion", []))
    return Host(
        product=product,
        edition_year=_edition_year(product, _text(found, "MajorVersion")),
        country=_text(found, "Country") or "US",
        supported=supported,
        version=version_to_speak(supported),
        file_mode=_text(found, "QBFileMode") or None,
    )


def _versions(printed: object) -> tuple[Version, ...]:
    """Read the list; old Canadian editions also list `CA3.0`, which is another language and is left out."""
    found: list[Version] = []
    for one in printed if isinstance(printed, list) else [printed]:
        try:
            found.append(Version.parse(str(one)))
        except ValueError:
            continue
    return tuple(found)


def _edition_year(product: str, major: str) -> int | None:
    named = _YEAR.search(product)
    if named:
        return int(named[0])
    return _YEAR_OF_MAJOR_VERSION_0 + int(major) if major.isdigit() else None


def _company(ret: Ret, owner_id: str) -> Company:
    found = fields(ret.xml)
    ours = {one.name: one.value for one in custom_fields(ret.xml) if _bare(one.owner_id) == _bare(owner_id)}
    return Company(
        name=_text(found, "CompanyName") or _text(found, "LegalCompanyName"),
        is_sample=_yes(found, "IsSampleCompany"),
        file_id=ours.get("FileID"),
        machine=_machine(ours.get("AppLock", "")),
    )


def _bare(guid: str) -> str:
    return guid.strip().strip("{}").lower()


def _machine(lock: str) -> str | None:
    """Take the machine out of `LOCKED:<MACHINE>:<ticks>`."""
    state, _, rest = lock.partition(":")
    return (rest.rpartition(":")[0] or None) if state == "LOCKED" else None


def _preferences(found: FieldMap, product: str) -> Preferences:
    return Preferences(
        multi_currency=_yes(found, "MultiCurrencyPreferences.IsMultiCurrencyOn"),
        # The aggregate comes only where sales tax is on: the captured Pro 2014 without sales tax leaves it out.
        sales_tax=any(name.startswith("SalesTaxPreferences.") for name in found),
        class_tracking=_yes(found, "AccountingPreferences.IsUsingClassTracking"),
        estimates=_yes(found, "JobsAndEstimatesPreferences.IsUsingEstimates"),
        price_levels=_yes(found, "SalesAndCustomersPreferences.PriceLevels.IsUsingPriceLevels"),
        home_currency=_text(found, "MultiCurrencyPreferences.HomeCurrencyRef.FullName") or None,
        sales_orders=_sales_orders(product),
    )


def _sales_orders(product: str) -> bool | None:
    """Guess from the edition: no preference tells, and only Premier and Enterprise create them (QBWC facts 5)."""
    if re.search(r"\b(Premier|Enterprise|Accountant)\b", product):
        return True
    return False if re.search(r"\bPro\b", product) else None


def _text(found: FieldMap, name: str) -> str:
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def _yes(found: FieldMap, name: str) -> bool:
    return _text(found, name) in ("true", "1")
