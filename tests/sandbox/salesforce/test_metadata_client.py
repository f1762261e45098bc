"""The Metadata API met by a client that was not written here: simple-salesforce, with Salesforce's own WSDL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.metadata import SfdcMetadataApi
from zeep.exceptions import Fault

from apatar.sandbox.salesforce.server import OrgServer, serve
from tests.sandbox.salesforce.visitor import visit


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OrgServer]:
    visitor = visit(tmp_path / "bare", bare=True)
    with visitor.org, serve(visitor.org) as one:
        yield one


@contextmanager
def client(server: OrgServer, user_id: str) -> Iterator[Any]:
    """The Metadata API for someone with a session."""
    token = server.org.access.open_session(user_id)
    address = f"{server.url}/services/Soap/m/64.0/"
    with requests.Session() as session:
        meta = SfdcMetadataApi(session, token, "127.0.0.1", address, headers={}, api_version="64.0")
        with meta._client.transport.session:  # it brings a session of its own, and leaves it open
            yield meta


def test_simple_salesforce_prepares_an_org(server: OrgServer) -> None:
    with client(server, server.org.access.admin_id) as meta:
        name = meta.CustomField(label="Number", type=meta.FieldType("Text"))
        model, status = meta.SharingModel("ReadWrite"), meta.DeploymentStatus("Deployed")
        facts = {"label": "Deal", "pluralLabel": "Deals", "nameField": name, "sharingModel": model}
        meta.CustomObject.create([meta.CustomObject(fullName="Deal__c", deploymentStatus=status, **facts)])
        made = meta.CustomField(fullName="Deal__c.Key__c", label="Key", type=meta.FieldType("Text"), length=40)
        meta.CustomField.create([made])
        with pytest.raises(Exception, match="DUPLICATE_DEVELOPER_NAME"):
            meta.CustomField.create([made])
        grant = meta.PermissionSetFieldPermissions(field="Deal__c.Key__c", readable=True, editable=True)
        meta.PermissionSet.create([meta.PermissionSet(fullName="Sync", label="Sync", fieldPermissions=[grant])])

        read = meta.CustomField.read("Deal__c.Key__c")
        assert (read.fullName, read.length, read.type) == ("Deal__c.Key__c", 40, "Text")
        assert [one.field for one in meta.PermissionSet.read("Sync").fieldPermissions] == ["Deal__c.Key__c"]
        assert "CustomObject" in [one.xmlName for one in meta.describe_metadata().metadataObjects]


def test_simple_salesforce_takes_away_what_it_made(server: OrgServer) -> None:
    with client(server, server.org.access.admin_id) as meta:
        meta.CustomField.create([meta.CustomField(fullName="Account.Day__c", label="D", type=meta.FieldType("Date"))])

        meta.CustomField.delete(["Account.Day__c"])

        with pytest.raises(Exception, match=r"no CustomField named Account\.Day__c found"):
            meta.CustomField.delete(["Account.Day__c"])


def test_the_integration_user_is_turned_away(server: OrgServer) -> None:
    refusal = "INSUFFICIENT_ACCESS: use of the Metadata API requires a user"
    with client(server, server.org.access.user_id) as meta, pytest.raises(Fault, match=refusal) as caught:
        meta.describe_metadata()

    assert caught.value.code == "sf:INSUFFICIENT_ACCESS"
