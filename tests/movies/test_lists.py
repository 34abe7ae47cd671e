"""The watchlist, and lists that friends may read as long as one likes."""

from datetime import datetime

import pytest

from movies import list_views, lists
from movies.models import ListedMovie, MovieList
from tests.factories import create_city, create_movie, create_showtime, create_theater, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(client):
    user = create_user("ann@example.com", name="Ann Lee")
    client.force_login(user)
    return user


@pytest.fixture
def trains(ann):
    """Three movies about trains, as Ann likes them."""
    mine = ann.movie_lists.create(title="Trains")
    for title in ("First", "Second", "Third"):
        mine.append(create_movie(title))
    return mine


def titles(movie_list):
    return [entry.movie.title for entry in movie_list.entries.all()]


def change(client, movie_list, title, **words):
    entry = movie_list.entries.get(movie__title=title)
    return client.post(f"{movie_list.get_absolute_url()}movies/{entry.pk}/", words, follow=True)


def test_button_then_on_the_watchlist_and_off_again(client, ann):
    movie = create_movie("Night Train", slug="night-train")
    page = "/movies/?q=night"
    assert "Add to watchlist: Night Train" in client.get(page).text

    answer = client.post("/movies/night-train/watch/", {"next": page})
    client.post("/movies/night-train/watch/", {"next": page})

    assert answer["Location"] == page
    assert [entry.movie for entry in ann.watchlist.all()] == [movie]
    assert "On your watchlist: take Night Train off" in client.get(page).text

    client.post("/movies/night-train/watch/", {"remove": "1"})
    assert not ann.watchlist.exists()


def test_button_with_javascript_then_it_alone_comes_back_and_strangers_go_to_sign_in(client, ann):
    create_movie("Night Train", slug="night-train")
    by_script = {"headers": {"HX-Request": "true"}}

    answer = client.post("/movies/night-train/watch/", {"next": "/movies/"}, **by_script)

    assert "On your watchlist: take Night Train off" in answer.text
    assert 'name="next" value="/movies/"' in answer.text
    assert "<html" not in answer.text
    client.logout()
    answer = client.post("/movies/night-train/watch/", **by_script)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login/?next=/watchlist/")


def test_way_back_to_another_site_then_to_the_movie(client, ann):
    create_movie(slug="night-train")

    answer = client.post("/movies/night-train/watch/", {"next": "//evil.example/"})

    assert answer["Location"] == "/movies/night-train/"


def test_stranger_then_sign_in_and_the_wish_is_kept(client):
    movie = create_movie("Night Train", slug="night-train")

    answer = client.post("/movies/night-train/watch/")
    assert answer["Location"] == "/accounts/login/?next=/watchlist/"
    ann = create_user("ann@example.com")
    client.force_login(ann)

    assert "Night Train is on your watchlist." in client.get("/watchlist/").text
    assert [entry.movie for entry in ann.watchlist.all()] == [movie]
    ann.watchlist.all().delete()
    client.get("/watchlist/")
    assert not ann.watchlist.exists()


def test_watchlist_then_what_can_be_booked_next_comes_first(client, ann):
    bonn = create_theater(city=create_city("Bonn"))
    gone, coming = create_movie("Gone", release_on="2020-01-01"), create_movie("Coming", release_on="2077-09-01")
    later, sooner, elsewhere = (create_movie(title) for title in ("Later", "Sooner", "Elsewhere"))
    create_showtime(movie=later, theater=bonn, starts_at=datetime(2077, 5, 2, 20, tzinfo=bonn.zone))
    create_showtime(movie=sooner, theater=bonn, starts_at=datetime(2077, 5, 1, 20, tzinfo=bonn.zone))
    create_showtime(movie=elsewhere, theater=create_theater(city=create_city("Berlin")))
    for movie in (gone, coming, elsewhere, later, sooner):
        ann.watchlist.create(movie=movie)
    client.post("/city/", {"city": "bonn"})

    movies = list(client.get("/watchlist/").context["movies"])

    assert [movie.title for movie in movies] == ["Sooner", "Later", "Coming", "Gone", "Elsewhere"]
    assert [len(movie.next_showtimes) for movie in movies] == [1, 1, 0, 0, 0]


def test_watchlist_then_the_same_for_one_and_twenty(client, ann, django_assert_max_num_queries):
    def questions():
        with django_assert_max_num_queries(100) as asked:
            client.get("/watchlist/")
        return len(asked)

    theater = create_theater()
    ann.watchlist.create(movie=create_showtime(theater=theater).movie)
    client.get("/watchlist/")
    one = questions()
    for _ in range(19):
        ann.watchlist.create(movie=create_showtime(theater=create_theater(city=theater.city)).movie)

    assert questions() == one


def test_full_watchlist_then_it_says_so(client, ann, monkeypatch):
    monkeypatch.setattr(list_views, "MOST_WATCHED", 1)
    ann.watchlist.create(movie=create_movie())
    create_movie(slug="night-train")

    assert "Your watchlist is full" in client.post("/movies/night-train/watch/", follow=True).text
    assert ann.watchlist.count() == 1


def test_list_then_made_of_the_watchlist_with_title_and_notes(client, ann):
    movie = create_movie("Night Train")
    ann.watchlist.create(movie=movie)
    client.post("/watchlist/lists/", {"title": "Trains"})
    mine = MovieList.objects.get()

    client.post(f"{mine.get_absolute_url()}add/", {"movie": movie.pk})
    client.post(f"{mine.get_absolute_url()}add/", {"movie": movie.pk})
    client.post(f"{mine.get_absolute_url()}add/", {"movie": create_movie("Not watched").pk})
    change(client, mine, "Night Train", do="note", note="For the suitcase")
    client.post(mine.get_absolute_url(), {"title": "Night trains"})

    mine.refresh_from_db()
    assert (mine.title, titles(mine)) == ("Night trains", ["Night Train"])
    assert mine.entries.get().note == "For the suitcase"


def test_up_and_down_then_in_this_order_and_not_past_an_end(client, trains):
    change(client, trains, "Third", do="up")
    assert titles(trains) == ["First", "Third", "Second"]

    change(client, trains, "First", do="down")
    change(client, trains, "Third", do="up")
    assert titles(trains) == ["Third", "First", "Second"]

    change(client, trains, "First", do="remove")
    assert titles(trains) == ["Third", "Second"]


def test_shared_then_friends_read_it_and_learn_no_more_than_the_first_name(client, trains):
    change(client, trains, "First", do="note", note="<i>For</i> the suitcase")
    client.post(f"{trains.get_absolute_url()}share/")
    trains.refresh_from_db()
    client.logout()

    answer = client.get(f"/lists/{trains.share_key}/")

    assert "A list by Ann" in answer.text
    assert "&lt;i&gt;For&lt;/i&gt; the suitcase" in answer.text
    assert [word for word in ("Lee", "ann@example.com", str(trains.get_absolute_url())) if word in answer.text] == []
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "same-origin")
    assert 'name="robots" content="noindex"' in answer.text
    assert len(trains.share_key) == 43


def test_taken_back_then_the_old_address_is_dead_for_ever(client, trains):
    client.post(f"{trains.get_absolute_url()}share/")
    trains.refresh_from_db()
    old = trains.share_key

    client.post(f"{trains.get_absolute_url()}share/", {"stop": "1"})
    assert client.get(f"/lists/{old}/").status_code == 404
    client.post(f"{trains.get_absolute_url()}share/")

    trains.refresh_from_db()
    assert client.get(f"/lists/{old}/").status_code == 404
    assert client.get(f"/lists/{trains.share_key}/").status_code == 200


def test_somebody_elses_list_then_it_is_not_there(client, trains):
    client.force_login(create_user("bob@example.com"))
    entry, page = trains.entries.first(), trains.get_absolute_url()

    assert client.get(page).status_code == 404
    for path in (page, f"{page}add/", f"{page}movies/{entry.pk}/", f"{page}share/", f"{page}delete/"):
        assert client.post(path, {"do": "remove", "title": "Mine"}).status_code == 404
    trains.refresh_from_db()
    assert (trains.title, trains.share_key, trains.entries.count()) == ("Trains", None, 3)


def test_entry_of_another_list_then_it_is_not_there(client, ann, trains):
    other = ann.movie_lists.create(title="Ships")

    answer = client.post(f"{other.get_absolute_url()}movies/{trains.entries.first().pk}/", {"do": "remove"})

    assert (answer.status_code, ListedMovie.objects.count()) == (404, 3)


@pytest.mark.parametrize("title", ["", "x" * 81])
def test_list_without_a_fit_title_then_none_is_made(client, ann, title):
    assert "Please give the list a title" in client.post("/watchlist/lists/", {"title": title}, follow=True).text
    assert not ann.movie_lists.exists()


def test_enough_lists_then_no_more(client, trains, monkeypatch):
    monkeypatch.setattr(list_views, "MOST_LISTS", 1)
    monkeypatch.setattr(list_views, "MOST_LISTED", 3)
    movie = create_movie()
    trains.user.watchlist.create(movie=movie)

    assert "Delete one first" in client.post("/watchlist/lists/", {"title": "More"}, follow=True).text
    full = client.post(f"{trains.get_absolute_url()}add/", {"movie": movie.pk}, follow=True)
    assert "The list is full" in full.text
    assert (MovieList.objects.count(), trains.entries.count()) == (1, 3)
    assert lists.MOST_LISTS > 1


def test_deleted_then_gone_also_for_friends(client, trains):
    trains.share()

    client.post(f"{trains.get_absolute_url()}delete/")

    assert client.get(f"/lists/{trains.share_key}/").status_code == 404
