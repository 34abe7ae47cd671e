"""A shop with everything in it: one row at least of every model that the office shows."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from bookings import flows
from bookings.demo import people
from bookings.models import (
    Breakdown,
    Dispute,
    DoorScan,
    FilmWeekReturn,
    Inspection,
    Mail,
    OpeningAlert,
    Payment,
    Refund,
    SeatRelease,
    ShowtimeCancellation,
    ShowtimeMove,
    StripeEvent,
    Ticket,
    Trouble,
    WaitingEntry,
)
from movies.models import Credit, ListedMovie, Review
from tests.bookings.counter_steps import close_shift, open_shift
from tests.bookings.steps import buy, hold, start
from tests.factories import (
    create_category,
    create_genre,
    create_language,
    create_layout,
    create_movie,
    create_promo_code,
    create_screen,
    create_showtime,
    create_theater,
    create_user,
)
from tests.movies.test_posters import picture
from theaters.models import HouseSeats, Seat, SeatOutage, Showtime

OWNER = "petronella@example.com"


def furnish(sandbox):
    """The people of the demo, a customer who has bought, waits, has cancelled and holds, and whom it all belongs to."""
    people.create_people(0)
    owner, other = create_user(OWNER, name="Petronella Quince"), create_user("other@example.com", name="Olaf Other")
    for user in (owner, other):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    showtime = create_programme()
    confirmed = buy(sandbox, owner, showtime, "A1", "A2", promo=create_promo_code(showtime.theater))
    other_showtimes = [create_showtime(movie=showtime.movie) for _ in range(3)]
    there = create_promo_code(other_showtimes[0].theater)
    cancelled = buy(sandbox, owner, other_showtimes[0], "B1", promo=there)
    flows.cancel_booking(cancelled, by=owner, in_full=True)
    pending = start(owner, other_showtimes[1], "B1")
    hold(owner, showtime, "C1")
    another = create_showtime(layout=create_layout(create_screen(showtime.theater)), movie=showtime.movie)
    create_records(confirmed, other_showtimes[2])
    cashier = User.objects.get(email=people.ADMIN)
    create_wishes(owner, showtime.movie)
    showtime.movie.certificates.create(country="US", code="R", rule="Under 17 only with a parent.")
    closed_shift = close_shift(open_shift(cashier, showtime))
    shift = open_shift(cashier, showtime)
    open_shift(cashier, other_showtimes[0])
    return SimpleNamespace(
        owner=owner,
        other=other,
        people={email.partition("@")[0]: User.objects.get(email=email) for email in people.PEOPLE},
        showtime=showtime,
        another=another,
        movie=showtime.movie,
        theater=showtime.theater,
        confirmed=confirmed,
        pending=pending,
        movie_list=owner.movie_lists.get(),
        entry=ListedMovie.objects.get(),
        token=OpeningAlert.objects.get().token,
        cancelled=cancelled,
        shift=shift,
        closed_shift=closed_shift,
        ticket=Ticket.objects.first(),
    )


def create_programme():
    theater = create_theater("Rialto", description="Since 1912.", email="desk@rialto.example", phone="030 1234")
    screen = create_screen(theater)
    layout = create_layout(screen, rows="ABC", seats=6)
    layout.seats.filter(row="C").update(category=create_category(theater, "Premium", look="premium", order=1))
    german = create_language("German", "de")
    movie = create_movie("Night Train", synopsis="A suitcase too many.", language=german, tagline="All change.")
    movie.genres.add(create_genre())
    movie.poster.save("poster.png", ContentFile(picture("PNG")))
    Credit.objects.create(movie=movie, role=Credit.Role.CAST, name="Ilse Blank", character="The conductor")
    create_movie("Later", release_on=timezone.now().date() + timedelta(days=30))
    SeatOutage.objects.create(seat=Seat.objects.filter(row="B").last(), reason="Torn", starts_at=timezone.now())
    kept = HouseSeats.objects.create(layout=layout, reason="Wardens")
    kept.seats.set(layout.seats.filter(row="C", number="6"))
    return create_showtime(layout=layout, movie=movie, audio_language=german, subtitle_language=german)


def create_wishes(owner, movie):
    """What a moviegoer leaves beside a movie: a review, a list that is shared, an address to be told at."""
    Review.objects.write(owner, movie, stars=4, text="All change, indeed.")
    owner.watchlist.create(movie=movie)
    movies = owner.movie_lists.create(title="Trains")
    movies.append(movie)
    movies.share()
    flows.ask_for_alert(movie, email=OWNER)


def create_records(booking, called_off):
    """What comes of Stripe, of the worker and of other sign-in services."""
    payment = booking.payments.get()
    money = {"amount": 1, "currency": "EUR", "opened_at": timezone.now()}
    Dispute.objects.create(payment=payment, stripe_id="du_1", status="won", reason="fraudulent", **money)
    Inspection.objects.create(kind=Inspection.Kind.RECONCILIATION, results={"confirmed": 1})
    Trouble.objects.create(kind=Trouble.Kind.DISPUTE, about="du_1", words="Answer it.", booking=booking)
    StripeEvent.objects.get_or_create(event_id="evt_1", defaults={"type": "refund.failed", "object_id": "re_1"})
    SocialAccount.objects.create(user=booking.user, provider="google", uid="1", extra_data={})
    staff = User.objects.get(email=people.MANAGER)
    scan = {"uuid": uuid4(), "by": staff, "scanned_at": timezone.now(), "verdict": "unknown"}
    DoorScan.objects.create(ticket=Ticket.objects.first(), **scan)

    week = {"starts_on": date(2026, 1, 2), "ends_on": date(2026, 1, 8), "content_hash": "0" * 64}
    FilmWeekReturn.objects.create(theater=called_off.theater, closed_by=staff, **week)
    released = {"rule": "room", "seat_ids": [1], "seat_labels": ["A1"], "general": 17, "sold": 17}
    SeatRelease.objects.create(showtime=called_off, released_at=timezone.now(), **released)
    ShowtimeCancellation.objects.create(showtime=called_off, reason="Flooded", by=staff)
    Breakdown.objects.create(showtime=called_off, reason="Dark", by=staff, percent_admitted=50, percent_absent=0)
    times = {"old_starts_at": called_off.starts_at, "new_starts_at": called_off.starts_at}
    rooms = {"old_layout": called_off.layout, "new_layout": called_off.layout}
    ShowtimeMove.objects.create(showtime=called_off, reason="Dark", by=staff, fingerprint="1", **times, **rooms)
    Showtime.objects.filter(pk=called_off.pk).update(status=Showtime.Status.CANCELLED)
    WaitingEntry.objects.create(user=booking.user, showtime=called_off, party=2)
    assert Refund.objects.exists()
    assert Mail.objects.exists()
    assert Payment.objects.exists()
