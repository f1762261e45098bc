from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.special_accounts import special_account
from tests.sandbox.quickbooks.situations import add, adding, named, names, one, query, status


def special(name: str) -> str:
    return f"<SpecialAccountType>{name}</SpecialAccountType>"


def test_a_special_account_is_opened_once(trading: Company) -> None:
    ret = add(trading, special("UndepositedFunds"), kind="SpecialAccount")
    assert (ret.tag, ret.findtext("Name"), ret.findtext("AccountType")) == (
        "AccountRet",
        "Undeposited Funds",
        "OtherCurrentAsset",
    )
    assert ret.findtext("SpecialAccountType") == "UndepositedFunds"
    assert status(one(trading, adding(special("UndepositedFunds"), kind="SpecialAccount"))) == 3100


def test_quickbooks_opens_what_it_needs_and_finds_it_again(company: Company) -> None:
    opened = special_account(company.books, "UndepositedFunds")
    assert special_account(company.books, "UndepositedFunds").list_id == opened.list_id
    assert names(one(company, query(kind="Account"))) == ["Undeposited Funds"]


def test_an_account_that_was_made_by_hand_serves_too(company: Company) -> None:
    receivable = add(company, f"{named('Debtors')}<AccountType>AccountsReceivable</AccountType>", kind="Account")
    assert special_account(company.books, "AccountsReceivable").list_id == receivable.findtext("ListID")


def test_receivables_are_kept_apart_by_currency(trading: Company) -> None:
    euro = one(trading, query("<FullName>Euro</FullName>", kind="Currency"))[0].findtext("ListID") or ""
    foreign = special_account(trading.books, "AccountsReceivable", euro)
    home = special_account(trading.books, "AccountsReceivable")
    assert (home.full_name, foreign.full_name) == ("Accounts Receivable", "Accounts Receivable - EUR")
    assert special_account(trading.books, "AccountsReceivable", euro).list_id == foreign.list_id
    assert special_account(trading.books, "AccountsReceivable").list_id == home.list_id
