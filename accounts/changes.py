"""Changes in words: which field became what, as staff know it, on the clock of the theater it belongs to."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache
from itertools import groupby

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_permission_codename, get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Change

MOST = 500


@dataclass(frozen=True)
class Line:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ToldChange:
    pk: int
    at: datetime
    by: str
    why: str
    what: str
    lines: list[Line]
    is_restorable: bool


@dataclass(frozen=True)
class History:
    changes: list[ToldChange]
    zone: tzinfo
    clock: str


def history_of(obj, request) -> History:
    """Of a row and of those of its parts that have no page of their own and may be seen, newest first."""
    office = admin.site.get_model_admin(type(obj))
    parts = [(model, column) for model, column in parts_of(type(obj)) if sees(office, request, obj, model)]
    changes = list(Change.objects.of(obj, *parts)[:MOST])
    people = get_user_model().objects.in_bulk({change.by for change in changes if change.by})
    theater = office.theater_of(obj) if hasattr(office, "theater_of") else None
    restores = getattr(office, "restores", {}) if office.has_change_permission(request, obj) else {}
    teller = Teller(theater.zone if theater else UTC, people, restores)
    told = [teller.tell(list(group)) for _key, group in groupby(changes, together)]
    clock = _("Times are by the clock of %(theater)s.") % {"theater": theater} if theater else _("Times are in UTC.")
    return History(told, teller.zone, clock)


def parts_of(model) -> list[tuple[type[models.Model], str]]:
    relations = [relation for relation in model._meta.related_objects if relation.on_delete is models.CASCADE]
    parts = [
        (relation.related_model, relation.field.column)
        for relation in relations
        if not admin.site.is_registered(relation.related_model)
    ]
    return parts + [
        (field.remote_field.through, field.m2m_column_name())
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    ]


def sees(office, request, obj, part: type[models.Model]) -> bool:
    if part._meta.auto_created:
        return True
    permission = f"{part._meta.app_label}.{get_permission_codename('view', part._meta)}"
    asked = getattr(office, "may_here", None)
    return asked(request, obj, permission) if asked else request.user.has_perm(permission)


def is_restorable(change: Change, columns: dict[str, frozenset[str]]) -> bool:
    """Whether the form of a page, which knows these columns of these tables, could bring back anything of it."""
    before, after = change.before, change.after or {}
    known = columns.get(change.table, ())
    return before is not None and any(before.get(column) != after.get(column) for column in known)


@cache
def model_of(table: str) -> type[models.Model] | None:
    known = apps.get_models(include_auto_created=True)
    return next((model for model in known if model._meta.db_table == table), None)


@cache
def tie_of(table: str) -> models.ManyToManyField | None:
    """The field whose rows a table is that does nothing but tie two others together."""
    model = model_of(table)
    owner = model and model._meta.auto_created
    fields = owner._meta.local_many_to_many if owner else []
    return next((field for field in fields if field.remote_field.through is model), None)


def together(change: Change) -> Hashable:
    """Twenty seats chosen at once are one change."""
    if not tie_of(change.table):
        return change.pk
    return change.table, change.at.replace(microsecond=0), change.by, change.why, change.before is None


class Teller:
    def __init__(self, zone: tzinfo, people: dict, restores: dict[str, frozenset[str]]):
        self.zone, self.people, self.restores = zone, people, restores
        self.names = {}

    def tell(self, changes: list[Change]) -> ToldChange:
        change = changes[0]
        by = self.people.get(change.by) or (_("somebody who has left") if change.by else _("the shop"))
        tie, model = tie_of(change.table), model_of(change.table)
        lines = [self.tied(tie, changes)] if tie else self.lines(model, change) if model else []
        return ToldChange(
            pk=change.pk,
            at=change.at,
            by=str(by),
            why=change.why,
            what=self.what(tie or (model and model._meta), change),
            lines=list(lines),
            is_restorable=is_restorable(change, self.restores),
        )

    @staticmethod
    def what(named, change: Change) -> str:
        name = named.verbose_name if named else change.table
        if change.before is None:
            return _("%(what)s added") % {"what": name}
        return (_("%(what)s removed") if change.after is None else _("%(what)s changed")) % {"what": name}

    def tied(self, tie: models.ManyToManyField, changes: list[Change]) -> Line:
        column, model = tie.m2m_reverse_name(), tie.related_model
        keys = [(change.after or change.before)[column] for change in changes]
        self.names |= {(model, pk): str(found) for pk, found in model._default_manager.in_bulk(keys).items()}
        names = ", ".join(self.name(model, pk) for pk in sorted(keys))
        label = str(tie.verbose_name)
        was, becomes = ("–", names) if changes[0].before is None else (names, "–")
        return Line(label[:1].upper() + label[1:], was, becomes)

    def lines(self, model, change: Change):
        before, after = change.before or {}, change.after or {}
        for field in model._meta.concrete_fields:
            was, becomes = before.get(field.column), after.get(field.column)
            if was != becomes and not field.primary_key:
                label = str(field.verbose_name)
                yield Line(label[:1].upper() + label[1:], self.show(field, was), self.show(field, becomes))

    def show(self, field, value) -> str:
        if value in (None, "", [], {}):
            return "–"
        if isinstance(value, dict):
            return ", ".join(value)
        if isinstance(field, models.ForeignKey):
            return self.name(field.related_model, value)
        if isinstance(field, models.DateTimeField):
            return date_format(parse_datetime(value).astimezone(self.zone), "D j M Y, H:i")
        if isinstance(field, models.DecimalField):
            amount = Decimal(str(value)).normalize()
            return f"{amount:.{max(2, -amount.as_tuple().exponent)}f}"
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
