"""An earlier version as a new one: the form of the office, filled in with what was, judged and saved as if typed."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.changes import is_restorable
from accounts.models import Change
from theaters.models import Price, PriceCard, Showtime

MODELS = {model._meta.db_table: model for model in (Showtime, PriceCard, Price)}


@transaction.atomic
def restore(site, request, change_id):
    """What a change has taken away comes back; the page says what is in the way, if something is."""
    change = get_object_or_404(Change, pk=change_id, table__in=MODELS, before__isnull=False)
    before = version(MODELS[change.table], change.before)
    model = PriceCard if isinstance(before, Price) else type(before)
    office = site.get_model_admin(model)
    now = office.get_object(request, str(before.card_id if isinstance(before, Price) else before.pk))
    if now is None:
        raise Http404
    if not office.has_change_permission(request, now):
        raise PermissionDenied
    form = filled_in(office, request, now, before)
    if sentences := what_is_in_the_way(office, change, form):
        messages.error(request, _("It cannot be restored. %(why)s") % {"why": " ".join(sentences)})
    else:
        save(office, request, form, change)
        messages.success(request, _("Restored: %(what)s is as it was before.") % {"what": now})
    return redirect(reverse(f"admin:{office.opts.app_label}_{office.opts.model_name}_history", args=[now.pk]))


def what_is_in_the_way(office, change, form) -> list[str]:
    if not is_restorable(change, office.restores):
        return [_("Nothing that this form knows was changed.")]
    if form is None:
        return [_("The ticket type or the seat category is gone.")]
    return [sentence for errors in form.errors.values() for sentence in errors]


def version(model, row: dict):
    """A row as it was; never saved itself."""
    return model(**{field.attname: field.to_python(row.get(field.column)) for field in model._meta.concrete_fields})


def filled_in(office, request, now, before):
    """None for a price that has no place any more."""
    form_class = office.get_form(request, now, change=True)
    if isinstance(before, Price):
        shown = form_class(instance=now)
        cell = shown.cells.get((before.category_id, before.ticket_type_id))
        if cell is None:
            return None
        changes = {cell: before.amount}
    else:
        shown, changes = form_class(instance=before), {}
    return form_class(sent_by(shown) | changes, instance=now)


def sent_by(form) -> dict:
    """What a browser would send of a form, as it is shown."""
    sent = {}
    for field in form:
        value, widget = field.value(), field.field.widget
        if isinstance(widget, forms.MultiWidget):
            parts = widget.decompress(value)
            sent |= {f"{field.html_name}{name}": part for name, part in zip(widget.widgets_names, parts, strict=True)}
        elif value is not None and value is not False:
            sent[field.html_name] = value
    return sent


def save(office, request, form, change):
    restored = office.save_form(request, form, change=True)
    office.save_model(request, restored, form, change=True)
    office.save_related(request, form, [], change=True)
    words = _("Restored the version of before %(when)s.") % {"when": date_format(change.at, "j F Y, H:i")}
    office.log_change(request, restored, words)
