"""A client generated from the WSDL, called over real HTTP: it knows nothing but what it was told there."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from xsdata.formats.dataclass.client import Client

from apatar.webconnector.wsdl import wsdl
from tests.webconnector.callers import Recorder
from tests.webconnector.test_wsdl import a_served_door

PACKAGE = "webconnector_generated"
SERVICE = "ApatarWebConnectorSoap"


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def served(recorder: Recorder) -> Iterator[str]:
    with a_served_door(recorder) as address:
        yield address


@pytest.fixture(scope="module")
def generated(served: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Write the WSDL to a file, generate the client's code from it, and import that code."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "service.wsdl").write_bytes(wsdl(served))
    # The generator formats what it writes with a program that lies beside the interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "xsdata", "generate", "service.wsdl", "--package", PACKAGE]
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(f"{PACKAGE}.service")
    finally:
        sys.path.remove(str(folder))


def call(generated: ModuleType, operation: str, arguments: dict[str, Any]) -> Any:
    """Call one operation through the generated classes and return the body of the answer."""
    client = Client.from_service(getattr(generated, f"{SERVICE}{operation}"))
    return client.send({"Body": arguments}, headers={"Content-Type": "text/xml"}).body


def test_the_generated_client_opens_a_session(generated: ModuleType, recorder: Recorder) -> None:
    body = call(generated, "Authenticate", {"authenticate": {"strUserName": "u", "strPassword": "p&"}})
    assert recorder.heard[-1][:3] == ("authenticate", "u", "p&")
    assert body.authenticate_response.authenticate_result.string[0] == "ticket-1"


def test_the_generated_client_fetches_a_request(generated: ModuleType, recorder: Recorder) -> None:
    arguments = {"ticket": "t", "qbXMLCountry": "US", "qbXMLMajorVers": 16, "qbXMLMinorVers": 0}
    body = call(generated, "SendRequestXml", {"sendRequestXML": arguments})
    assert recorder.heard[-1] == ("send_request_xml", "t", "", "", "US", 16, 0)
    assert body.send_request_xmlresponse.send_request_xmlresult.startswith("<?xml")


def test_the_generated_client_delivers_an_answer_and_reads_a_number(generated: ModuleType, recorder: Recorder) -> None:
    arguments = {"ticket": "t", "response": "<QBXML/>", "hresult": "", "message": ""}
    body = call(generated, "ReceiveResponseXml", {"receiveResponseXML": arguments})
    assert recorder.heard[-1] == ("receive_response_xml", "t", "<QBXML/>", "", "")
    assert body.receive_response_xmlresponse.receive_response_xmlresult == 42
