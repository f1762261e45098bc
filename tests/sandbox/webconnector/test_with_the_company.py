"""The Web Connector of the sandbox with its own QuickBooks behind it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.webconnector.companyfile import open_request_processor
from apatar.sandbox.webconnector.home import Home
from tests.sandbox.webconnector.stub import FILE, INTUIT, OWNER, PASSWORD, Service, application, hold, serving

SET = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">{}</QBXMLMsgsRq></QBXML>'
ADD = SET.format("<CustomerAddRq><CustomerAdd><Name>Harbor Tools</Name></CustomerAdd></CustomerAddRq>")


@pytest.fixture(name="company")
def a_company(tmp_path: Path) -> Path:
    create_company(tmp_path / "company.qbw", name="Castle Rock Supply").close()
    return tmp_path / "company.qbw"


def add(folder: Path, service: Service) -> list[str]:
    """Add the application of a service with its password; return the words every command begins with."""
    home = Home(folder / "home")
    home.add(application(service.url))
    home.set_password("user", PASSWORD)
    return ["--home", str(folder / "home")]


def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    program = "import sys; from apatar.sandbox.webconnector.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_the_first_request_tells_which_file_this_is(company: Path) -> None:
    with serving() as service:
        hold(service, quickbooks=open_request_processor(company))
    first = service.calls("sendRequestXML")[0]
    hcp = etree.fromstring(first["strHCPResponse"].encode())
    private = {ret.findtext("DataExtName"): ret.findtext("DataExtValue") or "" for ret in hcp.iter("DataExtRet")}
    assert hcp.findtext(".//CompanyRet/CompanyName") == "Castle Rock Supply"
    assert {ret.findtext("OwnerID") for ret in hcp.iter("DataExtRet")} <= {OWNER, OWNER.upper()}
    assert private["FileID"].upper() == FILE.upper()
    assert private["AppLock"].startswith("LOCKED:SANDBOX-PC:")
    assert first["strCompanyFileName"].endswith("Castle Rock Supply.QBW")
    assert (first["qbXMLMajorVers"], first["qbXMLMinorVers"]) == ("16", "0")


def test_a_request_changes_the_company(company: Path) -> None:
    with serving(sendRequestXML=ADD) as service:
        assert hold(service, quickbooks=open_request_processor(company)).well
    [received] = service.calls("receiveResponseXML")
    assert "<Name>Harbor Tools</Name>" in received["response"]


def test_a_set_that_breaks_the_grammar_is_an_hresult(company: Path) -> None:
    with serving(sendRequestXML=SET.format("<CustomerFindRq/>")) as service:
        hold(service, quickbooks=open_request_processor(company))
    [received] = service.calls("receiveResponseXML")
    assert (received["response"], received["hresult"]) == ("", "0x80040400")


@pytest.mark.parametrize(("state", "hresult"), [("closed", "0x80040408"), ("dialog", "0x80040414")])
def test_a_quickbooks_that_does_not_let_in_is_reported(company: Path, state: str, hresult: str) -> None:
    with Company(company) as opened:
        opened.set_state(state)
    with serving() as service:
        outcome = hold(service, quickbooks=open_request_processor(company))
    assert outcome.code == "QBWC1013"
    assert service.calls("connectionError")[0]["hresult"] == hresult


def test_another_file_than_the_open_one_is_reported(company: Path) -> None:
    with serving(authenticate=["t", "C:\\Other.QBW"]) as service:
        hold(service, quickbooks=open_request_processor(company))
    assert service.calls("connectionError")[0]["hresult"] == "0x8004040A"


def test_no_open_file_is_reported() -> None:
    with serving() as service:
        hold(service, quickbooks=open_request_processor(None))
    assert service.calls("connectionError")[0]["hresult"] == "0x80040417"


def test_an_iterator_dies_with_its_session(company: Path) -> None:
    start = '<CustomerQueryRq iterator="Start"><MaxReturned>1</MaxReturned></CustomerQueryRq>'
    adds = "".join(
        f"<CustomerAddRq><CustomerAdd><Name>Customer {number}</Name></CustomerAdd></CustomerAddRq>"
        for number in range(3)
    )
    with serving(sendRequestXML=SET.format(adds + start)) as service:
        hold(service, quickbooks=open_request_processor(company))
        answer = etree.fromstring(service.calls("receiveResponseXML")[0]["response"].encode())
        identity = answer.find(".//CustomerQueryRs").get("iteratorID")  # type: ignore[union-attr]
        go_on = start.replace('iterator="Start"', f'iterator="Continue" iteratorID="{identity}"')
        service.answers |= {"sendRequestXML": SET.format(go_on), "receiveResponseXML": 100}
        hold(service, quickbooks=open_request_processor(company))
    assert 'statusCode="3391"' in service.calls("receiveResponseXML")[1]["response"]


def test_a_whole_session_from_the_command_line(tmp_path: Path, company: Path) -> None:
    with serving(sendRequestXML=ADD) as service:
        done = run([*add(tmp_path, service), "update", "--company", str(company)])
    assert (done.returncode, done.stdout) == (0, "Test Application: OK\n"), done.stderr
    assert service.operations[-1] == "closeConnection"


def test_a_killed_web_connector_leaves_what_quickbooks_did_and_can_go_on(tmp_path: Path, company: Path) -> None:
    with serving(sendRequestXML=ADD) as service:
        words = [*add(tmp_path, service), "update", "--company", str(company)]
        killed = run([*words, "--fault", "kill-before:receiveResponseXML"])
        assert killed.returncode == -signal.SIGKILL
        assert service.operations[-1] == "sendRequestXML"
        again = run(words)
    assert again.returncode == 0, again.stderr
    [received] = service.calls("receiveResponseXML")
    assert 'statusCode="3100"' in received["response"], "the first session's customer is there already"
    assert INTUIT in service.seen[-1].headers["SOAPAction"]
