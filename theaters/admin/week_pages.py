"""The pages around the schedule board: the board itself, planning and copying with a preview, publishing, the sale."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from theaters.admin.board import Board
from theaters.admin.clock import on_the_wall
from theaters.admin.plan_forms import CopyForm, PatternForm
from theaters.admin.plans import MOST_ROWS, Plan, rows_of_copy, rows_of_pattern
from theaters.admin.publishing import NotPossible, PublishCheck, close_sale, publish, reopen_sale
from theaters.models import Showtime, Theater

DAYS = {"day": 1, "week": 7}
CONFLICT = 409


class WeekPages:
    """For the ModelAdmin of showtimes: InTheater says in which theaters somebody may look, plan or publish."""

    def get_urls(self):
        pages = {
            "board/": (self.board_view, "board"),
            "plan/": (self.plan_view, "plan"),
            "copy/": (self.copy_view, "copy"),
            "publish/": (self.publish_view, "publish"),
            "<int:pk>/sale/": (self.sale_view, "sale"),
        }
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(require_http_methods(["GET", "HEAD", "POST"])(view)), name=f"theaters_showtime_{name}")
            for route, (view, name) in pages.items()
        ]
        return own + super().get_urls()

    # --- The board ------------------------------------------------------------------------------

    def board_view(self, request):
        theaters = self.theaters_to(request, "view")
        theater = self.asked_theater(request, theaters)
        view = request.GET.get("view") if request.GET.get("view") in DAYS else "day"
        days = DAYS[view]
        day = asked_day(request) or theater.today
        context = {
            "board": Board(theater, day, days),
            "theater": theater,
            "theaters": theaters,
            "day": day,
            "last_day": day + timedelta(days=days - 1),
            "view": view,
            "days": days,
            "links": ways(theater, day, view),
            "may_add": self.may_in(request, "add", theater),
            "may_change": self.may_in(request, "change", theater),
        }
        return self.page(request, "board", _("Schedule board"), context)

    # --- Planning -------------------------------------------------------------------------------

    def plan_view(self, request):
        """One movie at some times on some days in some screens."""
        theater = self.asked_theater(request, self.theaters_to(request, "add"))
        day = asked_day(request) or theater.today
        initial = {"first_day": day, "last_day": day + timedelta(days=6), "movie": request.GET.get("movie")}
        form = PatternForm(request.POST or None, theater=theater, initial=initial)
        return self.plan_page(request, form, "plan", _("Plan showtimes"), self.rows_of_pattern)

    def rows_of_pattern(self, form):
        return rows_of_pattern(form.theater, form.cleaned_data)

    def copy_view(self, request):
        theater = self.asked_theater(request, self.theaters_to(request, "add"))
        day = asked_day(request) or theater.today
        days = DAYS.get(request.GET.get("view"), 1)
        initial = {"first_day": day, "length": days, "target": day + timedelta(days=days)}
        form = CopyForm(request.POST or None, theater=theater, initial=initial)
        return self.plan_page(request, form, "copy", _("Copy a day or a week"), self.rows_of_copy)

    def rows_of_copy(self, form):
        cleaned = form.cleaned_data
        until = cleaned["first_day"] + timedelta(days=cleaned["length"] - 1)
        sources = Showtime.objects.exclude(status=Showtime.Status.CANCELLED).select_related("movie", "price_card")
        sources = sources.filter(
            screen__theater=form.theater, business_date__range=(cleaned["first_day"], until)
        ).order_by("starts_at")
        return rows_of_copy(form.theater, sources, days=form.days_between, status=cleaned["status"])

    def plan_page(self, request, form, name, title, rows):
        """Shows the form, then the preview beside it; saves what the preview showed and nobody has changed since."""
        plan, status, chosen, said = None, 200, None, ""
        if form.is_valid() and len(wanted := rows(form)) > MOST_ROWS:
            form.add_error(None, _("These are too many at once. Take fewer days."))
        if form.is_valid():
            plan = Plan(form.theater, wanted, occurrence=form.cleaned_data["occurrence"])
            if "save" in request.POST:
                chosen = {int(number) for number in request.POST.getlist("rows") if is_number(number)}
                chosen &= plan.numbers
                said = self.save_plan(request, plan, chosen)
                if said is None:
                    return self.planned(request, form)
                status = CONFLICT
                plan = Plan(form.theater, rows(form), occurrence=form.cleaned_data["occurrence"])
        context = {"form": form, "plan": plan, "theater": form.theater, "said": said, "name": name, "chosen": chosen}
        return self.page(request, "plan", title, context, status=status)

    def save_plan(self, request, plan, chosen):
        """None when it is done, else why not."""
        if request.POST.get("previewed") != plan.fingerprint:
            return _("Something has changed since the preview. Nothing is saved: look at it once more.")
        if not chosen:
            return _("No showtime is ticked, so nothing is saved.")
        try:
            with transaction.atomic():
                new = plan.save(chosen)
                for showtime in new:
                    self.log_addition(request, showtime, [{"added": {}}])
        except NotPossible as problem:
            return str(problem)
        words = {"n": len(new)}
        sentence = ngettext("%(n)s showtime is saved.", "%(n)s showtimes are saved.", len(new)) % words
        self.message_user(request, sentence, messages.SUCCESS)
        return None

    def planned(self, request, form):
        """To the board, where the new ones stand."""
        cleaned = form.cleaned_data
        day = cleaned["target"] if "target" in cleaned else cleaned["first_day"]
        length = cleaned.get("length") or (cleaned["last_day"] - cleaned["first_day"]).days + 1
        return redirect(board_address(form.theater, day, "week" if length > 1 else "day"))

    # --- Publishing and the sale ----------------------------------------------------------------

    def publish_view(self, request):
        """Every draft of a day or week with what is missing; those without an error can be published."""
        theater = self.asked_theater(request, self.theaters_to(request, "change"))
        day = asked_day(request) or theater.today
        view = request.GET.get("view") if request.GET.get("view") in DAYS else "week"
        drafts = self.drafts(theater, day, DAYS[view])
        if request.method == "POST":
            chosen = drafts.filter(pk__in=[pk for pk in request.POST.getlist("showtimes") if is_number(pk)])
            self.publish_many(request, chosen)
            return redirect(board_address(theater, day, view))
        check = PublishCheck()
        context = {
            "found": [(showtime, check.of(showtime)) for showtime in drafts],
            "theater": theater,
            "day": day,
            "last_day": day + timedelta(days=DAYS[view] - 1),
            "view": view,
            "back": board_address(theater, day, view),
        }
        return self.page(request, "publish", _("Publish check"), context)

    def drafts(self, theater, day, days):
        drafts = Showtime.objects.filter(status=Showtime.Status.DRAFT, screen__theater=theater)
        drafts = drafts.filter(business_date__range=(day, day + timedelta(days=days - 1)))
        return drafts.for_listing().select_related("layout", "price_card").order_by("starts_at", "screen__number")

    def publish_many(self, request, showtimes):
        check, published = PublishCheck(), 0
        for showtime in showtimes:
            try:
                publish(showtime, check)
            except NotPossible as problem:
                self.refuse(request, showtime, problem)
            else:
                self.log_change(request, showtime, _("Published."))
                published += 1
        sentence = ngettext("%(n)s showtime is published.", "%(n)s showtimes are published.", published)
        self.message_user(request, sentence % {"n": published}, messages.SUCCESS if published else messages.INFO)

    def sale_view(self, request, pk):
        """Close the sale now, or go on with it."""
        self.theaters_to(request, "change")
        showtime = self.get_queryset(request).filter(pk=pk).first()
        if showtime is None:
            raise Http404
        if not self.has_change_permission(request, showtime):
            raise PermissionDenied
        is_closed = showtime.sale_closed_at is not None
        if request.method == "POST":
            self.change_sale(request, showtime, reopen_sale if "reopen" in request.POST else close_sale)
            return redirect("admin:theaters_showtime_change", showtime.pk)
        title = _("Reopen the sale") if is_closed else _("Close the sale")
        ends = date_format(on_the_wall(showtime.ordinary_end_of_sale, showtime.theater), "j F, H:i")
        context = {"showtime": showtime, "theater": showtime.theater, "is_closed": is_closed, "ends": ends}
        return self.page(request, "sale", title, context)

    def change_sale(self, request, showtime, step):
        try:
            step(showtime)
        except NotPossible as problem:
            self.refuse(request, showtime, problem)
            return
        said = _("Sale closed.") if step is close_sale else _("Sale reopened.")
        self.log_change(request, showtime, said)
        self.message_user(request, f"{showtime}: {said}", messages.SUCCESS)

    # --- What they share ------------------------------------------------------------------------

    def theaters_to(self, request, action):
        """Where somebody may do this; nobody comes in who may nowhere."""
        if not getattr(self, f"has_{action}_permission")(request):
            raise PermissionDenied
        theaters = self.theaters_for(request, action)
        return (Theater.objects.all() if theaters is None else theaters).order_by("name")

    def may_in(self, request, action, theater):
        theaters = self.theaters_for(request, action)
        allowed = getattr(super(), f"has_{action}_permission")(request)
        return allowed and (theaters is None or theaters.filter(pk=theater.pk).exists())

    def asked_theater(self, request, theaters):
        """The one in the address, else the first; of another one there is nothing to see."""
        theaters = theaters.prefetch_related("price_cards", "holidays", "screens")
        given = request.GET.get("theater", "")
        found = theaters.filter(pk=given).first() if is_number(given) else None if given else theaters.first()
        if found is None:
            raise Http404
        return found

    def page(self, request, name, title, context, *, status=200):
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return render(request, f"admin/theaters/showtime/{name}.html", context, status=status)

    def back_to_board(self, request, showtime):
        """Who came from the board goes back to it."""
        if "board" not in request.GET:
            return None
        return redirect(board_address(showtime.theater, showtime.business_date, request.GET["board"]))


def ways(theater, day, view) -> dict:
    """{where to: the board's address there}"""
    days = {"day_before": -1, "day_after": 1, "week_before": -7, "week_after": 7}
    moved = {name: day + timedelta(days=n) for name, n in days.items()} | {"today": theater.today}
    return {name: board_address(theater, there, view) for name, there in moved.items()}


def is_number(given) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 19


def asked_day(request) -> date | None:
    try:
        day = parse_date(request.GET.get("date", ""))
    except ValueError:
        return None
    return day if day and 1990 <= day.year <= 2200 else None


def board_address(theater, day, view) -> str:
    query = urlencode({"theater": theater.pk, "date": day.isoformat(), "view": view})
    return f"{reverse('admin:theaters_showtime_board')}?{query}"
