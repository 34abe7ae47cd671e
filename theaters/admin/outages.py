from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.db.models.functions import Concat
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.clock import WallClockField, moments_of, never_shown, on_the_wall
from theaters.admin.scope import InTheater
from theaters.models import Seat, SeatOutage


def full_name(seat):
    return _("%(seat)s, %(layout)s") % {"seat": seat, "layout": seat.layout}


class SeatNames(AutocompleteJsonView):
    def serialize_result(self, obj, to_field_name):
        return super().serialize_result(obj, to_field_name) | {"text": full_name(obj)}


@admin.register(Seat)
class SeatAdmin(InTheater, admin.ModelAdmin):
    """Seats are changed on the page of their layout; here they are only looked up."""

    theater_path = "layout__screen__theater"
    search_fields = ["=name", "layout__screen__name", "layout__screen__theater__name"]

    def get_queryset(self, request):
        seats = super().get_queryset(request).select_related("layout__screen__theater")
        seats = seats.filter(layout__published_at__isnull=False)
        name = Concat("row", "number", output_field=TextField())
        return seats.annotate(name=name).order_by("-layout__published_at", "y", "x")

    def get_urls(self):
        names = SeatNames.as_view(admin_site=self.admin_site)
        return [path("names/", self.admin_site.admin_view(names), name="theaters_seat_names")]

    def has_module_permission(self, request):
        return False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return any(request.user.has_perm(f"theaters.{verb}_seatoutage") for verb in ("add", "change", "view"))

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("theaters.delete_seatlayout")  # they go with their layout


class SeatField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return full_name(obj)


class SeatSelect(AutocompleteSelect):
    url_name = "%s:theaters_seat_names"


class SeatOutageForm(forms.ModelForm):
    seat = SeatField(
        label=gettext_lazy("Seat"),
        queryset=Seat.objects.select_related("layout__screen__theater"),
        widget=SeatSelect(SeatOutage._meta.get_field("seat"), admin.site),
        help_text=gettext_lazy("Search for its name and the screen: F7 Studio."),
    )
    begins = WallClockField(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("The theater's clock. Empty: from now on.")
    )
    ends = WallClockField(
        label=gettext_lazy("To"), required=False, help_text=SeatOutage._meta.get_field("ends_at").help_text
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            theater = self.instance.seat.layout.screen.theater
            self.initial["begins"] = on_the_wall(self.instance.starts_at, theater)
            self.initial["ends"] = self.instance.ends_at and on_the_wall(self.instance.ends_at, theater)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("seat"):
            theater = cleaned["seat"].layout.screen.theater
            for field, column in (("begins", "starts_at"), ("ends", "ends_at")):
                setattr(self.instance, column, self.moment(field, theater))
            if cleaned.get("begins", "wrong") is None:
                self.instance.starts_at = timezone.now()
        starts_at, ends_at = self.instance.starts_at, self.instance.ends_at
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends", _("It must end after it starts."))
            self.instance.ends_at = None  # the model would say it again, of a field this form does not have
        return cleaned

    def moment(self, field, theater):
        wall = self.cleaned_data.get(field)
        if wall is None:
            return None
        moments = moments_of(wall, theater.zone)
        if not moments:
            self.add_error(field, ValidationError(never_shown(wall, theater)))
            return None
        # Of a doubled hour the period takes in both.
        return moments[0] if field == "begins" else moments[-1]


@admin.register(SeatOutage)
class SeatOutageAdmin(InTheater, admin.ModelAdmin):
    theater_path = "seat__layout__screen__theater"
    form = SeatOutageForm
    change_form_template = "admin/theaters/seatoutage/change_form.html"
    fields = ["seat", "reason", "begins", "ends"]
    list_display = ["seat_name", "reason", "local_start", "local_end"]
    list_filter = [("seat__layout__screen__theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["seat__layout__screen__theater"]
    search_fields = ["reason", "seat__layout__screen__name", "seat__layout__screen__theater__name"]

    class Media:
        css = {"all": ["css/admin.css", "css/admin_room.css"]}

    def get_fields(self, request, obj=None):
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return self.list_display

    @admin.display(description=gettext_lazy("seat"))
    def seat_name(self, outage):
        return full_name(outage.seat)

    @admin.display(description=gettext_lazy("from"), ordering="starts_at")
    def local_start(self, outage):
        return date_format(on_the_wall(outage.starts_at, outage.seat.layout.screen.theater), "D j M Y, H:i")

    @admin.display(
        description=gettext_lazy("to"), ordering="ends_at", empty_value=gettext_lazy("until somebody says so")
    )
    def local_end(self, outage):
        if not outage.ends_at:
            return None
        return date_format(on_the_wall(outage.ends_at, outage.seat.layout.screen.theater), "D j M Y, H:i")

    def response_add(self, request, obj, post_url_continue=None):
        return self.show_who_has_it(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self.show_who_has_it(request, obj) or super().response_change(request, obj)

    def show_who_has_it(self, request, outage):
        """Back to the page of the outage, which names the bookings and seats to offer."""
        showtimes = sold_in(outage)
        if not showtimes or "_popup" in request.POST:
            return None
        for showtime in showtimes:
            sentence = _("%(seat)s is sold already for %(showtime)s. Offer the customer another seat.")
            text = sentence % {"seat": outage.seat, "showtime": showtime}
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:theaters_seatoutage_change", args=[outage.pk]))


def sold_in(outage):
    """The showtimes in the period for which somebody has bought the broken seat."""
    booked = outage.seat.booked_seats.live().filter(showtime__starts_at__gte=outage.starts_at)
    if outage.ends_at:
        booked = booked.filter(showtime__starts_at__lt=outage.ends_at)
    return [row.showtime for row in booked.select_related("showtime__movie", "showtime__screen__theater")]
