"""Addresses of connections."""

from django.urls import path

from apatar.connections import login_views, preparing_views, views

urlpatterns = [
    path("connections/", views.connections, name="connections"),
    path("connections/new/", views.new, name="connection-new"),
    path("connections/test/", login_views.test_new, name="connection-test-new"),
    path("connections/salesforce/", login_views.come_back, name="salesforce-callback"),
    path("connections/<int:pk>/", views.connection, name="connection"),
    path("connections/<int:pk>/steps/", views.steps, name="connection-steps"),
    path("connections/<int:pk>/ApatarQBW.qwc", views.qwc, name="connection-qwc"),
    path("connections/<int:pk>/pause/", views.pause, name="connection-pause"),
    path("connections/<int:pk>/resume/", views.resume, name="connection-resume"),
    path("connections/<int:pk>/sync/", views.sync_now, name="connection-sync"),
    path("connections/<int:pk>/password/", views.webconnector_password, name="connection-password"),
    path("connections/<int:pk>/delete/", views.delete, name="connection-delete"),
    path("connections/<int:pk>/test/", login_views.test, name="connection-test"),
    path("connections/<int:pk>/connect/", login_views.connect, name="connection-connect"),
    path("connections/<int:pk>/prepare/", preparing_views.prepare, name="connection-prepare"),
    path("connections/<int:pk>/prepare/package.zip", preparing_views.create_package, name="connection-prepare-package"),
    path("connections/<int:pk>/prepare/removal.zip", preparing_views.remove_package, name="connection-prepare-removal"),
]
