"""axe-core finds nothing on any page, in either theme, on a phone and on a desk; and no page scrolls sideways."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import flows, waiting_room
from bookings.models import Ticket
from movies.models import Movie, Review
from tests.bookings.steps import buy as buy_seats
from tests.bookings.steps import open_session, start
from tests.bookings.test_best_seats import create_room, link
from tests.bookings.waiting_steps import fill, give_back, wait
from tests.factories import (
    create_genre,
    create_member,
    create_movie,
    create_promo_code,
    create_showtime,
    create_staff,
    seats_of,
)
from tests.journeys.axe import MARKS, faults
from tests.journeys.test_purchase import choose_seats
from theaters.models import Showtime, Theater

pytestmark = MARKS


def test_pages_for_anybody(look, programme):
    theater = programme.theater
    paths = ["/", "/movies/", "/movies/?q=nothing+at+all", "/movies/nachtzug/", "/theaters/"]
    paths += [f"/theaters/{theater.slug}/", f"/theaters/{theater.slug}/?date={programme.business_date}"]
    paths += ["/access/", f"/showtimes/{programme.pk}/seats/?need=wheelchair&party=1&best=1"]
    paths += [f"/showtimes/{programme.pk}/seats/", "/accounts/login/", "/accounts/signup/", "/accounts/login/code/"]
    paths += ["/accounts/password/reset/", "/privacy/", "/nowhere/"]

    assert [fault for path in paths for fault in look(path)] == []


@pytest.mark.parametrize("look", [("light", 360)], indirect=True)
def test_cancelled_showtime_and_one_that_is_over(look, programme):
    Showtime.objects.update(status=Showtime.Status.CANCELLED)
    found = look(programme.theater.get_absolute_url())
    long_ago = programme.starts_at - timedelta(days=9)
    Showtime.objects.update(
        status=Showtime.Status.PUBLISHED, starts_at=long_ago, sales_close_at=long_ago, ends_at=long_ago
    )

    assert found + look(programme.get_absolute_url()) == []


def test_finding_with_suggestions_nothing_found_and_a_trailer(look, page, programme):
    Movie.objects.update(trailer_url="https://youtu.be/abcdefghij-")
    create_showtime(theater=programme.theater, format="3d", attributes=["captions"])
    found = look(f"/?date={programme.business_date}") + look("/movies/?format=3d&q=nachtzug")
    page.get_by_label("Movie, director or actor").fill("")
    page.get_by_label("Movie, director or actor").press_sequentially("nahct")
    page.locator(".search__option").first.wait_for()
    page.keyboard.press("ArrowDown")
    found += faults(page) + look("/movies/nachtzug/")
    page.route("https://www.youtube-nocookie.com/**", lambda route: route.fulfill(body="", content_type="text/html"))
    page.get_by_role("link", name="Play the trailer").click()
    page.get_by_title("Trailer of").wait_for()

    assert [fault for fault in found + faults(page) if "youtube" not in fault] == []


def test_pages_of_buying(look, programme, moviegoer, sandbox, page):
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "B2")])
    found = look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    choose_seats(page, "C4")
    found += faults(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")
    found += faults(page)
    page.get_by_role("button", name="Pay EUR").click()
    page.wait_for_url(f"{sandbox.url}/**")

    assert found + faults(page) == []


def test_queue_of_a_waiting_room_before_the_sale_and_in_it(look, page, programme, moviegoer):
    room = {"has_waiting_room": True, "waiting_room_rate": 60, "waiting_room_places": 1}
    Showtime.objects.update(**room, on_sale_from=timezone.now() + timedelta(minutes=20))
    found = look(programme.get_absolute_url())
    Showtime.objects.update(on_sale_from=None)
    programme.refresh_from_db()
    waiting_room.close(programme.pk)
    for number in range(3):
        waiting_room.enter(programme, f"guest-{number}")
    found += look(programme.get_absolute_url(), moviegoer)
    page.get_by_role("heading", name="You are in the queue").wait_for()
    waiting_room.stay(programme.pk, f"user-{moviegoer.pk}", timezone.now() + timedelta(minutes=9))

    assert found + look(programme.get_absolute_url(), moviegoer) == []
    page.get_by_text("Choose your seats until").wait_for()


def test_promo_code_taken_and_refused(look, page, programme, moviegoer):
    create_promo_code(programme.theater)
    flows.hold_seats(moviegoer, showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "B2")])
    found = look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    page.get_by_role("button", name="Continue").click()
    for code, answer in (("NONSENSE", "We do not know the code"), ("summer10", "SUMMER10 takes EUR 1.15 off.")):
        page.get_by_label("Promo code").fill(code)
        page.get_by_role("button", name="Apply").click()
        page.get_by_text(answer).wait_for()
        found += faults(page)

    assert found == []


def test_pages_after_buying(look, programme, moviegoer, sandbox):
    confirmed = buy_seats(sandbox, moviegoer, programme, "B1", "B2")
    pending = start(moviegoer, create_showtime(), "A1")
    cancelled = buy_seats(sandbox, moviegoer, create_showtime(), "A1")
    flows.cancel_booking(cancelled, by=moviegoer, in_full=True)
    expired = start(moviegoer, create_showtime(), "A1")
    expired.close("expired")
    paths = [reverse("bookings:booking", args=[b.reference]) for b in (confirmed, pending, cancelled, expired)]
    paths += [reverse("bookings:tickets", args=[confirmed.reference]), "/bookings/", "/accounts/profile/"]
    paths += ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
    paths += ["/accounts/data/", "/accounts/data/erase/", "/accounts/reauthenticate/"]

    assert [fault for path in paths for fault in look(path, moviegoer)] == []


def test_pages_in_arabic(look, programme, moviegoer):
    paths = ["/?lang=ar", "/movies/", "/movies/nachtzug/", programme.theater.get_absolute_url()]
    paths += [programme.get_absolute_url(), "/bookings/find/", "/privacy/"]

    assert [fault for path in paths for fault in look(path)] == []


def test_reviews_watchlist_and_lists(look, programme, moviegoer, sandbox):
    movie, coming = programme.movie, create_movie("Soon", slug="soon", release_on="2077-05-01")
    seen = create_showtime(movie=create_movie("Seen", slug="seen"))
    buy_seats(sandbox, moviegoer, seen, "A1")
    then = timezone.now() - timedelta(hours=3)
    Showtime.objects.filter(pk=seen.pk).update(starts_at=then, ends_at=then + timedelta(hours=1), sales_close_at=then)
    for one in (movie, seen.movie):
        one.genres.add(create_genre())
        Review.objects.write(create_staff(name="Bo"), one, stars=4, text="All change, indeed.")
    Review.objects.update(status="approved")
    mine = moviegoer.movie_lists.create(title="Trains")
    paths = ["/watchlist/", mine.get_absolute_url()]
    found = [fault for path in paths for fault in look(path, moviegoer)]  # empty, at first
    for one in (movie, coming):
        moviegoer.watchlist.create(movie=one)
        mine.append(one)
    mine.share()
    paths += ["/", "/movies/nachtzug/", "/movies/seen/", "/movies/seen/review/", "/movies/soon/review/", "/bookings/"]
    paths += ["/movies/seen/reviews/", "/movies/soon/reviews/"]
    found += [fault for path in paths for fault in look(path, moviegoer)]
    Review.objects.write(moviegoer, seen.movie, stars=2, text="Bad.")
    found += look("/movies/seen/review/", moviegoer)
    Review.objects.filter(user=moviegoer).update(status="declined", reason="It gives the ending away.")

    assert found + look("/movies/seen/review/", moviegoer) + look(f"/lists/{mine.share_key}/") == []


def test_tell_me_when_booking_opens(look, page, moviegoer):
    soon = create_movie("Soon", slug="soon", release_on="2077-05-01")
    found = look("/movies/soon/") + look("/movies/soon/tell-me/")
    page.get_by_label("Your email address").fill("zoe@example.com")
    page.get_by_role("button", name="Tell me").click()
    page.get_by_text("Almost there").wait_for()
    found += faults(page)
    link = f"/openings/{soon.opening_alerts.get().token}/"
    found += look(link)
    page.get_by_role("button", name="Yes, tell me").click()
    page.get_by_role("heading", name="We will tell you").wait_for()
    found += faults(page) + look(f"{link}stop/")
    page.get_by_role("button", name="Yes, forget it").click()
    page.get_by_role("heading", name="No mail about this").wait_for()
    found += faults(page) + look(link)
    soon.opening_alerts.create(email=moviegoer.email, user=moviegoer, confirmed_at=timezone.now())

    assert found + look("/movies/soon/", moviegoer) == []


def test_tickets_shared_and_found(look, page, programme, moviegoer, sandbox, settings):
    settings.APPLE_WALLET = settings.GOOGLE_WALLET = {"set": "up"}
    booking = buy_seats(sandbox, moviegoer, programme, "B1", "B2")
    share = flows.share_seat(booking, serial=Ticket.objects.first().serial)
    found = look(share.get_absolute_url()) + look("/bookings/shared/nothing/") + look("/bookings/find/")
    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_role("button", name="Send me my tickets").click()
    page.get_by_text("If there are tickets for this address").wait_for()
    found += faults(page) + look(f"{booking.get_absolute_url()}tickets/", moviegoer)
    page.context.set_offline(True)
    page.get_by_text("No signal.").wait_for()
    found += faults(page)
    page.context.set_offline(False)

    assert found == []


def test_pages_of_giving_back_and_exchanging(look, page, programme, moviegoer, sandbox):
    there = create_showtime(layout=programme.layout, starts_at=programme.starts_at + timedelta(days=2))
    Theater.objects.update(exchange_minutes=90)
    old = buy_seats(sandbox, moviegoer, Showtime.objects.get(pk=programme.pk), "A2", "A3")
    args = [old.reference]
    found = look(reverse("bookings:cancel_seats", args=args), moviegoer)
    found += look(reverse("bookings:exchange", args=args), moviegoer)
    found += look(reverse("bookings:exchange_seats", args=[*args, there.pk]), moviegoer)
    choose_seats(page, "C4", "C5")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")
    found += faults(page)
    page.get_by_role("button", name="Exchange").click()
    page.wait_for_url("**/bookings/*/")

    assert found + faults(page) + look(old.get_absolute_url(), moviegoer) == []


def test_waiting_list_joined_offered_and_left_by_mail(look, page, programme, moviegoer):
    small = create_room(rows="A", seats=2)
    sold_out = fill(small, create_member(small.theater, "box_office"))
    found = look(small.get_absolute_url())
    entry = wait(moviegoer, small, 2)
    found += look(small.get_absolute_url(), moviegoer) + look("/bookings/", moviegoer)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    found += look(small.get_absolute_url(), moviegoer) + look(urlsplit(entry.leave_url).path)
    page.get_by_role("button", name="Leave the waiting list").click()
    page.get_by_text("not on this waiting list any more").wait_for()

    assert found + faults(page) == []


def test_seat_map_before_and_after_the_sale(look, programme):
    Showtime.objects.update(on_sale_from=timezone.now() + timedelta(hours=1))
    found = look(f"/showtimes/{programme.pk}/seats/")
    Showtime.objects.update(sales_close_at=timezone.now())

    assert found + look(f"/showtimes/{programme.pk}/seats/") == []


def test_lost_seat_and_lost_hold(look, page, programme, moviegoer):
    page.route("**/seats.json*", lambda route: route.abort())  # or the map may say so before the server does
    look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    choose_seats(page, "C4")
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "C4")])
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Seat C4 has just been taken").first.wait_for()

    assert faults(page) + look(f"/showtimes/{programme.pk}/checkout/", moviegoer) == []


@pytest.mark.parametrize("look", [("dark", 360)], indirect=True)
def test_best_seats_and_a_single_seat_left(look, page, programme, moviegoer):
    link(programme.layout)
    programme.theater.single_seats = "warn"
    programme.theater.save()
    taken = [seat.pk for seat in seats_of(programme, "D4", "D9")]
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=taken)
    found = look(f"/showtimes/{programme.pk}/seats/?party=4&best=1&price=any", moviegoer)
    page.goto(page.url.partition("?")[0])
    choose_seats(page, "D6", "D7")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Keep my choice").wait_for()

    assert found + faults(page, [("light", 360)]) == []


def test_enough_is_kept_elsewhere_and_a_pause(look, page, programme, moviegoer, settings):
    for other in (create_showtime(), create_showtime()):
        flows.hold_seats(moviegoer, showtime=other, seat_ids=[seat.pk for seat in seats_of(other, "A1", "A2")])
    look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    choose_seats(page, "C4")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("You already keep 4 seats").wait_for()
    found = faults(page)
    settings.RATE_LIMIT_PER_CUSTOMER = 0
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("very many tries").wait_for()

    assert found + faults(page) == []


def test_payment_on_its_way(look, programme, moviegoer, sandbox):
    booking = start(moviegoer, programme, "B1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)

    assert look(reverse("bookings:booking", args=[booking.reference]), moviegoer) == []
