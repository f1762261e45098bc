"""The addresses: a table of contents. The Web Connector's door stands before Django (see wsgi)."""

from django.urls import include, path

urlpatterns = [
    path("", include("apatar.pages.urls")),
    path("", include("apatar.accounts.urls")),
    path("", include("apatar.connections.urls")),
    path("", include("apatar.runs.urls")),
]
handler400 = "apatar.pages.views.bad_request"
handler403 = "apatar.pages.views.forbidden"
handler404 = "apatar.pages.views.not_found"
handler429 = "apatar.pages.views.too_many_tries"
handler500 = "apatar.pages.views.server_error"
