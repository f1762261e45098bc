"""Addresses of runs and of what they left for a person."""

from django.urls import path

from apatar.runs import (
    conflict_views,
    map_views,
    plan_views,
    problem_views,
    review_views,
    stop_views,
    undo_views,
    views,
)

urlpatterns = [
    path("connections/<int:pk>/runs/", views.runs, name="runs"),
    path("connections/<int:pk>/problems/", problem_views.problems, name="problems"),
    path("connections/<int:pk>/problems/again/", problem_views.try_many, name="problems-again"),
    path("connections/<int:pk>/problems/snooze/", problem_views.snooze_many, name="problems-snooze"),
    path("connections/<int:pk>/conflicts/", conflict_views.conflicts, name="conflicts"),
    path("connections/<int:pk>/conflicts/choose/", conflict_views.choose, name="conflicts-choose"),
    path("connections/<int:pk>/conflicts/kind/", conflict_views.kind, name="conflicts-kind"),
    path("conflicts/<int:pk>/back/", conflict_views.bring_back, name="conflict-back"),
    path("conflicts/<int:pk>/withdraw/", conflict_views.withdraw, name="conflict-withdraw"),
    path("connections/<int:pk>/review/", review_views.review, name="review"),
    path("connections/<int:pk>/review/decide/", review_views.decide, name="review-decide"),
    path("connections/<int:pk>/review/many/", review_views.decide_many, name="review-many"),
    path("connections/<int:pk>/review/search/", review_views.search, name="review-search"),
    path("connections/<int:pk>/review/decisions.csv", review_views.export, name="review-export"),
    path("connections/<int:pk>/review/import/", review_views.take_in, name="review-import"),
    path("connections/<int:pk>/links/", review_views.linked, name="review-links"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/live/", views.live, name="run-live"),
    path("connections/<int:pk>/dry-run/", plan_views.dry_run, name="dry-run"),
    path("runs/<int:pk>/release/", plan_views.release_plan, name="run-release"),
    path("runs/<int:pk>/go-on/", stop_views.go_on, name="run-go-on"),
    path("runs/<int:pk>/undo/", undo_views.undo, name="run-undo"),
    path("runs/<int:pk>/undo/counts/", undo_views.counts, name="run-undo-counts"),
    path("connections/<int:pk>/ignored/", undo_views.ignored, name="ignored"),
    path("problems/<int:pk>/again/", problem_views.try_again, name="problem-again"),
    path("problems/<int:pk>/snooze/", problem_views.snooze_one, name="problem-snooze"),
    path("connections/<int:pk>/map/<slug:pair>/", map_views.pair, name="map-pair"),
    path("connections/<int:pk>/map/<slug:pair>/try/", map_views.trial, name="map-try"),
]
