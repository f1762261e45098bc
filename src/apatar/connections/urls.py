"""Addresses of connections."""

from django.urls import path

from apatar.connections import login_views, map_field_views, map_views, preparing_views, views

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
    path("connections/<int:pk>/place/", views.take_place, name="connection-place"),
    path("connections/<int:pk>/delete/", views.delete, name="connection-delete"),
    path("connections/<int:pk>/test/", login_views.test, name="connection-test"),
    path("connections/<int:pk>/connect/", login_views.connect, name="connection-connect"),
    path("connections/<int:pk>/prepare/", preparing_views.prepare, name="connection-prepare"),
    path("connections/<int:pk>/prepare/package.zip", preparing_views.create_package, name="connection-prepare-package"),
    path("connections/<int:pk>/prepare/removal.zip", preparing_views.remove_package, name="connection-prepare-removal"),
    path("connections/<int:pk>/map/", map_views.overview, name="map"),
    path("connections/<int:pk>/map/choices/", map_views.choices, name="map-choices"),
    path("connections/<int:pk>/map/map.json", map_views.export, name="map-export"),
    path("connections/<int:pk>/map/import/", map_views.take_in, name="map-import"),
    path("connections/<int:pk>/map/versions/<int:number>/", map_views.version, name="map-version"),
    path("connections/<int:pk>/map/versions/<int:number>/back/", map_views.go_back, name="map-back"),
    path("connections/<int:pk>/map/<slug:pair>/switch/", map_views.switch, name="map-switch"),
    path("connections/<int:pk>/map/<slug:pair>/settings/", map_views.pair_settings, name="map-settings"),
    path("connections/<int:pk>/map/<slug:pair>/add/", map_field_views.add, name="map-add"),
    path("connections/<int:pk>/map/<slug:pair>/fields/<str:name>/", map_field_views.field, name="map-field"),
    path(
        "connections/<int:pk>/map/<slug:pair>/fields/<str:name>/back/",
        map_field_views.bring_back,
        name="map-field-back",
    ),
]
