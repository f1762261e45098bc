"""Security headers of every answer: nothing may be loaded, framed or sent elsewhere unless it is ours."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""img-src data: is for the picture that an authenticator app scans."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Middleware: adds each header unless the view set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if _is_personal(request):
            # A shared PC must not show a page of the person before through its Back button.
            answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer


def _is_personal(request: HttpRequest) -> bool:
    """Tell whether somebody is logged in; static files are answered before anybody could be."""
    return hasattr(request, "user") and bool(request.user.is_authenticated)
