"""The decisions as a CSV file: what goes out comes in unchanged, and a file is taken in whole or not at all."""

import csv
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs.proposal import Ignored, Proposal
from apatar.runs.review_file import ReviewFileError, exported, taken_in
from apatar.runs.reviewing import Reviewer
from tests.accounts.people import owner_of_a_workspace
from tests.journeys import reviews, situations

pytestmark = pytest.mark.django_db

EVIL = ("=HYPERLINK(1)", "+1", "-2", "@x", "'quoted", "\tx")


@pytest.fixture
def connection() -> Iterator[Connection]:
    owner = owner_of_a_workspace()
    made = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    with scope(connection=made):
        reviews.a_review(made, now=timezone.now())
        yield made


def who() -> Reviewer:
    return Reviewer("ada@example.com", timezone.now())


def table(connection: Connection) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(exported(connection)), newline="")))


def written(lines: list[dict[str, str]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, lines[0].keys())
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def by_name(lines: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {one["salesforce_name"] or one["quickbooks_name"]: one for one in lines}


def test_what_goes_out_comes_in_without_a_change(connection: Connection) -> None:
    for decision in ("", "link"):
        Proposal.objects.filter(kind="suggested", salesforce_name__startswith="Kern").update(choice=decision)
        before = table(connection)
        assert taken_in(connection, "\ufeff" + "".join(exported(connection)), who()) == 0
        assert table(connection) == before


def test_no_cell_is_taken_for_a_formula_and_no_name_is_changed_by_it(connection: Connection) -> None:
    for name in EVIL:
        Proposal.objects.filter(kind="name").update(salesforce_name=name, quickbooks_name=name)
        line = next(one for one in table(connection) if one["kind"] == "name")
        assert line["salesforce_name"] == f"'{name}"
        assert taken_in(connection, "".join(exported(connection)), who()) == 0


def test_each_decision_of_a_file_is_carried_out(connection: Connection) -> None:
    lines = table(connection)
    named = by_name(lines)
    named["Kern Lighting Group"]["decision"] = "LINK"
    named["Harbor Tool Co"]["decision"] = "new"
    named["Northern Pines"]["decision"] = "link"
    named["Zenith Holding"]["decision"] = "ignore-salesforce"
    assert taken_in(connection, written(lines), who()) == 4
    said = {one["salesforce_name"] or one["quickbooks_name"]: one["decision"] for one in table(connection)}
    assert said == {
        "Kern Lighting Group": "link",
        "Harbor Tool Co": "new",
        "Northern Pines": "link",
        "Zenith Holding": "ignore-salesforce",
        "Abel Bakery": "",
    }
    lines = table(connection)
    by_name(lines)["Zenith Holding"]["decision"] = ""
    by_name(lines)["Kern Lighting Group"]["decision"] = ""
    assert taken_in(connection, written(lines), who()) == 2
    assert not Ignored.objects.exists()
    assert by_name(table(connection))["Kern Lighting Group"]["decision"] == ""


def test_a_new_line_links_by_hand(connection: Connection) -> None:
    named = by_name(table(connection))
    ours, theirs = named["Zenith Holding"]["salesforce_id"], named["Abel Bakery"]["quickbooks_id"]
    text = f"objects,salesforce_id,quickbooks_id,decision\r\n{reviews.PAIR},{ours},{theirs},link\r\n"
    assert taken_in(connection, text, who()) == 1
    assert Proposal.objects.get(kind="hand").choice == "link"


def test_a_file_with_anything_wrong_changes_nothing_and_says_each_line(connection: Connection) -> None:
    lines = table(connection)
    named = by_name(lines)
    kern, harbor = named["Kern Lighting Group"], named["Harbor Tool Co"]
    kern["decision"] = "link"
    more = [
        {**kern, "objects": "cars"},
        {**kern, "decision": "dance"},
        {**kern, "salesforce_id": "", "quickbooks_id": ""},
        {**kern, "quickbooks_id": ""},
        {**harbor, "quickbooks_id": kern["quickbooks_id"], "decision": "link"},
        {**harbor, "salesforce_id": "", "decision": "ignore-salesforce"},
    ]
    with pytest.raises(ReviewFileError) as error:
        taken_in(connection, written([*lines, *more]), who())
    for number, sentence in ((7, "is no pair of objects"), (8, "is no decision"), (9, "names no record"),
                             (10, "both sides"), (11, "linked more than once"), (12, "to ignore")):  # fmt: skip
        assert any(one.startswith(f"Line {number}:") and sentence in one for one in error.value.sentences), number
    unknown = {**harbor, "salesforce_id": "001000000000999AAA", "decision": "link"}
    with pytest.raises(ReviewFileError, match=r"Line 7: One of the two records is not there any more"):
        taken_in(connection, written([*lines, unknown]), who())
    assert not Proposal.objects.exclude(choice="").exists()
    with pytest.raises(ReviewFileError, match="decision is missing"):
        taken_in(connection, "objects,salesforce_id,quickbooks_id\r\n", who())


def test_the_command_line_counts_exports_takes_in_and_accepts(connection: Connection, tmp_path: object) -> None:
    file = f"{tmp_path}/review.csv"
    assert '"likely": 2, "exact": 1' in said("review", str(connection.pk), "--json")
    said("review", str(connection.pk), "--export", file)
    assert "decided: 0" in said("review", str(connection.pk), "--import", file)
    assert '"decided": 1' in said("review", str(connection.pk), "--accept-exact", "--json")
    with pytest.raises(CommandError, match="Nothing was taken in"):
        said("review", str(connection.pk), "--import", f"{file}.not")


def said(*words: str) -> str:
    out = StringIO()
    call_command("connection", *words, stdout=out)
    return out.getvalue()
