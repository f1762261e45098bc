"""The WSGI application: the Web Connector's door first, everything else is Django's."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apatar.config.settings")
pages = get_wsgi_application()

from django.conf import settings  # noqa: E402

from apatar.config.callers import caller_of  # noqa: E402
from apatar.config.process import end_with_parent  # noqa: E402 Django must be set up first
from apatar.webconnector.calls import webconnector_door  # noqa: E402

DOOR = "/webconnector"
door: Any = webconnector_door()
end_with_parent()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Send the Web Connector past Django's middleware: it has no cookies, follows no redirect, and polls all day."""
    environ["REMOTE_ADDR"] = caller_of(environ, proxies=settings.TRUSTED_PROXIES)
    path: str = environ.get("PATH_INFO", "")
    if path.startswith(DOOR) and path.rstrip("/") == DOOR:
        answer: Iterable[bytes] = door(environ, start_response)
        return answer
    return pages(environ, start_response)
