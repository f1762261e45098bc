"""Adding an application: the .qwc is judged, its addresses are visited, the user agrees, the folder remembers it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.home import Entry, Home
from apatar.sandbox.webconnector.qwc import Application, read_qwc
from apatar.sandbox.webconnector.wire import Probe, probe


def add_application(
    home: Home,
    content: bytes,
    *,
    agree: Callable[[Application], bool],
    warn: Callable[[str], None],
    visit: Callable[[str], Probe] = probe,
) -> Entry:
    """Add the application of a .qwc file; raises Refused with the code that Intuit's would show."""
    application = read_qwc(content)
    check_support(application, visit)
    check_certificate(application, visit, warn)
    if not agree(application):
        raise Refused("QBWC1051", "The new application was not added: access was not granted.")
    return home.add(application)


def check_support(application: Application, visit: Callable[[str], Probe]) -> None:
    """AppSupport has to answer a plain GET with 200 or 202; a redirect is neither."""
    seen = visit(application.app_support)
    if seen.status is None:
        raise Refused("QBWC1004", f"AppSupport ({application.app_support}) could not be reached. {seen.reason}")
    if seen.status not in {200, 202}:
        raise Refused("QBWC1003", f"AppSupport ({application.app_support}) answered {seen.status}, not 200 or 202.")


def check_certificate(application: Application, visit: Callable[[str], Probe], warn: Callable[[str], None]) -> None:
    """Over https AppURL (or CertURL) is fetched for its certificate; over http the same visit can only warn."""
    url = application.cert_url or application.app_url
    seen = visit(url)
    if seen.status == 200:
        return
    answer = f"answered {seen.status}" if seen.status else seen.reason
    sentence = f"The certificate could not be verified: GET {url} {answer}."
    if urlsplit(application.app_url).scheme != "https":
        warn(f"Over https this would be QBWC1048. {sentence}")
    elif seen.status is None and not seen.certificate_refused:
        raise Refused("QBWC1035", f"{urlsplit(url).hostname} could not be reached. {seen.reason}")
    else:
        raise Refused("QBWC1048", sentence)
