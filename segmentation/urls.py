"""The pages of segmentation."""

from __future__ import annotations

from django.urls import URLPattern, path

from segmentation.views import (
    backtests,
    builder,
    engine,
    exports,
    lifecycle,
    listing,
    lists,
    members,
    numbers,
    overview,
    publishing,
    settings,
    suggestions,
    used_by,
    versions,
    why,
)

app_name = "segmentation"

urlpatterns: list[URLPattern] = [
    path("segments/", listing.segments_page, name="list"),
    # Outside /segments/, where every word may be the slug of a segment.
    path("new-segment/", listing.new, name="new"),
    path("segment-lines/", listing.lines, name="lines"),
    path("suggestions/events/", suggestions.events, name="suggest-events"),
    path("suggestions/properties/", suggestions.properties, name="suggest-properties"),
    path("suggestions/attributes/", suggestions.attributes, name="suggest-attributes"),
    path("suggestions/conditions/", suggestions.conditions, name="suggest-conditions"),
    path("suggestions/values/", suggestions.values, name="suggest-values"),
    path("engine/", engine.engine_page, name="engine"),
    path("engine/state/", engine.engine_state, name="engine-state"),
    path("engine/runs/<int:number>/", engine.engine_run, name="engine-run"),
    path("segments/<slug:slug>/", overview.overview, name="overview"),
    path("segments/<slug:slug>/numbers/", numbers.numbers, name="numbers"),
    path("segments/<slug:slug>/job/", overview.job, name="job"),
    path("segments/<slug:slug>/rule/", builder.builder, name="builder"),
    path("segments/<slug:slug>/rule/draft/", builder.draft, name="draft"),
    path("segments/<slug:slug>/rule/preview/", builder.preview, name="preview"),
    path("segments/<slug:slug>/card/", settings.card, name="card"),
    path("segments/<slug:slug>/settings/", settings.settings, name="settings"),
    path("segments/<slug:slug>/publish/", publishing.publish_page, name="publish"),
    path("segments/<slug:slug>/pause/", lifecycle.pause_segment, name="pause"),
    path("segments/<slug:slug>/resume/", lifecycle.resume_segment, name="resume"),
    path("segments/<slug:slug>/archive/", lifecycle.archive_segment, name="archive"),
    path("segments/<slug:slug>/copy/", lifecycle.copy_segment, name="copy"),
    path("segments/<slug:slug>/delete/", lifecycle.delete_segment, name="delete"),
    path("segments/<slug:slug>/members/", members.members, name="members"),
    path("segments/<slug:slug>/members.csv", members.members_csv, name="members-csv"),
    path("segments/<slug:slug>/exports/", exports.ask, name="ask-export"),
    path("segments/<slug:slug>/exports/<int:number>/", exports.export, name="export"),
    path("segments/<slug:slug>/exports/<int:number>/file/", exports.export_file, name="export-file"),
    path("segments/<slug:slug>/members/add/", lists.add, name="members-add"),
    path("segments/<slug:slug>/members/remove/", lists.remove, name="members-remove"),
    path("segments/<slug:slug>/snapshot/", lists.freeze, name="snapshot"),
    path("customers/<int:number>/lists/", lists.customer_list, name="customer-list"),
    path("segments/<slug:slug>/changes/", members.changes, name="changes"),
    path("segments/<slug:slug>/why/", why.why, name="why"),
    path("segments/<slug:slug>/versions/", versions.versions, name="versions"),
    path("segments/<slug:slug>/versions/compare/", versions.compare, name="compare"),
    path("segments/<slug:slug>/versions/<int:number>/take/", versions.roll_back, name="roll-back"),
    path("segments/<slug:slug>/backtests/", backtests.backtests, name="backtests"),
    path("segments/<slug:slug>/backtests/ask/", backtests.ask, {"kind": "backtest"}, name="ask-backtest"),
    path("segments/<slug:slug>/backtests/try/", backtests.ask, {"kind": "sweep"}, name="ask-sweep"),
    path("segments/<slug:slug>/backtests/<int:number>/", backtests.backtest, name="backtest"),
    path("segments/<slug:slug>/used-by/", used_by.used_by, name="used-by"),
]
