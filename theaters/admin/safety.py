"""What keeps two members of staff, and a member of staff and a customer, out of each other's way."""

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, OperationalError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


class OneAtATime:
    """The row is locked while it is changed. Who comes second is judged again, by what the first has saved."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        for _attempt in range(2):
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except (IntegrityError, OperationalError):
                if request.method != "POST":
                    raise
        self.message_user(request, _("Somebody else is changing this right now. Please try again."), messages.ERROR)
        return redirect(request.get_full_path())

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST":
            locked = self.model.objects.select_for_update(no_key=True, of=("self",))
            try:
                found.refresh_from_db(from_queryset=locked)
            except self.model.DoesNotExist:
                return None
        return found


class UsedStays:
    """What something else rests on is not deleted; the page says why."""

    def why_kept(self, obj):
        """A sentence, or nothing when it may go."""
        raise NotImplementedError

    def delete_view(self, request, object_id, extra_context=None):
        found = self.model.objects.filter(pk=unquote(object_id)).first() if unquote(object_id).isdecimal() else None
        if found and self.has_delete_permission(request, found) and (reason := self.why_kept(found)):
            self.message_user(request, reason, messages.ERROR)
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[found.pk]))
        return super().delete_view(request, object_id, extra_context)


class TheaterStays:
    """Once made, it belongs to its theater: prices and tickets speak of it."""

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        # Disabled and not read-only, so that “once per theater” is still checked before the database does.
        if obj and "theater" in form.base_fields:
            form.base_fields["theater"].disabled = True
        return form
