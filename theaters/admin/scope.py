"""Everybody sees and changes only what belongs to the theaters they work for."""

from copy import deepcopy
from functools import reduce, wraps

from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import ModelChoiceField
from django.http import Http404
from django.utils.translation import ngettext

from theaters.models import Theater
from theaters.roles import has_everywhere, may, theaters_with


class TheirTheaters(admin.RelatedFieldListFilter):
    """Those where one may look. Django's own asks of every row ever written which theaters there are."""

    def field_choices(self, field, request, model_admin):
        theaters = model_admin.theaters_for(request, "view")
        return [(theater.pk, str(theater)) for theater in (Theater.objects.all() if theaters is None else theaters)]


class InTheater:
    """For a ModelAdmin or an inline. `theater_path` leads from the model to its theater, such as "screen__theater"."""

    theater_path = "theater"
    # Of actions that are no “view”, “add”, “change” or “delete”: {"settle": "bookings.refund_booking"}
    rights: dict[str, str] = {}

    def get_queryset(self, request):
        return self.within(super().get_queryset(request), request, "view")

    def within(self, found, request, action: str):
        """Those of a queryset, of any model of the office, in whose theater the action on our model is granted."""
        theaters, path = self.theaters_for(request, action), self.path_from(found.model)
        return found if theaters is None or not path else found.filter(**{f"{path}__in": theaters})

    def path_from(self, model) -> str | None:
        """None for what all theaters share, such as movies."""
        office = self if model is self.model else admin.site._registry.get(model)
        return getattr(office, "theater_path", None)

    def theaters_for(self, request, action: str):
        """None stands for all of them, and for what belongs to none."""
        # As Django has it: who may change may also look.
        actions = ("view", "change") if action == "view" else (action,)
        permissions = [self.right(each) for each in actions]
        if any(has_everywhere(request.user, permission) for permission in permissions):
            return None
        either = Q()
        for permission in permissions:
            either |= Q(pk__in=theaters_with(request.user, permission))
        return Theater.objects.filter(either)

    def right(self, action: str) -> str:
        return self.rights.get(action) or f"{self.opts.app_label}.{get_permission_codename(action, self.opts)}"

    def get_actions(self, request):
        """The list shows what they may look at, too; what an action does, it does where it is granted."""
        actions = super().get_actions(request).items()
        return {name: (where_granted(func), name, words) for name, (func, _name, words) in actions}

    def is_theirs(self, request, obj, action: str) -> bool:
        """`obj` may be nothing yet, or of an inline the parent."""
        theaters = None if obj is None else self.theaters_for(request, action)
        if theaters is None:
            return True
        theater = self.theater_of(obj)
        return theater is not None and theaters.filter(pk=theater.pk).exists()

    def may_here(self, request, obj, permission: str) -> bool:
        """In the theater of something of ours."""
        theater = self.theater_of(obj)
        return may(request.user, permission, theater) if theater else has_everywhere(request.user, permission)

    def theater_of(self, obj) -> Theater | None:
        if isinstance(obj, Theater):
            return obj
        return reduce(lambda at, step: at and getattr(at, step), self.path_from(type(obj)).split("__"), obj)

    def has_add_permission(self, request, *parent):
        return super().has_add_permission(request, *parent) and (
            not parent or self.is_theirs(request, parent[0], "add")
        )

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self.is_theirs(request, obj, "view")

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.is_theirs(request, obj, "change")

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.is_theirs(request, obj, "delete")

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Not Django's way back to the front page: what belongs to another theater is not found."""
        raise Http404

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        for name, field in form.declared_fields.items():
            if isinstance(field, ModelChoiceField) and name in form.base_fields:
                # A copy: the form's class shares its own fields with the next request.
                form.base_fields[name] = limited = deepcopy(field)
                limited.queryset = self.within(limited.queryset, request, "change")
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """No screen can be chosen of a theater in which they only watch."""
        related = db_field.remote_field.model
        if "queryset" not in kwargs and admin.site.is_registered(related):
            kwargs["queryset"] = self.within(related._default_manager.all(), request, "change")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def where_granted(action):
    """The action, on those rows alone in whose theater all its permissions are granted."""

    @wraps(action)
    def act(office, request, chosen):
        theirs = chosen
        for permission in action.allowed_permissions:
            theirs = office.within(theirs, request, permission)
        done = theirs.count()
        if left := chosen.count() - done:
            words = ngettext(
                "%(left)d was left as it is: you may only look at it.",
                "%(left)d were left as they are: you may only look at them.",
                left,
            )
            office.message_user(request, words % {"left": left}, messages.WARNING)
        return action(office, request, theirs) if done else None

    return act
