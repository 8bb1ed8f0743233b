"""The pages of campaigns, and the public addresses in messages."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.views import customer, customer_edit, home, responses

app_name = "campaigns"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("moved/", home.moved, name="moved"),
    path("customers/<int:number>/", customer.customer_page, name="customer"),
    path("customers/<int:number>/timeline/", customer.customer_timeline, name="customer_timeline"),
    path("customers/<int:number>/pause/", customer_edit.customer_pause, name="customer_pause"),
    path("customers/<int:number>/attribute/", customer_edit.customer_attribute, name="customer_attribute"),
    path("customers/<int:number>/unmerge/<int:merge>/", customer_edit.customer_unmerge, name="customer_unmerge"),
    path("m/o/<str:token>.gif", responses.opened, name="opened"),
    path("m/c/<str:token>/<int:position>", responses.clicked, name="clicked"),
    path("m/u/<str:token>", responses.unsubscribe, name="unsubscribe"),
]
