"""Texts that want to be scripts stay texts: on every page, in every mail, and what is echoed of a question."""

from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from bookings import flows
from tests.security.addresses import models_in_the_office, pages_about
from tests.security.house import OWNER
from tests.security.poison import POISON, dangers, poison

pytestmark = pytest.mark.django_db


def dangers_on(client, *paths, statuses=(200,)):
    found = []
    for path in paths:
        response = client.get(path)
        assert (path, response.status_code in statuses) == (path, True)
        if response["Content-Type"].startswith("text/html"):
            found += [f"{path}: {danger}" for danger in dangers(response.text)]
    return found


def test_the_test_can_fail():
    assert dangers(f"<p>{POISON}</p>") == ["an element of the poison", "img onerror", "an inline script"]
    assert dangers('<p style="color:red"><u>x</u><a href="JavaScript:1">') == [
        "p style",
        "an element of the poison",
        "a link that runs",
    ]


def test_pages_for_customers_stay_harmless(house):
    client, reference = Client(), house.confirmed.reference
    client.force_login(house.owner)
    assert poison() > 40
    paths = ["/", "/movies/", "/movies/?city=berlin", house.movie.get_absolute_url(), "/theaters/"]
    paths += [house.theater.get_absolute_url(), house.showtime.get_absolute_url(), "/bookings/"]
    paths += [f"/bookings/{booking.reference}/" for booking in (house.confirmed, house.pending, house.cancelled)]
    paths += [f"/bookings/{reference}/tickets/", "/accounts/profile/", "/accounts/email/", "/accounts/logout/"]

    shown = client.get(f"/bookings/{reference}/tickets/").text
    assert "&lt;img src=x onerror=stolen()&gt;" in shown
    assert dangers_on(client, *paths) == []


def test_every_page_of_the_office_stays_harmless(house):
    client = Client()
    client.force_login(house.people["admin"])
    poison()
    pages = [path for model in models_in_the_office() for path in pages_about(model).values()]
    refused = [page for page in pages if client.get(page).status_code != 200]
    pages = [page for page in pages if page not in refused]
    pages += ["/admin/", f"/admin/bookings/booking/{house.confirmed.pk}/cancel/"]
    pages += ["/admin/autocomplete/?term=x&app_label=movies&model_name=movie&field_name=genres", "/door/"]

    # Of what is only to be read, the pages to add and to delete.
    assert (len(pages) > 100, len(refused) < 2 * len(models_in_the_office())) == (True, True)
    assert dangers_on(client, *pages) == []


def test_what_was_asked_is_echoed_as_text(house):
    client, asked = Client(), quote(POISON)
    names = ("q", "genre", "language", "format", "date", "city", "page", "next", "seats")
    pages = ["/movies/", house.movie.get_absolute_url(), house.theater.get_absolute_url(), "/accounts/login/"]
    pages += ["/accounts/signup/", house.showtime.get_absolute_url(), f"/nowhere/{asked}/"]
    places = [f"{page}?{name}={asked}" for page in pages for name in names]
    found = dangers_on(client, *places, statuses=(200, 404))
    client.force_login(house.people["admin"])
    found += dangers_on(client, f"/admin/movies/movie/?q={asked}", f"/admin/bookings/booking/?q={asked}")
    for path, name in [("/door/", "code"), ("/accounts/profile/", "name"), ("/city/", "next"), ("/city/", "city")]:
        found += dangers(client.post(path, {name: POISON}, follow=True).text)

    assert found == []


def test_mails_stay_harmless(house, mailoutbox):
    poison()
    User.objects.filter(pk=house.owner.pk).update(email=OWNER)  # no mail goes out to an address that is none
    flows.send_due_mails()
    pages = [part.content for mail in mailoutbox for part in mail.alternatives]

    assert len(pages) >= 2
    assert [danger for page in pages for danger in dangers(page) if not danger.endswith(" style")] == []
