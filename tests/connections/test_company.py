"""Which company file a connection belongs to."""

from dataclasses import replace

import pytest

from apatar.connections.company import Expected, OpenCompany, check_company, is_path, selector_of
from apatar.connections.errors import WrongCompany

OURS, OTHERS = "{11111111-AAAA-BBBB-CCCC-000000000001}", "{22222222-AAAA-BBBB-CCCC-000000000002}"
PATH = r"C:\Books\Rock Castle.qbw"
ROCK_CASTLE = OpenCompany(name="Rock Castle Construction", legal_name="Rock Castle Inc.", path=PATH, file_id=OURS)
NEW = Expected(form="Rock Castle Construction", file_id=OURS)
BOUND = replace(NEW, bound_name="Rock Castle Construction", bound_path=PATH)


@pytest.mark.parametrize(
    "form", ["Rock Castle Construction", "  rock  castle CONSTRUCTION ", "Rock Castle Inc.", "Rock Castle", PATH]
)
def test_before_the_first_run_the_form_names_the_file(form: str) -> None:
    check_company(replace(NEW, form=form), ROCK_CASTLE)


@pytest.mark.parametrize("form", ["Rock", "Castle Rock Construction", "Larry's", "Rock Castle Construction 2"])
def test_a_file_that_the_form_does_not_name_is_refused(form: str) -> None:
    with pytest.raises(WrongCompany, match="but the form says") as refused:
        check_company(replace(NEW, form=form), ROCK_CASTLE)
    assert "Nothing was read and nothing was changed" in refused.value.sentence
    assert "Open the right company file and click Update Selected" in refused.value.sentence


def test_a_name_that_is_empty_on_both_sides_is_no_match() -> None:
    with pytest.raises(WrongCompany):
        check_company(replace(NEW, form=" "), replace(ROCK_CASTLE, name="", legal_name="", path=""))


def test_a_bound_connection_goes_on_whatever_the_form_says_now() -> None:
    check_company(replace(BOUND, form="A new name in the form"), ROCK_CASTLE)


def test_a_bound_connection_refuses_another_company_with_our_id_in_it() -> None:
    """The Web Connector writes our FileID into whatever file the application is allowed in: it proves nothing."""
    larry = OpenCompany(name="Larry's", legal_name="Larry's", path=r"D:\Larry.qbw", file_id=OURS)
    with pytest.raises(WrongCompany, match="this connection belongs to “Rock Castle Construction”"):
        check_company(BOUND, larry)


def test_a_company_that_got_a_new_name_in_its_place_is_the_same() -> None:
    check_company(BOUND, replace(ROCK_CASTLE, name="Rock Castle & Daughters"))


def test_a_company_that_was_moved_is_the_same() -> None:
    check_company(BOUND, replace(ROCK_CASTLE, path=r"\\server\books\rc.qbw"))


def test_a_new_name_in_a_new_place_is_another_company() -> None:
    with pytest.raises(WrongCompany):
        check_company(BOUND, replace(ROCK_CASTLE, name="Rock Castle & Daughters", path=r"D:\x.qbw"))


def test_a_file_of_another_connection_is_refused() -> None:
    with pytest.raises(WrongCompany, match="belongs to another connection"):
        check_company(NEW, replace(ROCK_CASTLE, file_id=OTHERS, taken=True))


def test_a_file_that_a_forgotten_connection_once_marked_may_be_used() -> None:
    check_company(NEW, replace(ROCK_CASTLE, file_id=OTHERS, taken=False))


@pytest.mark.parametrize("text", [PATH, "Rock Castle.QBW", r"\\server\books\x", "/books/x"])
def test_a_path_is_given_to_quickbooks_to_open(text: str) -> None:
    assert is_path(text)
    assert selector_of(text) == text


def test_a_name_means_the_file_that_is_open() -> None:
    assert selector_of("Rock Castle Construction") == ""
