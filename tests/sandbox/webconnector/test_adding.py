"""An application is added only when its addresses answer and the user agrees."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apatar.sandbox.webconnector.adding import add_application
from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.home import Home
from apatar.sandbox.webconnector.wire import Probe, probe
from tests.sandbox.webconnector.stub import qwc, serving


def add(folder: Path, content: bytes, *seen: Probe, agrees: bool = True) -> list[str]:
    """Add with prepared answers for AppSupport and AppURL, in this order; return the warnings."""
    answers = iter(seen)
    warnings: list[str] = []
    add_application(
        Home(folder),
        content,
        agree=lambda _application: agrees,
        warn=warnings.append,
        visit=(lambda _url: next(answers)) if seen else probe,
    )
    return warnings


GOOD = Probe(200, "OK")


def test_an_application_whose_addresses_answer_is_added(tmp_path: Path) -> None:
    with serving() as service:
        content = qwc(AppURL=service.url, AppSupport=service.url.replace("/soap", "/support"))
        assert add(tmp_path, content) == []
        assert service.gets == ["/support", "/soap"]
    assert [entry.application.app_name for entry in Home(tmp_path).entries()] == ["Test Application"]


@pytest.mark.parametrize("status", [200, 202])
def test_support_may_answer_200_or_202(tmp_path: Path, status: int) -> None:
    add(tmp_path, qwc(), Probe(status, ""), GOOD)
    assert len(Home(tmp_path).entries()) == 1


@pytest.mark.parametrize("status", [201, 204, 301, 302, 401, 403, 404, 500])
def test_any_other_answer_of_support_is_qbwc1003(tmp_path: Path, status: int) -> None:
    with pytest.raises(Refused, match="QBWC1003"):
        add(tmp_path, qwc(), Probe(status, ""), GOOD)
    assert Home(tmp_path).entries() == []


def test_an_unreachable_support_is_qbwc1004(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="QBWC1004"):
        add(tmp_path, qwc(), Probe(None, "refused"), GOOD)


def test_an_address_that_takes_no_get_is_qbwc1048_over_https(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="QBWC1048"):
        add(tmp_path, qwc(), GOOD, Probe(405, ""))


def test_over_http_it_is_a_warning(tmp_path: Path) -> None:
    content = qwc(AppURL="http://localhost/soap", AppSupport="http://localhost/")
    [warning] = add(tmp_path, content, GOOD, Probe(405, ""))
    assert "QBWC1048" in warning
    assert len(Home(tmp_path).entries()) == 1


def test_an_unreachable_host_is_qbwc1035(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="QBWC1035"):
        add(tmp_path, qwc(), GOOD, Probe(None, "The remote name could not be resolved."))


def test_a_certificate_may_come_from_elsewhere(tmp_path: Path) -> None:
    visited: list[str] = []

    def visit(url: str) -> Probe:
        visited.append(url)
        return GOOD

    content = qwc(CertURL="https://certificates.example.com/")
    add_application(Home(tmp_path), content, agree=lambda _: True, warn=visited.append, visit=visit)
    assert visited == ["https://books.example.com/support", "https://certificates.example.com/"]


def test_a_user_who_declines_is_qbwc1051(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="QBWC1051"):
        add(tmp_path, qwc(), GOOD, GOOD, agrees=False)
    assert Home(tmp_path).entries() == []


def test_a_bad_file_is_refused_before_anything_is_visited(tmp_path: Path) -> None:
    with serving() as service:
        address = service.url.replace("localhost", "127.0.0.1")
        with pytest.raises(Refused, match="QBWC1001"):
            add(tmp_path, qwc(AppURL=address, AppSupport=address))
        assert service.gets == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with https_server(tmp_path) as url:
        seen = probe(url, timeout=5)
    assert seen.status is None
    assert seen.certificate_refused


def test_a_trusted_certificate_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with https_server(tmp_path) as url:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert probe(url, timeout=5).status == 200


@contextmanager
def https_server(folder: Path) -> Iterator[str]:
    """Serve 200 on https with a certificate for localhost that signed itself."""
    file = _self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with HTTPServer(("127.0.0.1", 0), Fine) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


class Fine(BaseHTTPRequestHandler):
    """Answers every GET with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keep the tests quiet."""


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
