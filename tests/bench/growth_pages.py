"""Everything that is asked for in a shop: pages of everybody, of customers and of staff, and what the worker does."""

from datetime import timedelta
from http import HTTPStatus

from django.contrib import admin
from django.db import connection, transaction
from django.db.models import Count, Min
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from bookings import flows, personal_data
from bookings.audit import look_for
from bookings.demo import people
from bookings.demo.past import REGULAR
from bookings.invariants import INVARIANTS
from bookings.models import BookedSeat, Booking, Payment, Ticket
from bookings.reports import REPORTS
from movies.models import Movie
from theaters.models import Showtime, Theater

THEATER = people.THEIR_THEATER
CHANGELISTS_SEARCHED = ["bookings_booking", "bookings_ticket", "bookings_payment", "accounts_user", "movies_movie"]


class Walk:
    """Through one database. `steps`: {name: a call that returns the number of bytes, or of what was done}"""

    def __init__(self):
        self.choose()
        self.steps = {}
        self.everybody()
        self.customers()
        self.office()
        self.desk_and_door()
        self.tasks()

    def choose(self):
        """The same kind of thing in each database."""
        self.theater = Theater.objects.get(slug=THEATER)
        coming = Showtime.objects.upcoming().filter(screen__theater=self.theater, screen__number=1)
        self.showtime = coming.filter(starts_at__gt=timezone.now() + timedelta(days=2)).order_by("starts_at")[0]
        self.movie = self.showtime.movie
        self.regular = User.objects.get(email=REGULAR)
        self.bought = self.regular.bookings.filter(status="confirmed").latest("starts_at")
        confirmed = Booking.objects.filter(status="confirmed", channel="web", user__isnull=False)
        once = confirmed.exclude(user=self.regular).order_by("-pk").values_list("user", flat=True)[:200]
        lonely = User.objects.filter(pk__in=list(once)).annotate(n=Count("bookings")).order_by("n", "pk")
        self.once = lonely[0]
        self.once_bought = self.once.bookings.filter(status="confirmed").latest("pk")
        self.past = Showtime.objects.filter(bookings__isnull=False, ends_at__lt=timezone.now()).latest("starts_at")

    def page(self, name, path, client):
        def get():
            response = client.get(path)
            size = len(b"".join(response)) if response.streaming else len(response.content)
            assert response.status_code in (200, 302, 409, 410), (name, path, response.status_code)
            return size

        self.steps[name] = get

    def signed_in(self, user):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def everybody(self):
        client, movie, theater, show = Client(), self.movie.slug, self.theater.slug, self.showtime.pk
        day = self.showtime.business_date.isoformat()
        pages = {
            "home": "/",
            "home, one day": f"/?date={day}",
            "movies": "/movies/",
            "movies, searched": "/movies/?q=the",
            "movies, filtered": f"/movies/?city=berlin&date={day}&language=en",
            "movies, four together": "/movies/?seats=4",
            "movies, nothing fits": f"/movies/?q=orchid&date={day}&format=70mm&genre=family",
            "suggestions": "/suggestions/?q=or",
            "movie": f"/movies/{movie}/",
            "theaters": "/theaters/",
            "theater": f"/theaters/{theater}/",
            "seat map": f"/showtimes/{show}/seats/",
            "seats.json": f"/showtimes/{show}/seats.json",
            "best seats": f"/showtimes/{show}/best.json?party=2",
            "seat map of the past": f"/showtimes/{self.past.pk}/seats/",
            "find my tickets": "/bookings/find/",
            "showtimes.json": "/feeds/showtimes.json",
            "showtimes.json of a movie": f"/movies/{movie}/showtimes.json",
            "calendar of a movie": f"/movies/{movie}/showtimes.ics",
            "showtimes.json of a theater": f"/theaters/{theater}/showtimes.json",
            "calendar of a theater": f"/theaters/{theater}/showtimes.ics",
            "sitemap": "/sitemap.xml",
            "sitemap, its first file": "/sitemap.xml?p=1",
            "privacy": "/privacy/",
        }
        for name, path in pages.items():
            self.page(name, path, client)

    def customers(self):
        regular, once = self.signed_in(self.regular), self.signed_in(self.once)
        for who, client, booking in (("a regular", regular, self.bought), ("a one-timer", once, self.once_bought)):
            at = f"/bookings/{booking.reference}/"
            self.page(f"my bookings of {who}", "/bookings/", client)
            self.page(f"booking of {who}", at, client)
            self.page(f"tickets of {who}", f"{at}tickets/", client)
            self.page(f"tickets.pdf of {who}", f"{at}tickets.pdf", client)
        self.page("seat map, signed in", f"/showtimes/{self.showtime.pk}/seats/", once)
        self.page("home, signed in", "/", regular)
        self.page("movie, signed in", f"/movies/{self.movie.slug}/", regular)
        self.page("watchlist", "/watchlist/", regular)
        self.page("profile", "/accounts/profile/", regular)
        self.page("review", f"/movies/{self.bought.movie.slug}/review/", regular)
        self.checkout(once)
        self.steps["signing in"] = lambda: self.sign_in(self.once.email.upper())
        self.steps["export of a regular’s data"] = lambda: len(str(personal_data.export(self.regular)))
        self.steps["may a regular be erased?"] = lambda: len(flows.reasons_to_keep(self.regular))
        self.steps["find tickets by an address"] = lambda: self.find_tickets(self.once.email)

    def checkout(self, client):
        sold = BookedSeat.objects.taken().filter(showtime=self.showtime).values("seat")
        hold = f"/showtimes/{self.showtime.pk}/hold/"
        for seat in self.showtime.layout.seats.filter(feature="").exclude(pk__in=sold).order_by("y", "x"):
            if client.post(hold, {"seats": [seat.pk]}).status_code == HTTPStatus.FOUND:
                break
        self.page("checkout", f"/showtimes/{self.showtime.pk}/checkout/", client)

    def sign_in(self, email):
        user = User.objects.get_by_natural_key(email)
        return user.pk

    def find_tickets(self, email):
        with transaction.atomic():
            flows.ask_for_tickets(email)
            done = flows.send_found_tickets()
            transaction.set_rollback(True)
        return done

    def office(self):
        client = self.signed_in(User.objects.get(email=people.ADMIN))
        manager = self.signed_in(User.objects.get(email=people.ACCOUNTANT))
        self.page("office of one theater", "/admin/", manager)
        self.page("office of all theaters", "/admin/", client)
        for model in admin.site._registry:
            meta = model._meta
            name = f"{meta.app_label}_{meta.model_name}"
            try:
                path = reverse(f"admin:{name}_changelist")
            except NoReverseMatch:  # only a part of another's page
                continue
            self.page(f"list of {meta.verbose_name_plural}", path, client)
            if name in CHANGELISTS_SEARCHED:
                self.page(f"list of {meta.verbose_name_plural}, searched", f"{path}?q=demeter", client)
        self.lists(client)
        for obj in (self.bought, self.showtime, self.past, self.regular, self.bought.payments.latest("pk"), self.movie):
            meta = obj._meta
            name = f"one of the {meta.verbose_name_plural}" + (", past" if obj == self.past else "")
            self.page(name, reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk]), client)
        self.page("schedule board", reverse("admin:theaters_showtime_board"), client)
        self.page("reports", reverse("bookings:reports"), manager)
        self.page("film weeks", reverse("bookings:film_weeks"), manager)
        days = [(timezone.now() - timedelta(days=ago)).date().isoformat() for ago in (7, 1)]
        for slug in REPORTS:
            path = reverse("bookings:report", args=[slug]) + f"?since={days[0]}&until={days[1]}"
            self.page(f"report {slug}, one week of one theater", path, manager)

    def lists(self, client):
        bookings = reverse("admin:bookings_booking_changelist")
        self.page("list of bookings, by reference", f"{bookings}?q={self.bought.reference}", client)
        self.page("list of bookings, by address", f"{bookings}?q={self.regular.email}", client)
        self.page("list of bookings, cancelled ones", f"{bookings}?status__exact=cancelled", client)
        self.page("list of bookings, second page", f"{bookings}?p=2", client)
        people_ = reverse("admin:accounts_user_changelist")
        self.page("list of people, by address", f"{people_}?q={self.once.email}", client)
        shows = reverse("admin:theaters_showtime_changelist")
        self.page("list of showtimes of one screen", f"{shows}?screen__id__exact={self.showtime.screen_id}", client)

    def desk_and_door(self):
        client, slug = self.signed_in(User.objects.get(email=people.ADMIN)), self.theater.slug
        pages = {
            "door": "/door/",
            "door, today.json": f"/door/today.json?theater={slug}",
            "door, revoked.json": f"/door/revoked.json?theater={slug}",
            "box office": f"/box-office/at/{slug}/",
            "box office, seats": f"/box-office/showtimes/{self.showtime.pk}/",
            "box office, find": f"/box-office/at/{slug}/find/?q={self.bought.reference}",
            "box office, find by address": f"/box-office/at/{slug}/find/?q={self.regular.email}",
            "box office, shifts": f"/box-office/at/{slug}/shifts/",
            "box office, a booking": f"/box-office/bookings/{self.bought.reference}/",
        }
        for name, path in pages.items():
            self.page(name, path, client)
        self.steps["door, search by name"] = lambda: self.search_at_the_door(client)

    def search_at_the_door(self, client):
        return len(client.post("/door/search/", {"q": "Demir", "words": "Demir"}).content)

    def tasks(self):
        names = """expire_overdue end_abandoned_sessions restore_holds offer_free_seats ask_about_money_on_its_way
            send_due_refunds send_due_mails send_due_pushes send_found_tickets send_due_reports tell_of_openings
            remind_customers finish_cancellations finish_breakdowns review_releases anonymise_old_bookings
            forget_who_waited clear_old_sessions reconcile"""
        for name in names.split():
            self.steps[f"task {name}"] = lambda name=name: taken_back(getattr(flows, name))
        limits = {"going_back": ["created", "at_counter", "pending", "succeeded"], "nap": 600, "grace": 120}
        limits |= {"most_seats": 10, "most_showtimes": 10}
        for invariant in INVARIANTS:
            self.steps[f"audit {invariant.code}"] = lambda invariant=invariant: look_for(invariant, limits).broken


def taken_back(work) -> int:
    with transaction.atomic():
        done = work()
        transaction.set_rollback(True)
    return done if isinstance(done, int) else 0


def sizes() -> dict:
    """What lies in this database."""
    models = (Booking, Ticket, Payment, Showtime, User, Theater, Movie)
    first = Showtime.objects.aggregate(first=Min("business_date"))["first"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        size = cursor.fetchone()[0]
    counts = {str(model._meta.verbose_name_plural): model.objects.count() for model in models}
    return counts | {"since": first, "on disk": size}
