"""Packages deployed to an org, with simple-salesforce as the tool that deploys them."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.metadata import SfdcMetadataApi

from apatar.sandbox.salesforce.server import serve
from tests.sandbox.salesforce.customizer import META, assign, custom_object, field, key, permission_set, xml
from tests.sandbox.salesforce.visitor import Visitor, visit

LINES = {"displayFormat": "L-{0000}", "label": "Line", "type": "AutoNumber"}


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Visitor]:
    visitor = visit(tmp_path / "bare", bare=True)
    yield visitor
    visitor.org.close()


def document(kind: str, inner: str) -> str:
    return f'<?xml version="1.0"?><{kind} xmlns="{META}">{inner}</{kind}>'


def manifest(**members: list[str]) -> str:
    listed = [{"members": names, "name": kind} for kind, names in members.items()]
    return document("Package", xml(types=listed, version="64.0"))


def own(component: str) -> str:
    """Return a field as an object's file holds it: under its own name, in an element of its own."""
    start, end = component.index(">") + 1, component.index(".") + 1
    return f"<fields>{component[:start]}{component[end:]}</fields>"


def deals() -> dict[str, str]:
    """Deals, their lines, a key on accounts, and a permission set for all of it."""
    link = field("A_Line__c.Deal__c", "MasterDetail", referenceTo="Deal__c", relationshipName="Lines")
    lines = custom_object("A_Line__c", nameField=LINES, sharingModel="ControlledByParent")
    grants = permission_set("Sync", fields=["Account.Key__c"], objects=["A_Line__c", "Deal__c"])
    return {
        "objects/A_Line__c.object": document("CustomObject", lines + own(link)),
        "objects/Deal__c.object": document("CustomObject", custom_object("Deal__c")),
        "objects/Account.object": document("CustomObject", own(key("Account.Key__c"))),
        "permissionsets/Sync.permissionset": document("PermissionSet", grants),
    }


def deployed(org: Visitor, files: dict[str, str], **options: Any) -> tuple[str, list[str]]:
    """Deploy files; return the state that the deployment ends in, and its problems."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    packed.seek(0)
    token = org.org.access.open_session(org.org.access.admin_id)
    with serve(org.org) as server, requests.Session() as session:
        address = f"{server.url}/services/Soap/m/64.0/"
        meta: Any = SfdcMetadataApi(session, token, "127.0.0.1", address, headers={}, api_version="64.0")
        with meta._client.transport.session:
            told, _ = meta.deploy(packed, sandbox=False, **options)
            assert meta.check_deploy_status(told)[0] == "InProgress"
            state, _, detail, _ = meta.check_deploy_status(told)
    org.org.closing.clear()
    return state, [one["message"] for one in detail["errors"]]


def test_a_package_makes_everything_that_it_names(org: Visitor) -> None:
    names = manifest(CustomField=["Account.Key__c"], CustomObject=["A_Line__c", "Deal__c"], PermissionSet=["Sync"])

    assert deployed(org, {"package.xml": names, **deals()}) == ("Succeeded", [])

    assign(org, "Sync")
    deal = org.create("Deal__c", Name="x")
    org.create("A_Line__c", Deal__c=deal)
    assert org.query("SELECT Key__c FROM Account") == []


def test_a_package_is_refused_whole(org: Visitor) -> None:
    names = manifest(CustomField=["Account.Key__c", "Account.No__c"], CustomObject=["A_Line__c", "Deal__c"])

    state, problems = deployed(org, {"package.xml": names, **deals()})

    missing = (
        "An object 'Account.No__c' of type CustomField was named in package.xml, but was not found in zipped directory"
    )
    assert (state, problems) == ("Failed", [missing, "Not in package.xml"])
    assert "deal__c" not in org.org.state.schema


def test_a_check_leaves_everything_as_it_was(org: Visitor) -> None:
    names = manifest(CustomField=["Account.Key__c"], CustomObject=["A_Line__c", "Deal__c"], PermissionSet=["Sync"])

    assert deployed(org, {"package.xml": names, **deals()}, checkOnly="true") == ("Succeeded", [])

    assert "deal__c" not in org.org.state.schema


def test_a_package_takes_away_in_the_right_order(org: Visitor) -> None:
    names = manifest(CustomField=["Account.Key__c"], CustomObject=["Deal__c", "A_Line__c"], PermissionSet=["Sync"])
    assert deployed(org, {"package.xml": names, **deals()})[0] == "Succeeded"

    assert deployed(org, {"package.xml": manifest(), "destructiveChanges.xml": names}) == ("Succeeded", [])

    assert [one for one in org.org.state.schema.values() if one.custom] == []
    assert "key__c" not in org.org.state.object("Account").fields
