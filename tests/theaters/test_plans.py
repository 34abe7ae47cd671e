import re
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests.bookings.threads import in_a_thread, wait_until_somebody_waits
from tests.factories import create_layout, create_movie, create_price_card, create_screen, create_showtime
from tests.theaters.office import at, create_ready_screen, messages_of
from theaters.admin import week_pages
from theaters.models import Showtime

PLAN, COPY = reverse("admin:theaters_showtime_plan"), reverse("admin:theaters_showtime_copy")
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


@pytest.fixture
def rival(screen):
    """Somebody else's, Friday at eight; not saved yet."""
    rival = Showtime(
        movie=create_movie("Alien"),
        screen=screen,
        layout=screen.layouts.get(),
        price_card=screen.theater.price_cards.get(),
        starts_at=at(2077, 3, 5, 20, zone=screen.theater.zone),
    )
    rival.set_times()
    return rival


@pytest.fixture
def without_the_constraint():
    """Brought back over an empty table."""
    constraint = next(each for each in Showtime._meta.constraints if each.name.startswith("showtime_one_at_a_time"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Showtime, constraint)
    yield
    Showtime.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Showtime, constraint)


def pattern(screen, **changes):
    return {
        "movie": (changes.pop("movie", None) or create_movie("Dune")).pk,
        "screens": [screen.pk],
        "first_day": "2077-03-05",
        "last_day": "2077-03-11",
        "times": "14:00 17:15 20:30",
        "format": "2d",
        "status": "draft",
        "is_listed": "on",
        **changes,
    }


def copying(first_day, target, length=1, **changes):
    return {"first_day": first_day, "length": length, "target": target, "status": "draft", **changes}


def preview(client, screen, posted, page=PLAN):
    return client.post(f"{page}?theater={screen.theater.pk}", posted)


def save(client, screen, posted, page=PLAN, rows=None):
    """What the preview showed and allowed, or only some of its rows."""
    shown = preview(client, screen, posted, page).content.decode()
    ticked = re.findall(r'name="rows" value="(\d+)"', shown) if rows is None else rows
    seen = re.search(r'name="previewed" value="(\w+)"', shown)[1]
    return preview(client, screen, posted | {"rows": ticked, "previewed": seen, "save": "1"}, page)


def rows(response):
    return [(f"{row.wall:%d %H:%M}", str(row.problem)) for row in response.context["plan"].rows]


def starts():
    return [f"{show.local_start:%m-%d %H:%M}" for show in Showtime.objects.order_by("starts_at")]


def test_preview_shows_the_whole_week_and_saves_nothing(admin_client, screen):
    response = preview(admin_client, screen, pattern(screen))

    assert (len(rows(response)), Showtime.objects.count()) == (21, 0)
    assert rows(response)[:3] == [("05 14:00", ""), ("05 17:15", ""), ("05 20:30", "")]


def test_plan_saves_what_is_ticked_with_room_and_card_and_all_that_was_asked(admin_client, screen):
    create_layout(screen, published=False)
    posted = pattern(screen, weekdays=["4", "5"], attributes=["captions"], is_listed="", on_sale_0="2077-03-01")

    response = save(admin_client, screen, posted | {"on_sale_1": "10:00"}, rows=["0", "2", "3"])

    assert response["Location"].endswith(f"board/?theater={screen.theater.pk}&date=2077-03-05&view=week")
    assert starts() == ["03-05 14:00", "03-05 20:30", "03-06 14:00"]
    one = Showtime.objects.first()
    assert (one.layout.version, one.price_card.name, one.status, one.is_listed) == (1, "Every day", "draft", False)
    assert (one.attributes, one.on_sale_from) == (["captions"], datetime(2077, 3, 1, 9, tzinfo=UTC))


def test_plan_keeps_the_wall_clock_when_the_clocks_change(admin_client, screen):
    save(admin_client, screen, pattern(screen, first_day="2077-03-27", last_day="2077-03-29", times="20:30"))

    moments = [show.starts_at.hour for show in Showtime.objects.order_by("starts_at")]
    assert (starts(), moments) == (["03-27 20:30", "03-28 20:30", "03-29 20:30"], [19, 18, 18])


def test_plan_takes_an_hour_after_midnight_for_the_night_of_that_day(admin_client, screen):
    save(admin_client, screen, pattern(screen, last_day="2077-03-05", times="0:10"))

    assert (starts(), Showtime.objects.get().business_date) == (["03-06 00:10"], date(2077, 3, 5))


def test_plan_refuses_a_time_that_does_not_exist_and_takes_the_others(admin_client, screen):
    posted = pattern(screen, first_day="2077-03-26", last_day="2077-03-28", times="02:30")

    response = preview(admin_client, screen, posted)
    save(admin_client, screen, posted)

    sentence = "02:30 does not exist on 28 March 2077 in Rialto: the clocks go forward. Choose another time."
    assert rows(response) == [("27 02:30", ""), ("28 02:30", sentence), ("29 02:30", "")]
    assert starts() == ["03-27 02:30", "03-29 02:30"]


def test_plan_asks_once_which_of_two_hours_is_meant(admin_client, screen):
    other = create_layout(create_screen(screen.theater)).screen
    posted = pattern(
        screen, first_day="2077-10-30", last_day="2077-10-30", times="02:30", screens=[screen.pk, other.pk]
    )

    response = preview(admin_client, screen, posted)

    assert response.content.count(b'type="radio" name="occurrence"') == 2
    assert [row.is_asked for row in response.context["plan"].rows] == [True, True]
    assert b'name="save"' not in response.content


@pytest.mark.parametrize(("occurrence", "hour"), [("earlier", 0), ("later", 1)])
def test_plan_takes_the_hour_that_is_meant(admin_client, screen, occurrence, hour):
    posted = pattern(screen, first_day="2077-10-30", last_day="2077-10-30", times="02:30", occurrence=occurrence)

    save(admin_client, screen, posted)

    assert Showtime.objects.get().starts_at == datetime(2077, 10, 31, hour, 30, tzinfo=UTC)


def test_preview_names_what_is_on_the_screen_already(admin_client, screen, rival):
    rival.save()

    response = preview(admin_client, screen, pattern(screen, last_day="2077-03-05"))

    sentence = (
        "Alien runs on Screen 2 from 20:00 until 21:55; the room is free again at 22:10. "
        "This showtime needs it from 20:30 to 22:40."
    )
    assert rows(response) == [("05 14:00", ""), ("05 17:15", ""), ("05 20:30", sentence)]


def test_preview_sees_that_a_pattern_is_in_its_own_way(admin_client, screen):
    response = preview(admin_client, screen, pattern(screen, last_day="2077-03-05", times="14:00 15:00 16:10"))

    assert [(wall, bool(problem)) for wall, problem in rows(response)] == [
        ("05 14:00", False),
        ("05 15:00", True),
        ("05 16:10", False),
    ]


def test_save_of_another_plan_than_the_one_shown_shows_it_first(admin_client, screen):
    shown = preview(admin_client, screen, pattern(screen)).context["plan"].fingerprint
    changed = pattern(screen, status="published", rows=["0"], previewed=shown, save="1")

    response = preview(admin_client, screen, changed)

    assert (response.status_code, Showtime.objects.count()) == (409, 0)
    assert b"Something has changed since the preview. Nothing is saved: look at it once more." in response.content


def test_save_after_somebody_else_was_faster_names_them_and_saves_nothing(admin_client, screen, rival):
    posted = pattern(screen)
    shown = preview(admin_client, screen, posted).context["plan"].fingerprint
    rival.save()

    response = preview(admin_client, screen, posted | {"rows": ["0", "2"], "previewed": shown, "save": "1"})

    assert (response.status_code, Showtime.objects.count()) == (409, 1)
    assert b"Alien runs on Screen 2 from 20:00" in response.content


def save_while_a_rival_saves(client, screen, rival, *, meanwhile):
    """The answer to a save that has seen no overlap, because the rival is not committed yet."""
    posted = pattern(screen)
    shown = preview(client, screen, posted).context["plan"].fingerprint
    posted |= {"rows": [str(row) for row in range(21)], "previewed": shown, "save": "1"}
    with transaction.atomic():
        rival.save()
        finish = in_a_thread(partial(preview, client, screen, posted))
        meanwhile(finish)
    return finish()


@pytest.mark.django_db(transaction=True)
def test_save_against_somebody_at_the_same_moment_is_all_or_nothing(admin_client, screen, rival):
    response = save_while_a_rival_saves(
        admin_client, screen, rival, meanwhile=lambda _finish: wait_until_somebody_waits()
    )

    assert Showtime.objects.get() == rival
    assert response.status_code == 409
    assert b"Somebody else has just planned one of these screens" in response.content


@pytest.mark.django_db(transaction=True)
def test_control_save_without_the_constraint_then_two_run_at_once(admin_client, screen, rival, without_the_constraint):
    response = save_while_a_rival_saves(admin_client, screen, rival, meanwhile=lambda finish: finish())

    assert (response.status_code, Showtime.objects.count()) == (302, 22)


def test_save_without_a_tick_saves_nothing_and_says_so(admin_client, screen):
    response = save(admin_client, screen, pattern(screen), rows=[])

    assert b"No showtime is ticked, so nothing is saved." in response.content
    assert Showtime.objects.count() == 0


def test_plan_does_not_publish_what_lacks_a_price(admin_client, screen):
    screen.theater.price_cards.get().prices.filter(ticket_type__name="Child").delete()
    posted = pattern(screen, last_day="2077-03-05", times="20:30")

    published = preview(admin_client, screen, posted | {"status": "published"}).context["plan"].rows[0]
    draft = preview(admin_client, screen, posted).context["plan"].rows[0]

    assert "lacks prices: Standard / Child" in published.problem
    assert (draft.problem, draft.is_possible) == ("", True)
    assert "lacks prices: Standard / Child" in draft.warnings[0]


def test_plan_publishes_at_once_when_nothing_is_missing(admin_client, screen):
    save(admin_client, screen, pattern(screen, status="published", last_day="2077-03-05"))

    assert Showtime.objects.published().count() == 3


def test_plan_refuses_the_past(admin_client, screen):
    yesterday = f"{timezone.now() - timedelta(days=2):%Y-%m-%d}"

    response = preview(admin_client, screen, pattern(screen, first_day=yesterday, last_day=yesterday))

    assert {problem for _wall, problem in rows(response)} == {"This time is past."}


def test_plan_takes_no_more_than_a_form_can_carry(admin_client, screen, monkeypatch):
    monkeypatch.setattr(week_pages, "MOST_ROWS", 20)

    response = preview(admin_client, screen, pattern(screen))

    assert response.context["form"].non_field_errors() == ["These are too many at once. Take fewer days."]


def test_save_of_rows_that_are_none_saves_nothing(admin_client, screen):
    response = save(admin_client, screen, pattern(screen), rows=["x", "9" * 5000, "-1", "400"])

    assert (response.status_code, Showtime.objects.count()) == (409, 0)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"times": "14:00 25:00"}, "times", "“25:00” is no time. Write it like 20:30."),
        ({"last_day": "2077-03-04"}, "last_day", "The last day lies before the first."),
        ({"last_day": "2077-12-31"}, "last_day", "Plan up to 62 days at once."),
        ({"first_day": "0001-01-01"}, "first_day", "Is the year 1 right?"),
        ({"screens": []}, "screens", "This field is required."),
        (
            {"on_sale_0": "2077-03-28", "on_sale_1": "02:30"},
            "on_sale",
            "02:30 does not exist on 28 March 2077 in Rialto",
        ),
        (
            {"on_sale_0": "2077-10-31", "on_sale_1": "02:30"},
            "on_sale",
            "The clocks go back that night: 02:30 comes twice",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_plan_says_what_is_wrong_and_keeps_what_was_typed(admin_client, screen, changes, field, sentence):
    response = preview(admin_client, screen, pattern(screen) | changes)

    (found,) = response.context["form"].errors[field]
    assert found.startswith(sentence)
    assert response.context["form"]["format"].value() == "2d"
    assert Showtime.objects.count() == 0


def test_copy_of_a_week_keeps_the_wall_clock_and_all_about_it(admin_client, screen):
    source = create_showtime(
        layout=screen.layouts.get(),
        starts_at=at(2077, 3, 26, 20, 30, zone=screen.theater.zone),
        price_card=screen.theater.price_cards.get(),
        format="3d",
        attributes=["captions"],
        is_listed=False,
        on_sale_from=at(2077, 3, 22, 10, zone=screen.theater.zone),
    )
    newest = create_layout(screen)

    save(admin_client, screen, copying("2077-03-26", "2077-04-02", 7), COPY)

    copy = Showtime.objects.exclude(pk=source.pk).get()
    assert (f"{copy.local_start:%m-%d %H:%M}", copy.layout, copy.status) == ("04-02 20:30", newest, "draft")
    assert (copy.format, copy.attributes, copy.is_listed) == ("3d", ["captions"], False)
    assert copy.on_sale_from == at(2077, 3, 29, 10, zone=screen.theater.zone)


def test_copy_of_a_day_takes_its_late_show_and_leaves_what_is_cancelled(admin_client, screen):
    layout, zone = screen.layouts.get(), screen.theater.zone
    create_showtime(layout=layout, starts_at=at(2077, 3, 6, 0, 10, zone=zone))
    create_showtime(layout=layout, starts_at=at(2077, 3, 5, 14, zone=zone), status="cancelled")
    create_showtime(layout=layout, starts_at=at(2077, 3, 6, 14, zone=zone))

    save(admin_client, screen, copying("2077-03-05", "2077-03-10"), COPY)

    assert starts()[-1] == "03-11 00:10"
    assert Showtime.objects.filter(business_date=date(2077, 3, 10)).count() == 1


def test_copy_takes_the_card_of_the_new_day_unless_staff_had_chosen_another(admin_client, screen):
    layout, zone = screen.layouts.get(), screen.theater.zone
    every_day = screen.theater.price_cards.get()
    special = create_price_card(screen.theater, name="Special", weekdays=[0])
    weekend = create_price_card(screen.theater, name="Weekend", weekdays=[5, 6], priority=5)
    create_showtime(layout=layout, price_card=every_day, starts_at=at(2077, 3, 5, 14, zone=zone))
    create_showtime(layout=layout, price_card=special, starts_at=at(2077, 3, 5, 20, zone=zone))

    save(admin_client, screen, copying("2077-03-05", "2077-03-06"), COPY)

    copies = Showtime.objects.filter(business_date=date(2077, 3, 6)).order_by("starts_at")
    assert [copy.price_card for copy in copies] == [weekend, special]


def test_copy_asks_which_of_two_hours_is_meant(admin_client, screen):
    create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 10, 24, 2, 30, zone=screen.theater.zone))

    asked = preview(admin_client, screen, copying("2077-10-23", "2077-10-30"), COPY)
    save(admin_client, screen, copying("2077-10-23", "2077-10-30", occurrence="later"), COPY)

    assert [row.is_asked for row in asked.context["plan"].rows] == [True]
    assert Showtime.objects.latest("starts_at").starts_at == datetime(2077, 10, 31, 1, 30, tzinfo=UTC)


def test_copy_of_a_day_onto_itself_is_refused(admin_client, screen):
    response = preview(admin_client, screen, copying("2077-03-05", "2077-03-05"), COPY)

    assert response.context["form"].errors["target"] == ["Choose another day than the one that is copied."]


def test_copy_on_the_list_asks_nothing_and_so_refuses_an_hour_that_comes_twice(admin_client, screen):
    show = create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 10, 30, 2, 30, zone=screen.theater.zone))
    posted = {"action": "copy_to_next_day", "_selected_action": [show.pk]}

    response = admin_client.post(reverse("admin:theaters_showtime_changelist"), posted)

    assert "02:30 comes twice. Copy it on the board, which asks which one." in messages_of(response)[0]
    assert Showtime.objects.count() == 1


def test_preview_takes_as_many_queries_for_7_days_as_for_1(admin_client, screen, django_assert_max_num_queries):
    def queries(**changes):
        posted = pattern(screen, **changes)
        with django_assert_max_num_queries(100) as captured:
            preview(admin_client, screen, posted)
        return len([query for query in captured if "INSERT" not in query["sql"]])

    queries()
    create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 3, 5, 9, zone=screen.theater.zone))

    assert queries() == queries(last_day="2077-03-05")
