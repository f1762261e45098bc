"""The edits of the story are taken by the sandbox's QuickBooks and reach the org."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from apatar.sandbox.names import business
from apatar.sandbox.quickbooks.company import create_company
from apatar.sandbox.story_edits import _customer, edit_both_sides
from apatar.sandbox.story_org import Account, OrgReader
from apatar.sandbox.story_stage import Stage, StoryError

SET = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">{}</QBXMLMsgsRq></QBXML>'


class OneCompany(Stage):
    """A stage whose commands are answered by a company file in this process."""

    def __init__(self, path: Path, customers: int) -> None:
        super().__init__()
        self._company = create_company(path, name="Castle Rock Supply")
        for index in range(customers):
            self._company.process(
                SET.format(f"<CustomerAddRq><CustomerAdd>{_customer(business(index))}</CustomerAdd></CustomerAddRq>")
            )

    def command(self, *words: str, typed: str = "") -> str:
        assert words[:3] == ("sandbox", "quickbooks", "request")
        return self._company.process(typed)

    def read(self, *words: str) -> Any:
        assert words[:3] == ("sandbox", "quickbooks", "show")
        return {"customers": self.customers()}

    def customers(self) -> list[dict[str, str]]:
        answer = self._company.process(SET.format("<CustomerQueryRq/>"))
        return [flat(ret) for ret in etree.fromstring(answer.encode()).iter("CustomerRet")]

    def close(self) -> None:
        self._company.close()


def flat(ret: etree._Element) -> dict[str, str]:
    fields = {}
    for leaf in ret.iter(etree.Element):
        if len(leaf) == 0:
            path = [leaf.tag, *(parent.tag for parent in leaf.iterancestors())]
            fields[".".join(reversed(path[: path.index("CustomerRet")]))] = leaf.text or ""
    return fields


class ListedOrg(OrgReader):
    """An org that is a list."""

    def __init__(self, names: list[str]) -> None:
        self.listed: list[Account] = [
            {"Id": str(place), "Name": name, "Phone": None, "BillingCity": "Akron", "Description": None}
            for place, name in enumerate(names)
        ]

    def accounts(self) -> list[Account]:
        return self.listed

    def change(self, account_id: str, **fields: str) -> None:
        self.listed[int(account_id)].update(fields)

    def create(self, **fields: str) -> None:
        self.listed.append({"Id": str(len(self.listed)), **fields})


def test_every_edit_arrives_where_it_was_made(tmp_path: Path) -> None:
    stage = OneCompany(tmp_path / "company.qbw", customers=10)
    names = sorted(customer["Name"] for customer in stage.customers())
    org = ListedOrg(names)
    edits = edit_both_sides(stage, org)
    customers = {customer["Name"]: customer for customer in stage.customers()}
    stage.close()
    held: dict[str, dict[str, Any]] = {"QuickBooks": customers, "Salesforce": {one["Name"]: one for one in org.listed}}
    assert len(edits) == 10
    for edit in edits:
        assert edit.name in held[edit.where]
        if not edit.what.startswith("a new"):
            assert held[edit.where][edit.name][edit.what] == edit.after != edit.before


def test_one_field_is_edited_on_both_sides(tmp_path: Path) -> None:
    stage = OneCompany(tmp_path / "company.qbw", customers=10)
    org = ListedOrg(sorted(customer["Name"] for customer in stage.customers()))
    edits = edit_both_sides(stage, org)
    stage.close()
    twice = [edit for edit in edits if [other.name for other in edits].count(edit.name) == 2]
    assert [(edit.where, edit.what) for edit in twice] == [("QuickBooks", "Phone"), ("Salesforce", "Phone")]


def test_an_edited_address_keeps_its_street(tmp_path: Path) -> None:
    stage = OneCompany(tmp_path / "company.qbw", customers=10)
    before = {customer["Name"]: customer for customer in stage.customers()}
    edits = edit_both_sides(stage, ListedOrg([]))
    after = {customer["Name"]: customer for customer in stage.customers()}
    stage.close()
    [moved] = [edit.name for edit in edits if edit.what == "BillAddress.City"]
    assert after[moved]["BillAddress.Addr1"] == before[moved]["BillAddress.Addr1"]
    assert after[moved]["BillAddress.City"] == "Columbus"


@pytest.mark.parametrize("customers", [0, 1, 4])
def test_a_small_company_has_fewer_edits(tmp_path: Path, customers: int) -> None:
    stage = OneCompany(tmp_path / "company.qbw", customers=customers)
    org = ListedOrg(sorted(customer["Name"] for customer in stage.customers()))
    edits = edit_both_sides(stage, org)
    stage.close()
    assert len(edits) == customers + 2


def test_a_refused_edit_stops_the_story(tmp_path: Path) -> None:
    stage = OneCompany(tmp_path / "company.qbw", customers=0)
    edit_both_sides(stage, ListedOrg([]))
    with pytest.raises(StoryError, match="QuickBooks refused an edit"):
        edit_both_sides(stage, ListedOrg([]))
    stage.close()
