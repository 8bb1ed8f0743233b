"""The pages of campaigns, and the public addresses in messages."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.views import (
    approvals,
    conflicts,
    customer,
    customer_edit,
    customer_privacy,
    design,
    digests,
    governance,
    home,
    journey_editor,
    journeys,
    latency,
    messages,
    responses,
    review,
    review_split,
    reviews,
    search,
    templates,
)

app_name = "campaigns"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", search.search_page, name="search"),
    path("design/", design.design, name="design"),
    path("digest/", digests.digest_page, name="digest"),
    path("moved/", home.moved, name="moved"),
    path("customers/<int:number>/", customer.customer_page, name="customer"),
    path("customers/<int:number>/timeline/", customer.customer_timeline, name="customer_timeline"),
    path("customers/<int:number>/pause/", customer_edit.customer_pause, name="customer_pause"),
    path("customers/<int:number>/attribute/", customer_edit.customer_attribute, name="customer_attribute"),
    path("customers/<int:number>/unmerge/<int:merge>/", customer_edit.customer_unmerge, name="customer_unmerge"),
    path("customers/<int:number>/export/", customer_privacy.customer_export, name="customer_export"),
    path("customers/<int:number>/erase/", customer_privacy.customer_erase, name="customer_erase"),
    path("reports/latency/", latency.latency_page, name="latency"),
    path("governance/", governance.governance_page, name="governance"),
    path("governance/conflicts/", conflicts.conflicts_page, name="conflicts"),
    path("governance/conflicts/<slug:one>/<slug:other>/", conflicts.conflict_page, name="conflict"),
    path("governance/order/", governance.governance_order, name="governance_order"),
    path("governance/reviews/", reviews.reviews_page, name="reviews"),
    path("governance/reviews/<slug:slug>/", reviews.review_page, name="review"),
    path("governance/reviews/<slug:slug>/row/", reviews.review_row, name="review_row"),
    path("governance/reviews/<slug:slug>/split/", review_split.split_page, name="review_split"),
    path("governance/reviews/<slug:slug>/split/halves/", review_split.split_halves, name="review_halves"),
    path("governance/reviews/<slug:slug>/split/division/", review_split.split_division, name="review_division"),
    path("governance/reviews/<slug:slug>/<slug:part>/", reviews.review_part, name="review_part"),
    path("governance/<slug:setting>/", governance.governance_change, name="governance_change"),
    path("approvals/", approvals.approvals_page, name="approvals"),
    path("journeys/", journeys.journeys, name="journeys"),
    path("journeys/new/", journeys.journey_new, name="journey_new"),
    path("journeys/<slug:slug>/", journeys.journey, name="journey"),
    path("journeys/<slug:slug>/edit/", journey_editor.journey_edit, name="journey_edit"),
    path("journeys/<slug:slug>/comment/", review.journey_comment, name="journey_comment"),
    path("journeys/<slug:slug>/letters/<slug:words>/", review.journey_letter, name="journey_letter"),
    *(
        path(f"journeys/<slug:slug>/{step}/", journeys.journey_step, {"step": step}, name=f"journey_{step}")
        for step in journeys.SAID
    ),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.template_edit, name="template_new"),
    path("templates/preview/", templates.template_preview, name="template_preview"),
    path("templates/<slug:slug>/", templates.template_edit, name="template"),
    path("templates/<slug:slug>/delete/", templates.template_delete, name="template_delete"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/<int:number>/", messages.message, name="message"),
    path("messages/<int:number>/body/", messages.message_body, name="message_body"),
    path("m/o/<str:token>.gif", responses.opened, name="opened"),
    path("m/c/<str:token>/<int:position>", responses.clicked, name="clicked"),
    path("m/d/<str:token>", digests.digest_switch, name="digest_switch"),
    path("m/u/<str:token>", responses.unsubscribe, name="unsubscribe"),
]
