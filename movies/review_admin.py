from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from movies.reviews import Review


class ModerationForm(ActionForm):
    """Beside the action: why a review is turned down, and when the list was shown, so that nobody approves unread."""

    reason = forms.CharField(label=gettext_lazy("Reason, if turned down:"), max_length=200, required=False)
    read_at = forms.DateTimeField(widget=forms.HiddenInput, label="", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["read_at"] = timezone.now().isoformat()


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    """What customers wrote is never edited by staff: they let it stand or turn it down."""

    action_form = ModerationForm
    actions = ["approve", "turn_down"]
    list_display = ["movie", "stars", "text", "author", "status", "reason", "moderated_by", "moderated_at"]
    list_filter = ["status", "stars", "changed_at"]
    list_select_related = ["movie", "user", "moderated_by"]
    ordering = ["-status", "changed_at"]  # what waits first, the oldest of it on top
    search_fields = ["movie__title", "text"]
    fields = ["movie", "author", "stars", "text", "status", "reason", "moderated_by", "moderated_at", "created_at"]
    readonly_fields = fields

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("customer"))
    def author(self, review):
        return review.user.public_name or _("A guest")

    @admin.action(description=gettext_lazy("Show on the movie's page"), permissions=["change"])
    def approve(self, request, queryset):
        self.settle(request, queryset, Review.Status.APPROVED)

    @admin.action(description=gettext_lazy("Turn down, with the reason"), permissions=["change"])
    def turn_down(self, request, queryset):
        reason = " ".join(request.POST.get("reason", "").split())[:200]
        if not reason:
            words = _("Please write the reason beside the action: its author reads it. Nothing was changed.")
            self.message_user(request, words, messages.ERROR)
            return
        self.settle(request, queryset, Review.Status.DECLINED, reason=reason)

    def settle(self, request, queryset, status, reason=""):
        chosen = queryset.count()
        read_at = when_read(request.POST.get("read_at", ""))
        settled = queryset.moderate(status, by=request.user, read_at=read_at, reason=reason)
        for review in settled:
            self.log_change(request, review, [{"changed": {"name": str(review.Status(status).label)}}])
        words = ngettext("%(count)s review is settled.", "%(count)s reviews are settled.", len(settled))
        self.message_user(request, words % {"count": len(settled)}, messages.SUCCESS)
        if left := chosen - len(settled):
            words = ngettext(
                "%(count)s was left: it is settled already, or its author has changed it since this list was shown.",
                "%(count)s were left: they are settled already, or their authors have changed them since.",
                left,
            )
            self.message_user(request, words % {"count": left}, messages.WARNING)


def when_read(given: str) -> datetime:
    """When the list was shown; what makes no sense was never read."""
    try:
        return min(datetime.fromisoformat(given), timezone.now())
    except (ValueError, TypeError):
        return datetime.min.replace(tzinfo=timezone.get_default_timezone())
