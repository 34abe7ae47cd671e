"""Reviews by those who were there: one each, read by staff before anybody else."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from bookings import flows
from movies.models import Review
from movies.reviews import ReviewQuerySet
from tests.bookings.steps import start
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_member, create_movie, create_showtime, create_theater, create_user
from theaters.models import Showtime

pytestmark = pytest.mark.django_db
WORDS = {"stars": "4", "text": "The suitcase was the best of it."}


@pytest.fixture
def movie(db):
    return create_movie("Night Train", slug="night-train")


def be_there(user, movie, *, status="confirmed", is_over=True):
    """A booking of a showtime that has taken place, or not."""
    showtime = create_showtime(movie=movie)
    booking = start(user, showtime, "A1")
    booking.status, booking.confirmed_at = status, timezone.now() if status in ("confirmed", "cancelled") else None
    booking.save()
    if is_over:
        then = timezone.now() - timedelta(hours=3)
        Showtime.objects.filter(pk=showtime.pk).update(starts_at=then, ends_at=then + timedelta(hours=2))
    return booking


def write(client, movie, **words):
    return client.post(f"/movies/{movie.slug}/review/", WORDS | words, follow=True)


def write_approved(user, movie, stars=4, text="Good."):
    review = Review.objects.write(user, movie, stars=stars, text=text)
    Review.objects.filter(pk=review.pk).update(status="approved")
    return review


@pytest.mark.parametrize(
    ("status", "is_over", "is_this_movie", "may"),
    [
        ("confirmed", True, True, True),
        ("confirmed", False, True, False),
        ("cancelled", True, True, False),
        ("pending", True, True, False),
        ("expired", True, True, False),
        ("confirmed", True, False, False),
        (None, None, None, False),
    ],
)
def test_who_may_review(client, ann, movie, status, is_over, is_this_movie, may):
    if status:
        be_there(ann, movie if is_this_movie else create_movie(), status=status, is_over=is_over)
    client.force_login(ann)

    assert write(client, movie).status_code == (200 if may else 403)
    assert Review.objects.exists() == may


def test_showtime_was_called_off_then_nobody_was_there(client, ann, movie):
    be_there(ann, movie)
    Showtime.objects.update(status="cancelled")
    client.force_login(ann)

    assert write(client, movie).status_code == 403


def test_somebody_elses_booking_then_no_review(client, ann, bob, movie):
    be_there(bob, movie)
    client.force_login(ann)

    assert write(client, movie).status_code == 403


def test_written_then_nobody_else_sees_it_until_staff_have_read_it(client, ann, movie):
    be_there(ann, movie)
    client.force_login(ann)

    assert "Your review waits for our staff to read it." in write(client, movie).text
    assert WORDS["text"] not in page_for_others(client, movie)

    moderate(client, "approve")

    shown = page_for_others(client, movie)
    assert WORDS["text"] in shown
    assert "<b>Ann</b>" in shown
    assert "ann@example.com" not in shown


def test_more_than_the_movies_page_has_room_for_then_all_can_be_read(client, movie):
    for number in range(30):
        write_approved(create_user(f"guest{number}@example.com"), movie, text=f"Words of {number}.")
    Review.objects.write(create_user("unread@example.com"), movie, stars=1, text="Not read yet.")
    every = f"/movies/{movie.slug}/reviews/"
    of_the_movie = client.get(movie.get_absolute_url()).text
    pages = [client.get(every).text, client.get(every, {"page": "2"}).text]

    assert f'href="{every}"' in of_the_movie
    assert [page.count('class="review"') for page in (of_the_movie, *pages)] == [10, 24, 6]
    assert all(f"Words of {number}." in "".join(pages) for number in range(30))
    assert "Not read yet." not in "".join(pages)
    assert ("Page 1 of 2" in pages[0], "4.0 of 5, 30 reviews" in pages[1]) == (True, True)


def test_few_reviews_or_none_then_no_way_to_more(client, ann, movie):
    every = f"/movies/{movie.slug}/reviews/"
    assert "Nobody has written a review yet." in client.get(every).text

    write_approved(ann, movie)
    assert every not in client.get(movie.get_absolute_url()).text


def page_for_others(client, movie):
    client.logout()
    return client.get(movie.get_absolute_url()).text


def moderate(client, action, *, reason="", read_at=None):
    manager = create_member(create_theater(), "manager", name="Ruben")
    client.force_login(manager)
    chosen = list(Review.objects.values_list("pk", flat=True))
    read_at = (read_at or timezone.now()).isoformat()
    words = {"action": action, "_selected_action": chosen, "reason": reason, "read_at": read_at}
    return manager, client.post("/admin/movies/review/", words, follow=True)


def test_changed_then_it_is_read_anew(client, ann, movie):
    be_there(ann, movie)
    write_approved(ann, movie)
    client.force_login(ann)

    write(client, movie, stars="1", text="On second thought, no.")

    review = Review.objects.get()
    assert (review.stars, review.status) == (1, "waiting")
    assert "second thought" not in page_for_others(client, movie)


def test_booking_forgotten_by_then_the_review_can_still_be_changed(client, ann, movie):
    write_approved(ann, movie)
    client.force_login(ann)

    assert "On second thought" in write(client, movie, text="On second thought, no.").text


def test_turned_down_then_its_author_reads_why_and_staff_are_named(client, ann, movie):
    be_there(ann, movie)
    Review.objects.write(ann, movie, stars=1, text="The butler did it.")

    manager, _page = moderate(client, "turn_down", reason="It gives the ending away.")

    review = Review.objects.get()
    assert (review.status, review.moderated_by) == ("declined", manager)
    assert review.moderated_at
    client.force_login(ann)
    for path in (f"/movies/{movie.slug}/review/", movie.get_absolute_url()):
        assert "It gives the ending away." in client.get(path).text
    assert "Your review was not shown: see why" in client.get("/bookings/").text
    assert "butler" not in page_for_others(client, movie)


def test_turned_down_without_a_reason_then_it_is_asked_for(client, ann, movie):
    Review.objects.write(ann, movie, stars=1, text="Bad.")

    _manager, page = moderate(client, "turn_down")

    assert "Please write the reason" in page.text
    assert Review.objects.get().status == "waiting"


def test_changed_after_the_list_was_shown_then_nothing_unread_is_approved(client, ann, movie):
    shown_at = timezone.now()
    Review.objects.write(ann, movie, stars=5, text="Buy watches at my shop.")

    _manager, page = moderate(client, "approve", read_at=shown_at)

    assert "its author has changed it" in page.text
    assert Review.objects.get().status == "waiting"


@pytest.mark.parametrize("role", ["usher", "box_office", "programmer", "accountant"])
def test_who_does_not_manage_then_no_moderation(client, ann, movie, role):
    Review.objects.write(ann, movie, stars=5, text="Good.")
    client.force_login(create_member(create_theater(), role))

    assert client.get("/admin/movies/review/").status_code == 403


def write_at_once(monkeypatch, user, movie):
    """Two looked for a review, and found none, before either wrote one."""
    together, look = Barrier(2), ReviewQuerySet.get

    def get(*args, **kwargs):
        try:
            return look(*args, **kwargs)
        except Review.DoesNotExist:
            together.wait(timeout=30)
            raise

    monkeypatch.setattr(ReviewQuerySet, "get", get)
    return all_at_once([lambda n=n: Review.objects.write(user, movie, stars=n, text="Good.") for n in (1, 2)])


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_then_one_review(ann, movie, monkeypatch):
    assert kinds(write_at_once(monkeypatch, ann, movie)) == {"Review": 2}

    assert Review.objects.filter(user=ann, movie=movie).count() == 1


@pytest.fixture
def without_constraint(transactional_db):
    name = "review_once_per_customer_and_movie"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE movies_review DROP CONSTRAINT {name}")
    yield
    Review.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE movies_review ADD CONSTRAINT {name} UNIQUE (user_id, movie_id)")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_there_are_two(ann, movie, monkeypatch, without_constraint):
    write_at_once(monkeypatch, ann, movie)

    assert Review.objects.filter(user=ann, movie=movie).count() == 2


def test_text_with_html_then_it_is_text(client, ann, movie):
    write_approved(ann, movie, text="<script>alert(1)</script> <b>bold</b>")

    shown = page_for_others(client, movie)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize(("name", "shown"), [("", "A guest"), ("ann@example.com", "A guest"), ("Ann Lee", "Ann")])
def test_name_that_is_shown(client, ann, movie, name, shown):
    ann.name = name
    ann.save()
    write_approved(ann, movie)

    page = page_for_others(client, movie)
    assert f"<b>{shown}</b>" in page
    assert "example.com" not in page
    assert "Lee" not in page


def test_average_then_of_those_that_are_shown(client, movie):
    assert "By those who were there" not in client.get(movie.get_absolute_url()).text
    for stars in (5, 4, 4):
        write_approved(create_user(), movie, stars=stars)
    Review.objects.write(create_user(), movie, stars=1, text="Bad.")

    assert "4.3 of 5, 3 reviews" in client.get(movie.get_absolute_url()).text


@pytest.mark.parametrize("words", [{"stars": "6"}, {"stars": ""}, {"text": ""}, {"text": "x" * 2001}])
def test_what_makes_no_review_is_said_and_kept(client, ann, movie, words):
    be_there(ann, movie)
    client.force_login(ann)

    answer = write(client, movie, **{"text": "A night, a train."} | words)

    assert answer.status_code == 400
    assert words.get("text", "A night, a train.") in answer.text
    assert not Review.objects.exists()


def test_too_many_tries_then_wait_and_the_words_are_kept(client, ann, movie, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 0
    be_there(ann, movie)
    client.force_login(ann)

    answer = write(client, movie)

    assert (answer.status_code, WORDS["text"] in answer.text) == (429, True)


def test_author_deletes_it_then_it_is_gone(client, ann, bob, movie):
    write_approved(ann, movie)
    client.force_login(bob)
    assert client.post(f"/movies/{movie.slug}/review/delete/").status_code == 404
    client.force_login(ann)

    client.post(f"/movies/{movie.slug}/review/delete/")

    assert not Review.objects.exists()


def test_erased_then_review_stars_watchlist_and_lists_go(ann, bob, movie):
    write_approved(ann, movie, stars=1)
    write_approved(bob, movie, stars=5)
    ann.watchlist.create(movie=movie)
    ann.movie_lists.create(title="Trains").append(movie)

    flows.erase_person(ann)

    assert Review.objects.approved().filter(movie=movie).verdict() == {"average": 5.0, "number": 1}
    assert (ann.watchlist.count(), ann.movie_lists.count()) == (0, 0)


def test_after_the_showtime_then_my_bookings_ask_how_it_was(client, ann, movie):
    be_there(ann, movie)
    be_there(ann, create_movie("Yesterday's Toast"), status="cancelled")
    client.force_login(ann)

    shown = client.get("/bookings/").text

    assert "How was Night Train?" in shown
    assert "How was Yesterday" not in shown


def test_movie_page_then_as_many_questions_for_one_and_many_reviews(client, movie, django_assert_max_num_queries):
    def questions():
        with django_assert_max_num_queries(100) as asked:
            client.get(movie.get_absolute_url())
        return len(asked)

    write_approved(create_user(), movie)
    client.get(movie.get_absolute_url())
    one = questions()
    for _ in range(6):
        write_approved(create_user(), movie)

    assert questions() == one
