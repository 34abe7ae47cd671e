from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from bookings.admin.base import ReadOnly
from theaters.admin.scope import InTheater
from theaters.models import Showtime
from theaters.roles import may


class ShowtimeTask(InTheater, ReadOnly):
    """What staff do with one showtime, and the record of it. `permission` is asked of the showtime's theater.

    “Add” stands for doing it, with ?showtime=<id>; without one the way leads to where showtimes are.
    """

    theater_path = "showtime__screen__theater"
    permission = ""
    choose_first = _("Open the showtime first, then choose what to do with it.")

    class Media:
        css = {"all": ["css/admin.css", "css/moves.css"]}

    def has_add_permission(self, request):
        return request.user.has_perm(self.permission)

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        showtime = self.asked_for(request)
        if showtime is None:
            self.message_user(request, self.choose_first, messages.INFO)
            return redirect("admin:theaters_showtime_changelist")
        if not may(request.user, self.permission, showtime.theater):
            raise PermissionDenied
        return self.do(request, showtime)

    @staticmethod
    def asked_for(request):
        given = request.GET.get("showtime", "")
        if not (given.isascii() and given.isdecimal() and len(given) < 19):
            return None
        return Showtime.objects.for_listing().select_related("layout", "price_card").filter(pk=given).first()

    def page(self, request, showtime, title, **context):
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "showtime": showtime,
            "media": self.media,
            **context,
        }
