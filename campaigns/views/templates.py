"""Templates: the words of messages, with a preview as any customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as render_page
from django.views.decorators.http import require_POST

from campaigns import save
from campaigns.errors import CampaignError, InvalidError
from campaigns.forms import TemplateForm, free_slug, template_form
from campaigns.links import unsubscribe_url
from campaigns.models import Template
from campaigns.queries.content import journeys_sending
from campaigns.rendering import RenderError, Words, render
from common import clock
from common.htmx import render as page
from customers.models import Customer
from customers.references import customer_named
from customers.roles import account, allowed

# What a message may show inside our page: its own styles and pictures in it; nothing is fetched and nothing runs.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline' 'self'; img-src data:; frame-ancestors 'self'; sandbox"
NOBODY = Customer(attributes={"first_name": "Ada", "last_name": "Example"}, email="ada@example.com")


@allowed()
def templates(request: HttpRequest) -> HttpResponse:
    """All words, by name, with the journeys that send them."""
    rows = [
        {"template": row, "journeys": journeys_sending(row.slug)}
        for row in Template.objects.select_related("edited_by").order_by("name", "slug")
    ]
    return page(request, "campaigns/templates.html", {"rows": rows})


@allowed()
def template_edit(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Write words, new or known; a fault in the Liquid stands beside its field with the line."""
    row = get_object_or_404(Template, slug=slug) if slug else None
    form = template_form(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = slug or free_slug(form.cleaned_data["name"], Template.objects.values_list("slug", flat=True))
        try:
            kept = save.save_template(slug=name, by=account(request), now=clock.now(), new=not slug, **form.words())
        except InvalidError as error:
            _show(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("campaigns:template", kept.slug)
    using = journeys_sending(slug) if slug else []
    sample = Customer.objects.exclude(email=None).order_by("-last_seen_at", "-pk").first()
    context = {"form": form, "template": row, "using": using, "sample": sample}
    return page(request, "campaigns/template.html", context)


@require_POST
@allowed()
def template_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete words that no journey sends."""
    try:
        save.delete_template(template=get_object_or_404(Template, slug=slug), by=account(request), now=clock.now())
    except CampaignError as error:
        messages.error(request, error.message)
        return redirect("campaigns:template", slug)
    messages.success(request, "Deleted.")
    return redirect("campaigns:templates")


@require_POST
@allowed()
def template_preview(request: HttpRequest) -> HttpResponse:
    """The words in the form, as one customer would get them: a page for a frame."""
    words = Words(request.POST.get("channel", "email"), request.POST.get("subject", ""), request.POST.get("body", ""))
    reference = request.POST.get("as", "").strip()
    customer = customer_named(reference) if reference else NOBODY
    context: dict[str, object] = {"fault": f"There is no customer {reference!r}."}
    if customer is not None:
        try:
            extra = {"unsubscribe_url": unsubscribe_url("preview"), "journey": {"name": "Preview", "slug": "preview"}}
            context = {"rendered": render(words, customer=customer, extra=extra, now=clock.now())}
        except RenderError as error:
            context = {"fault": str(error)}
    return letter_page(request, context)


def letter_page(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """A letter for a frame, under the policy of letters."""
    answer = render_page(request, "campaigns/letter.html", context)
    answer.headers["Content-Security-Policy"] = LETTER_POLICY
    return answer


def _show(form: TemplateForm, error: InvalidError) -> None:
    """Put each fault beside its field."""
    for pointer, message in error.faults:
        name = pointer.lstrip("/")
        form.add_error(name if name in form.fields else None, message)
