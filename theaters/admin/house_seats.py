from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.forms import Script
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from theaters.admin.room_words import find_seats
from theaters.admin.scope import InTheater
from theaters.models import HouseSeats, Seat


class HouseSeatsForm(forms.ModelForm):
    """The seats are ticked in the drawing of the room, or named."""

    seats = forms.ModelMultipleChoiceField(queryset=Seat.objects.none(), required=False)
    named = forms.CharField(
        label=gettext_lazy("Seats by their names"),
        required=False,
        help_text=gettext_lazy("Such as F7, G1-G4; a letter alone is the whole row. Or tick them in the drawing."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seats"].queryset = Seat.objects.all()
        if "layout" in self.fields:
            self.fields["layout"].required = False
            self.fields["layout"].help_text = _("Empty: that of the showtime below.")

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        layout, showtime = self.instance.layout_id and self.instance.layout, cleaned.get("showtime")
        layout = layout or cleaned.get("layout") or (showtime and showtime.layout)
        if not layout:
            self.add_error("layout", _("Say for which room, or for which showtime."))
        elif showtime and showtime.layout != layout:
            self.add_error("showtime", _("This showtime has another layout: %(layout)s.") % {"layout": showtime.layout})
        else:
            cleaned["layout"] = layout
            self.read_seats(cleaned, layout)
        return cleaned

    def read_seats(self, cleaned, layout):
        room = list(layout.seats.all())
        try:
            named = find_seats(room, cleaned["named"])
        except ValidationError as error:
            self.add_error("named", error)
            return
        ticked = {seat.pk for seat in cleaned["seats"]}
        self.chosen = [seat for seat in room if seat in named or seat.pk in ticked]
        if not self.chosen:
            self.add_error("named", _("Which seats? Name them, such as F7, G1-G4, or tick them in the drawing."))


@admin.register(HouseSeats)
class HouseSeatsAdmin(InTheater, admin.ModelAdmin):
    theater_path = "layout__screen__theater"
    form = HouseSeatsForm
    change_form_template = "admin/theaters/houseseats/change_form.html"
    autocomplete_fields = ["layout", "showtime"]
    list_display = ["reason", "layout", "showtime", "names", "owner", "release_minutes"]
    list_filter = [("layout__screen__theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["layout__screen__theater", "showtime__movie", "showtime__screen__theater"]
    search_fields = ["reason", "owner", "layout__screen__name", "layout__screen__theater__name"]
    fields = ["reason", "owner", "release_minutes", "layout", "showtime", "named"]

    class Media:
        css = {"all": ["css/admin.css", "css/seat.css", "css/seat_map.css", "css/admin_room.css"]}
        js = [Script("js/room_editor.js", defer=True)]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("seats")

    def get_fields(self, request, obj=None):
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return [*self.fields[:-1], "names"]

    def get_readonly_fields(self, request, obj=None):
        return ["layout", "showtime"] if obj else []

    @admin.display(description=gettext_lazy("seats"))
    def names(self, kept):
        return ", ".join(seat.label for seat in kept.seats.all())

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        """The drawing comes once the room is known: when it is changed, or asked for with ?layout="""
        form = context["adminform"].form
        asked = form.data.get("layout") or form.initial.get("layout")
        layouts = getattr(form.fields.get("layout"), "queryset", None)
        if obj:
            context["layout"] = obj.layout
        elif layouts is not None and str(asked or "").isdecimal():
            context["layout"] = layouts.filter(pk=asked).first()
        posted = {int(pk) for pk in request.POST.getlist("seats") if pk.isascii() and pk.isdigit()}
        context["chosen"] = posted if request.method == "POST" else {seat.pk for seat in obj.seats.all()} if obj else ()
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, kept, form, change):
        super().save_model(request, kept, form, change)
        kept.seats.set(form.chosen)
        for sentence in sold_already(kept):
            self.message_user(request, sentence, messages.WARNING)


def sold_already(kept: HouseSeats) -> list[str]:
    """What is sold stays sold; a sentence for each seat."""
    sentences = []
    for seat in kept.seats.all():
        sold = seat.booked_seats.live().filter(showtime__starts_at__gt=Now())
        if kept.showtime_id:
            sold = sold.filter(showtime=kept.showtime_id)
        if times := sold.count():
            sentence = ngettext(
                "%(seat)s is sold already for %(times)d showtime; its customer keeps it.",
                "%(seat)s is sold already for %(times)d showtimes; their customers keep it.",
                times,
            )
            sentences.append(sentence % {"seat": seat, "times": times})
    return sentences
