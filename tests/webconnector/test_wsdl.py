"""The WSDL, held to an independent client that knows nothing but it, over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import zeep
import zeep.exceptions
from lxml import etree

from apatar.webconnector.door import door
from apatar.webconnector.soap import OPERATIONS
from apatar.webconnector.wsdl import wsdl
from tests.webconnector.callers import Recorder

XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"


class Quiet(WSGIRequestHandler):
    """Serves without writing to the terminal."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def a_served_door(recorder: Recorder) -> Iterator[str]:
    address: list[str] = []
    with make_server("127.0.0.1", 0, door(recorder, address=lambda: address[0]), handler_class=Quiet) as server:
        address.append(f"http://127.0.0.1:{server.server_port}/webconnector/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield address[0]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module", params=["ApatarWebConnectorSoap", "ApatarWebConnectorSoap12"])
def client(request: pytest.FixtureRequest, recorder: Recorder) -> Iterator[Any]:
    """What zeep makes of the WSDL alone."""
    new_client: Any = zeep.Client
    with a_served_door(recorder) as address, new_client(f"{address}?wsdl", port_name=request.param) as made:
        yield made.service


@pytest.mark.parametrize(
    ("operation", "arguments", "heard", "answer"),
    [
        ("serverVersion", (), ("server_version",), "Apatar 1.0"),
        ("clientVersion", ("2.3",), ("client_version", "2.3"), None),
        (
            "authenticate",
            ("u", "p&"),
            ("authenticate", "u", "p&", "127.0.0.1"),
            ["ticket-1", "C:\\Books\\Müller & Co.qbw", None, "300"],
        ),
        (
            "sendRequestXML",
            ("t", "<QBXML/>", "C:\\ü.qbw", "US", 16, 0),
            ("send_request_xml", "t", "<QBXML/>", "C:\\ü.qbw", "US", 16, 0),
            '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML>é & "x"</QBXML>',
        ),
        ("receiveResponseXML", ("t", "<a/>\n", "", None), ("receive_response_xml", "t", "<a/>\n", "", ""), 42),
        ("connectionError", ("t", "0x80040408", "m"), ("connection_error", "t", "0x80040408", "m"), "done"),
        ("getLastError", ("t",), ("get_last_error", "t"), "NoOp"),
        ("closeConnection", ("t",), ("close_connection", "t"), "OK"),
        ("getInteractiveURL", ("t", "s"), ("get_interactive_url", "t", "s"), "https://apatar.example/support/"),
        ("interactiveRejected", ("t", "r"), ("interactive_rejected", "t", "r"), "Nothing was changed."),
        ("interactiveDone", ("t",), ("interactive_done", "t"), "Done"),
    ],
)
def test_a_client_made_from_the_wsdl_can_call_every_operation(
    client: Any, recorder: Recorder, *, operation: str, arguments: tuple[Any, ...], heard: tuple[Any, ...], answer: Any
) -> None:
    result = client[operation](*arguments)
    assert recorder.heard[-1] == heard
    assert result == answer


def test_a_client_made_from_the_wsdl_reads_our_faults(client: Any) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="not what the operation takes"):
        client.sendRequestXML("t", "", "", "US", 99_999_999_999, 0)


def test_every_message_part_is_named_parameters() -> None:
    parts = etree.fromstring(wsdl("http://localhost/")).findall(f"{WSDL}message/{WSDL}part")
    assert len(parts) == 2 * len(OPERATIONS)
    assert {part.get("name") for part in parts} == {"parameters"}


def test_the_schema_lists_every_argument_in_order() -> None:
    schema = etree.fromstring(wsdl("http://localhost/")).find(f"{WSDL}types/{XS}schema")
    assert schema is not None
    for name, operation in OPERATIONS.items():
        arguments = schema.findall(f"{XS}element[@name='{name}']/{XS}complexType/{XS}sequence/{XS}element")
        assert tuple(argument.get("name") for argument in arguments) == operation.arguments


def test_an_address_with_an_ampersand_is_escaped() -> None:
    assert b'location="https://x.example/?a=1&amp;b=2"' in wsdl("https://x.example/?a=1&b=2")
