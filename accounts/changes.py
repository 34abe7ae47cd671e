"""Changes in words: which field became what, as staff know it, on the clock of the theater it belongs to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Change

MOST = 200


@dataclass(frozen=True)
class Line:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ToldChange:
    pk: int
    table: str
    at: datetime
    by: str
    why: str
    what: str
    lines: list[Line]
    has_before: bool


def changes_of(obj) -> list[ToldChange]:
    """Of a row and of its parts that have no page of their own, newest first."""
    changes = list(Change.objects.of(obj, *parts_of(type(obj)))[:MOST])
    people = get_user_model().objects.in_bulk({change.by for change in changes if change.by})
    teller = Teller(getattr(getattr(obj, "theater", obj), "zone", UTC))
    return [teller.tell(change, people) for change in changes]


def parts_of(model) -> list[tuple[type[models.Model], str]]:
    relations = [relation for relation in model._meta.related_objects if relation.on_delete is models.CASCADE]
    return [
        (relation.related_model, relation.field.column)
        for relation in relations
        if not admin.site.is_registered(relation.related_model)
    ]


@cache
def model_of(table: str) -> type[models.Model] | None:
    known = apps.get_models(include_auto_created=True)
    return next((model for model in known if model._meta.db_table == table), None)


class Teller:
    def __init__(self, zone):
        self.zone = zone
        self.names = {}

    def tell(self, change: Change, people) -> ToldChange:
        model = model_of(change.table)
        by = people.get(change.by) or (_("somebody who has left") if change.by else _("the shop"))
        lines = list(self.lines(model, change.before or {}, change.after or {})) if model else []
        return ToldChange(
            pk=change.pk,
            table=change.table,
            at=change.at.astimezone(self.zone),
            by=str(by),
            why=change.why,
            what=self.what(model, change),
            lines=lines,
            has_before=change.before is not None,
        )

    @staticmethod
    def what(model, change: Change) -> str:
        name = model._meta.verbose_name if model else change.table
        if change.before is None:
            return _("%(what)s added") % {"what": name}
        return (_("%(what)s removed") if change.after is None else _("%(what)s changed")) % {"what": name}

    def lines(self, model, before: dict, after: dict):
        for field in model._meta.concrete_fields:
            was, becomes = before.get(field.column), after.get(field.column)
            if was != becomes and not field.primary_key:
                label = str(field.verbose_name)
                yield Line(label[:1].upper() + label[1:], self.show(field, was), self.show(field, becomes))

    def show(self, field, value) -> str:
        if value in (None, "", []):
            return "–"
        if isinstance(field, models.ForeignKey):
            return self.name(field.related_model, value)
        if isinstance(field, models.DateTimeField):
            return date_format(parse_datetime(value).astimezone(self.zone), "D j M Y, H:i")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        choices = dict((getattr(field, "base_field", None) or field).flatchoices)
        if isinstance(value, list):
            return ", ".join(str(choices.get(each, each)) for each in value)
        return str(choices.get(value, value))

    def name(self, model, pk) -> str:
        if (model, pk) not in self.names:
            try:
                self.names[model, pk] = str(model._default_manager.get(pk=pk))
            except ObjectDoesNotExist:
                self.names[model, pk] = _("one that is gone")
        return self.names[model, pk]
