from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import flows
from bookings.admin.move_forms import MoveForm
from bookings.admin.showtime_tasks import ShowtimeTask
from bookings.exceptions import BookingError, PlanChanged
from bookings.models import Booking, ShowtimeMove
from theaters.admin.clock import on_the_wall
from theaters.admin.scheduling import overlap
from theaters.models import Seat, SeatLayout


@admin.register(ShowtimeMove)
class ShowtimeMoveAdmin(ShowtimeTask, admin.ModelAdmin):
    """Move a showtime: look at what it would mean, then do it; and see what moves have meant."""

    permission = "bookings.add_showtimemove"
    choose_first = gettext_lazy("Open the showtime that is to move, then choose “Move”.")
    list_display = ["showtime", "was", "reason", "by", "created_at", "without_seats"]
    list_select_related = ["showtime__movie", "showtime__screen__theater", "old_layout__screen__theater", "by"]
    search_fields = ["showtime__movie__title", "reason"]
    fields = ["showtime", "was", "became", "reason", "by", "created_at", "bookings"]

    def get_queryset(self, request):
        left_out = Count("moved_bookings", filter=~Q(moved_bookings__why_no_seats=""))
        return super().get_queryset(request).annotate(left_out=left_out)

    @admin.display(description=gettext_lazy("was"))
    def was(self, move):
        return place_and_time(move.old_layout.screen, move.old_starts_at)

    @admin.display(description=gettext_lazy("became"))
    def became(self, move):
        return place_and_time(move.new_layout.screen, move.new_starts_at)

    @admin.display(description=gettext_lazy("bookings left without seats"), ordering="left_out")
    def without_seats(self, move):
        return move.left_out

    @admin.display(description=gettext_lazy("bookings"))
    def bookings(self, move):
        moved = list(move.moved_bookings.select_related("booking__user", "booking__showtime__screen__theater"))
        lost = [one for one in moved if one.booking.is_confirmed and not one.booking.seat_labels]
        context = {"move": move, "moved": moved, "lost": lost}
        return render_to_string("admin/bookings/showtimemove/_bookings.html", context)

    def do(self, request, showtime):
        form = MoveForm(
            request.POST or None,
            showtime=showtime,
            rooms=rooms_of(showtime),
            initial={"apart": "apart" in request.GET},
        )
        plan = problem = None
        if form.is_valid():
            if done := showtime.moves.filter(fingerprint=form.cleaned_data["fingerprint"]).first():
                return redirect("admin:bookings_showtimemove_change", done.pk)  # pressed twice
            plan, problem = self.look(form, showtime)
            if "confirm" in request.POST and not problem:
                try:
                    return self.move(request, showtime, form.cleaned_data)
                except PlanChanged as changed:
                    plan, problem = self.look(form, showtime)
                    self.message_user(request, str(changed), messages.WARNING)
                except BookingError as error:
                    problem = str(error)
        context = self.page(request, showtime, _("Move a showtime"), form=form, problem=problem)
        if plan:
            context |= {"plan": plan, **drawn(plan)}
        return render(request, "admin/bookings/showtimemove/move.html", context)

    @staticmethod
    def look(form, showtime):
        """(the plan, why it cannot be: a sentence or nothing)"""
        asked = form.cleaned_data
        plan = flows.plan_move(showtime, starts_at=asked["starts_at"], layout=asked["layout"], apart=asked["apart"])
        try:
            flows.check_movable(plan)
        except BookingError as error:
            return plan, str(error)
        if not plan.changes_showtime and not plan.told:
            return plan, _("Nothing would change. Choose another time or another screen.")
        return plan, overlap(plan.target)

    def move(self, request, showtime, asked):
        move = flows.move_showtime(
            showtime,
            starts_at=asked["starts_at"],
            layout=asked["layout"],
            apart=asked["apart"],
            by=request.user,
            reason=asked["reason"],
            fingerprint=asked["fingerprint"],
        )
        self.log_addition(request, move, [{"added": {}}])
        words = {"showtime": showtime, "now": place_and_time(move.new_layout.screen, move.new_starts_at)}
        words["told"] = move.moved_bookings.count()
        sentence = _("%(showtime)s is moved: now %(now)s. Customers told: %(told)s.")
        self.message_user(request, sentence % words, messages.SUCCESS)
        return redirect("admin:bookings_showtimemove_change", move.pk)


def place_and_time(screen, moment):
    return f"{date_format(on_the_wall(moment, screen.theater), 'D j M Y, H:i')}, {screen.name}"


def rooms_of(showtime):
    """The room it is in, and of each screen of the theater the newest."""
    published = SeatLayout.objects.filter(published_at__isnull=False)
    newest = Subquery(published.filter(screen=OuterRef("screen")).order_by("-version").values("pk")[:1])
    rooms = published.filter(screen__theater=showtime.theater).annotate(newest=newest)
    rooms = rooms.filter(Q(pk=showtime.layout_id) | Q(pk=newest)).annotate(
        seat_count=Count("seats", filter=Q(seats__is_blocked=False)), is_newest=Q(pk=newest)
    )
    return rooms.select_related("screen__theater").order_by("screen__number", "version")


def drawn(plan) -> dict:
    """The new room with who would sit where, and what it means in numbers."""
    guests = {place.id: booking for booking in plan.bookings for place in places_of(booking, plan)}
    marks = {booking.pk: number for number, booking in enumerate(plan.bookings, 1)}
    for step in plan.steps:
        step.mark = marks[step.booking.pk]
    room = draw_room(plan.target.layout)
    by_booking = {step.booking.pk: step for step in plan.steps}
    for _row, places in room["rows"]:
        for seat in filter(None, places):
            seat.guest = by_booking.get(guests[seat.pk].pk) if seat.pk in guests else None
    seated = [step for step in plan.steps if not step.is_left_out]
    return {
        "room": room,
        "seated": len(seated),
        "same_seats": sum(step.keeps_seats for step in seated),
        "better": sum(step.is_better for step in seated),
        "people_left_out": sum(len(step.booking.seats_bought) for step in plan.left_out),
    }


def places_of(booking: Booking, plan):
    return [plan.seats.seats[booked.pk] for booked in booking.seats_bought if booked.pk in plan.seats.seats]


def draw_room(layout):
    """The room as rows of places (a seat, or None for an aisle), and a legend that counts."""
    seats = list(layout.seats.select_related("category"))
    by_row, categories, features = {}, {}, {}
    for seat in seats:
        by_row.setdefault((seat.y, seat.row), {})[seat.x] = seat
        categories[seat.category] = categories.get(seat.category, 0) + 1
        if seat.feature:
            features[seat.feature] = features.get(seat.feature, 0) + 1
    across = range(max((seat.x for seat in seats), default=-1) + 1)
    return {
        "rows": [(row, [places.get(x) for x in across]) for (_y, row), places in by_row.items()],
        "categories": categories.items(),
        "features": [(feature, Seat.Feature(feature).label, count) for feature, count in features.items()],
        "blocked": sum(seat.is_blocked for seat in seats),
    }
