"""The wire between the service and its org, without a socket: the client's own HTTP seam leads straight to the org."""

from email.utils import formatdate
from functools import partial

import httpx2
import pytest

from apatar.connections import salesforce as product_salesforce
from apatar.salesforce.transport import Transport
from apatar.sandbox.salesforce.errors import ConnectionCut
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request

URL = "http://127.0.0.1:8064"
"""Where the service believes the org to be; nobody listens there."""
NO_BODY = (204, 304)


class OrgWire(httpx2.BaseTransport):
    """Hands each request to the org that stands at the other end; what the org cuts is a connection that broke."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode()
        try:
            answer = self.org.handle(Request(request.method, target, headers, request.read(), URL))
        except ConnectionCut:
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.") from None
        told = {**answer.headers, "Date": formatdate(self.org.now(), usegmt=True)}
        return httpx2.Response(answer.status, headers=told, content=b"" if answer.status in NO_BODY else answer.body)


def lay_wire(monkeypatch: pytest.MonkeyPatch, wire: OrgWire) -> None:
    """Have every transport of the service go over this wire."""
    monkeypatch.setattr(product_salesforce, "Transport", partial(Transport, http=wire))
