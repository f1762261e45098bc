"""Pages that belong to no room: the start, help, support, the health check, metrics, and what went wrong."""

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apatar.connections.glance import Glance, glance
from apatar.connections.models import Connection
from apatar.pages.metrics import exposition

LOCAL = {"127.0.0.1", "::1"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for visitors; people who are logged in go to their connections."""
    if request.user.is_authenticated:
        return redirect("connections")
    return render(request, "pages/home.html", {"registration_open": settings.APATAR_REGISTRATION == "open"})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Help that knows where its reader is stuck."""
    stuck = [card for card in _cards(request) if card.tone != "good"]
    return render(request, "pages/help.html", {"stuck": stuck})


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """Where the Web Connector's support link leads; it is fetched without logging in, and must answer 200."""
    return render(request, "pages/support.html", {"cards": _cards(request)})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 a view
    """200 where this process can answer and reach its database, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for monitoring: for this machine itself, or for whoever has the token."""
    if not _may_see_metrics(request):
        words = "Metrics are for this machine only. From elsewhere, send APATAR_METRICS_TOKEN as a bearer token.\n"
        return HttpResponse(words, content_type="text/plain", status=403)
    return HttpResponse(exposition(now=timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001 Django's signature
    sentence = "The browser sent something this page does not understand. Go back, load the page again, and retry."
    return _error(request, 400, "That did not work", sentence)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    sentence = str(exception or "") or "You may not do this here. Ask an owner of the workspace."
    return _error(request, 403, "Not for you", sentence)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001 Django's signature
    sentence = "It was deleted, the address has a typing error, or it belongs to a workspace that you are not in."
    return _error(request, 404, "There is nothing here", sentence)


def too_many_tries(request: HttpRequest) -> HttpResponseBase:
    """What django-allauth answers with where an account page is sent too often by one address or one person."""
    sentence = "That was tried too often in a short time, and nothing was changed. Wait five minutes, then try again."
    return _error(request, 429, "Too many tries", sentence)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 Django's signature
    """A page that needs neither the database nor the session: either may be what is broken."""
    return HttpResponse(render_to_string("pages/broken.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001 Django's signature
    sentence = "The page was open for too long, or cookies are off. Go back, load it again, and send it once more."
    return _error(request, 403, "The form was not accepted", sentence)


def _error(request: HttpRequest, status: int, heading: str, sentence: str) -> HttpResponse:
    ctx = {"status": status, "heading": heading, "sentence": sentence}
    return render(request, "pages/error.html", ctx, status=status)


def _cards(request: HttpRequest) -> list[Glance]:
    """The connections of a person who is logged in; nothing for visitors."""
    if not hasattr(request, "membership"):
        return []
    now = timezone.now()
    return [glance(one, now=now) for one in Connection.objects.all()]


def _may_see_metrics(request: HttpRequest) -> bool:
    """A proxy on this machine makes everybody look local, so a forwarded request needs the token."""
    token = str(getattr(settings, "APATAR_METRICS_TOKEN", ""))
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOCAL and not forwarded
