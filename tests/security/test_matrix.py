"""Who may see what: every address in the URL conf, asked by everybody. One that is missing here fails."""

from importlib import import_module

import pytest
from django.apps import apps

from bookings.models import Booking
from tests.security.addresses import addresses, models_in_the_office, pages_about

pytestmark = pytest.mark.django_db

LOGIN = "login"
ROLES = ("owner", "other", "anonymous", "door", "manager", "admin")


def everybody(status, **exceptions):
    return dict.fromkeys(ROLES, status) | exceptions


PUBLIC = everybody(200)
SIGNED_IN = everybody(200, anonymous=LOGIN)
OWN = everybody(404, owner=200, anonymous=LOGIN)
# Who is signed in for long is asked for the password once more.
PROVEN = everybody(302, anonymous=LOGIN)
# Nobody here has a second factor, so there is nothing to show, and of others' nothing is said.
NO_FACTOR = everybody(404, anonymous=LOGIN)
AT_THE_DOOR = everybody(403, anonymous=LOGIN, door=200, manager=200, admin=200)
# Who sells for the theater also finds what its customers have bought.
AT_THE_TILL = everybody(403, anonymous=LOGIN, manager=200, admin=200)
POST_ONLY = everybody(405)
# What each answers to a GET. {} is filled from the house, see `paths`.
SHOP = {
    "movies:home": ("/", PUBLIC),
    "movies:browse": ("/movies/", PUBLIC),
    "movies:suggestions": ("/suggestions/", PUBLIC),
    "movies:movie": ("/movies/{movie}/", PUBLIC),
    "movies:reviews": ("/movies/{movie}/reviews/", PUBLIC),
    # The owner has one already, nobody else was there.
    "bookings:review": ("/movies/{movie}/review/", everybody(403, owner=200, anonymous=LOGIN)),
    "bookings:delete_review": ("/movies/{movie}/review/delete/", POST_ONLY),
    "bookings:tell_me": ("/movies/{movie}/tell-me/", PUBLIC),
    # Who has the link of the mail may follow it, signed in or not.
    "bookings:opening": ("/openings/{token}/", PUBLIC),
    "bookings:stop_opening": ("/openings/{token}/stop/", PUBLIC),
    "movies:watch": ("/movies/{movie}/watch/", POST_ONLY),
    "movies:watchlist": ("/watchlist/", SIGNED_IN),
    "movies:create_list": ("/watchlist/lists/", POST_ONLY),
    "movies:list": ("/watchlist/lists/{movie_list}/", OWN),
    "movies:add_to_list": ("/watchlist/lists/{movie_list}/add/", POST_ONLY),
    "movies:listed_movie": ("/watchlist/lists/{movie_list}/movies/{entry}/", POST_ONLY),
    "movies:share_list": ("/watchlist/lists/{movie_list}/share/", POST_ONLY),
    "movies:delete_list": ("/watchlist/lists/{movie_list}/delete/", POST_ONLY),
    "movies:shared_list": ("/lists/{share_key}/", PUBLIC),
    "theaters:theaters": ("/theaters/", PUBLIC),
    "theaters:theater": ("/theaters/{theater}/", PUBLIC),
    "theaters:access": ("/access/", PUBLIC),
    "theaters:choose_city": ("/city/", POST_ONLY),
    "accounts:choose_language": ("/accounts/language/", POST_ONLY),
    "bookings:seat_map": ("/showtimes/{showtime}/seats/", PUBLIC),
    "bookings:seat_states": ("/showtimes/{showtime}/seats.json", PUBLIC),
    "bookings:seat_stream": (
        "/showtimes/{showtime}/seats.stream",
        everybody(204),
    ),
    "bookings:best_seats": ("/showtimes/{showtime}/best.json?party=2", PUBLIC),
    "bookings:hold": ("/showtimes/{showtime}/hold/", POST_ONLY),
    "bookings:release": ("/showtimes/{showtime}/release/", POST_ONLY),
    # Nobody else holds anything: they are shown the map, and told so.
    "bookings:checkout": ("/showtimes/{showtime}/checkout/", everybody(409, anonymous=LOGIN, owner=302)),
    # There is no waiting room: nobody stands anywhere.
    "bookings:queue_place": ("/showtimes/{showtime}/queue.json", PUBLIC),
    "bookings:leave_queue": ("/showtimes/{showtime}/queue/leave/", POST_ONLY),
    "bookings:showtimes_json": ("/feeds/showtimes.json", PUBLIC),
    "bookings:movie_json": ("/movies/{movie}/showtimes.json", PUBLIC),
    "bookings:movie_calendar": ("/movies/{movie}/showtimes.ics", PUBLIC),
    "bookings:theater_json": ("/theaters/{theater}/showtimes.json", PUBLIC),
    "bookings:theater_calendar": ("/theaters/{theater}/showtimes.ics", PUBLIC),
    "bookings:sitemap": ("/sitemap.xml", PUBLIC),
    "bookings:waiting_list": ("/showtimes/{showtime}/waiting/", everybody(302, anonymous=LOGIN)),
    "bookings:leave_waiting": ("/showtimes/{showtime}/waiting/leave/", POST_ONLY),
    # Only the link in a mail opens it.
    "bookings:leave_by_mail": ("/waiting/1:nobody-has-signed-this/leave/", everybody(404)),
    "bookings:bookings": ("/bookings/", SIGNED_IN),
    "bookings:booking": ("/bookings/{booking}/", OWN),
    "bookings:pay": ("/bookings/{booking}/pay/", POST_ONLY),
    "bookings:return": ("/bookings/{booking}/return/", OWN | {"owner": 302}),
    "bookings:cancel": ("/bookings/{booking}/cancel/", POST_ONLY),
    "bookings:cancel_seats": ("/bookings/{booking}/cancel/seats/", OWN),
    "bookings:exchange": ("/bookings/{booking}/exchange/", OWN),
    "bookings:exchange_seats": ("/bookings/{booking}/exchange/{other}/", OWN),
    # Nothing is held there: the map is shown, and says so.
    "bookings:exchange_checkout": ("/bookings/{booking}/exchange/{other}/checkout/", OWN | {"owner": 409}),
    "bookings:tickets": ("/bookings/{booking}/tickets/", OWN),
    "bookings:tickets_pdf": ("/bookings/{booking}/tickets.pdf", OWN),
    "bookings:share": ("/bookings/{booking}/share/", POST_ONLY),
    "bookings:take_back": ("/bookings/{booking}/take-back/", POST_ONLY),
    "bookings:push": ("/bookings/push/", POST_ONLY),
    "bookings:find": ("/bookings/find/", PUBLIC),
    "bookings:tickets_worker": ("/bookings/worker.js", PUBLIC),
    # What is no secret of ours opens nothing; with one, see tests/bookings/test_sharing.py.
    "bookings:opened": ("/bookings/open/{booking}/forged/", everybody(410)),
    "bookings:shared": ("/bookings/shared/{booking}/", everybody(410)),
    "bookings:shared_calendar": ("/bookings/shared/{booking}/calendar.ics", everybody(410)),
    # Where the keys are set, see tests/bookings/test_wallets.py.
    "bookings:apple_wallet": ("/bookings/{booking}/apple-wallet/", everybody(404, anonymous=LOGIN)),
    "bookings:google_wallet": ("/bookings/{booking}/google-wallet/{ticket}/", everybody(404, anonymous=LOGIN)),
    "bookings:shared_apple_wallet": ("/bookings/shared/{booking}/apple-wallet/", everybody(410)),
    "bookings:shared_google_wallet": ("/bookings/shared/{booking}/google-wallet/", everybody(410)),
    "bookings:calendar": ("/bookings/{booking}/calendar.ics", OWN),
    "bookings:door": ("/door/", AT_THE_DOOR),
    "bookings:door_place": ("/door/place/", POST_ONLY),
    "bookings:door_undo": ("/door/undo/", POST_ONLY),
    "bookings:door_search": ("/door/search/", AT_THE_DOOR | {"door": 403}),
    "bookings:door_scans": ("/door/scans/", POST_ONLY),
    "bookings:door_offline": ("/door/offline/", PUBLIC),
    "bookings:door_worker": ("/door/worker.js", PUBLIC),
    "bookings:door_today": ("/door/today.json?theater={theater}", AT_THE_DOOR),
    "bookings:door_keys": ("/door/keys.json", AT_THE_DOOR),
    "bookings:door_revoked": ("/door/revoked.json?theater={theater}", AT_THE_DOOR),
    "bookings:box_office": ("/box-office/", AT_THE_TILL),
    "bookings:counter": ("/box-office/at/{theater}/", AT_THE_TILL),
    "bookings:counter_find": ("/box-office/at/{theater}/find/", AT_THE_TILL),
    "bookings:shift": ("/box-office/at/{theater}/shift/", AT_THE_TILL),
    "bookings:shift_movement": ("/box-office/at/{theater}/shift/cash/", POST_ONLY),
    "bookings:shifts": ("/box-office/at/{theater}/shifts/", AT_THE_TILL),
    "bookings:shift_report": ("/box-office/shifts/{closed_shift}/", AT_THE_TILL),
    "bookings:cash_up": ("/box-office/shifts/{shift}/cash-up/", AT_THE_TILL),
    "bookings:counter_seats": ("/box-office/showtimes/{showtime}/", AT_THE_TILL),
    "bookings:counter_queue": ("/box-office/showtimes/{showtime}/queue/", AT_THE_TILL),
    "bookings:counter_release": ("/box-office/showtimes/{showtime}/release/", POST_ONLY),
    "bookings:counter_sale": ("/box-office/showtimes/{showtime}/sale/?seats={seat}", AT_THE_TILL),
    "bookings:counter_booking": ("/box-office/bookings/{booking}/", AT_THE_TILL),
    "bookings:counter_tickets": ("/box-office/bookings/{booking}/tickets.pdf", AT_THE_TILL),
    "bookings:counter_reprint": ("/box-office/bookings/{booking}/reprint/", POST_ONLY),
    "bookings:counter_pay_out": ("/box-office/bookings/{booking}/pay-out/", POST_ONLY),
    "bookings:counter_refund": ("/box-office/bookings/{booking}/refund/", POST_ONLY),
    "bookings:privacy": ("/privacy/", PUBLIC),
    "bookings:your_data": ("/accounts/data/", PROVEN),
    "bookings:export_data": ("/accounts/data/export/", PROVEN),
    "bookings:erase_data": ("/accounts/data/erase/", PROVEN),
    "bookings:stripe_webhook": ("/stripe/webhook/", POST_ONLY),
    "accounts:profile": ("/accounts/profile/", SIGNED_IN),
    "mfa_index": ("/accounts/2fa/", SIGNED_IN),
    "mfa_authenticate": ("/accounts/2fa/authenticate/", everybody(302, anonymous=LOGIN)),
    "mfa_reauthenticate": ("/accounts/2fa/reauthenticate/", PROVEN),
    "mfa_activate_totp": ("/accounts/2fa/totp/activate/", PROVEN),
    "mfa_deactivate_totp": ("/accounts/2fa/totp/deactivate/", NO_FACTOR),
    "mfa_view_recovery_codes": ("/accounts/2fa/recovery-codes/", NO_FACTOR),
    "mfa_generate_recovery_codes": ("/accounts/2fa/recovery-codes/generate/", PROVEN),
    "mfa_download_recovery_codes": ("/accounts/2fa/recovery-codes/download/", NO_FACTOR),
    "mfa_list_webauthn": ("/accounts/2fa/webauthn/", SIGNED_IN),
    "mfa_add_webauthn": ("/accounts/2fa/webauthn/add/", PROVEN),
    "mfa_reauthenticate_webauthn": ("/accounts/2fa/webauthn/reauthenticate/", PROVEN),
    "mfa_remove_webauthn": ("/accounts/2fa/webauthn/keys/{user}/remove/", PROVEN),
    "mfa_edit_webauthn": ("/accounts/2fa/webauthn/keys/{user}/edit/", PROVEN),
    "accounts/login/": ("/accounts/login/", everybody(302, anonymous=200)),
    "account_login": ("/accounts/login/", everybody(302, anonymous=200)),
    "account_logout": ("/accounts/logout/", everybody(200, anonymous=302)),
    "account_inactive": ("/accounts/inactive/", PUBLIC),
    "account_signup": ("/accounts/signup/", everybody(302, anonymous=200)),
    "account_reauthenticate": ("/accounts/reauthenticate/", SIGNED_IN),
    "account_email": ("/accounts/email/", SIGNED_IN),
    "account_email_verification_sent": ("/accounts/confirm-email/", everybody(302, anonymous=LOGIN)),
    "account_change_password": ("/accounts/password/change/", SIGNED_IN),
    "account_set_password": ("/accounts/password/set/", everybody(302, anonymous=LOGIN)),
    "account_reset_password": ("/accounts/password/reset/", PUBLIC),
    "account_confirm_login_code": ("/accounts/login/code/confirm/", everybody(302, anonymous=LOGIN)),
    "account_reset_password_from_key_done": ("/accounts/password/reset/key/done/", PUBLIC),
    "account_reset_password_from_key": ("/accounts/password/reset/key/{user}-forged/", PUBLIC),
    "account_reset_password_done": ("/accounts/password/reset/done/", PUBLIC),
    "account_request_login_code": ("/accounts/login/code/", everybody(302, anonymous=200)),
    "socialaccount_login_cancelled": ("/accounts/3rdparty/login/cancelled/", PUBLIC),
    "socialaccount_login_error": ("/accounts/3rdparty/login/error/", everybody(401)),
    "socialaccount_signup": ("/accounts/3rdparty/signup/", everybody(LOGIN)),
    "socialaccount_connections": ("/accounts/3rdparty/", SIGNED_IN),
    "google_login": ("/accounts/google/login/", everybody(404)),  # it is not set up
    "google_callback": ("/accounts/google/login/callback/", everybody(404)),
    "manifest": ("/manifest.webmanifest", PUBLIC),
    "robots_txt": ("/robots.txt", PUBLIC),
    "choose_theme": ("/theme/", POST_ONLY),
    "readyz": ("/readyz", PUBLIC),
    "^media/(?P<path>.{1,200})$": ("/media/{poster}", PUBLIC),
}
# What changes something, asked by those who may not; the owner's own way is walked in tests/bookings.
NOT_THEIRS = dict.fromkeys(("other", "door", "manager", "admin"), 404) | {"anonymous": LOGIN}
CHANGES = {
    "bookings:pay": NOT_THEIRS,
    "bookings:cancel": NOT_THEIRS,
    "bookings:share": NOT_THEIRS,
    "bookings:push": {"anonymous": LOGIN},
    "bookings:take_back": NOT_THEIRS,
    "bookings:cancel_seats": NOT_THEIRS,
    "bookings:exchange_seats": NOT_THEIRS,
    "bookings:exchange_checkout": NOT_THEIRS,
    "bookings:door": {"owner": 403, "other": 403, "anonymous": LOGIN},
    "bookings:door_place": {"owner": 403, "other": 403, "anonymous": LOGIN},
    "bookings:door_undo": {"owner": 403, "other": 403, "door": 403, "anonymous": LOGIN},
    "bookings:door_search": {"owner": 403, "other": 403, "door": 403, "anonymous": LOGIN},
    "bookings:door_scans": {"owner": 403, "other": 403, "anonymous": LOGIN},
    **{
        f"bookings:{name}": {"owner": 403, "other": 403, "door": 403, "anonymous": LOGIN}
        for name in "counter_seats counter_release counter_sale counter_reprint counter_refund counter_pay_out".split()
        + "counter_queue shift shift_movement cash_up".split()
    },
    "bookings:delete_review": NOT_THEIRS,
    **{f"movies:{name}": NOT_THEIRS for name in "list add_to_list listed_movie share_list delete_list".split()},
    "movies:watch": {"anonymous": LOGIN},
    "movies:create_list": {"anonymous": LOGIN},
    "bookings:review": {"other": 403, "door": 403, "anonymous": LOGIN},
    "bookings:erase_data": {"anonymous": LOGIN},
    "accounts:profile": {"anonymous": LOGIN},
    "account_email": {"anonymous": LOGIN},
    "account_change_password": {"anonymous": LOGIN},
    "socialaccount_connections": {"anonymous": LOGIN},
}
# What a manager gets there; nobody else gets in.
REPORTS = {
    "bookings:reports": ("/admin/bookings/reports/", 200),
    "bookings:report": ("/admin/bookings/reports/sales/", 200),
    "bookings:film_weeks": ("/admin/bookings/reports/film-weeks/", 200),
    "bookings:close_film_week": ("/admin/bookings/reports/film-weeks/close/", 405),
    "bookings:subscribe_report": ("/admin/bookings/reports/sales/subscribe/", 405),
    "bookings:stop_report": ("/admin/bookings/reports/subscriptions/1/stop/", 405),
}
ABOUT_A_BOOKING = ("cancel", "resend", "reissue")
ABOUT_A_LAYOUT = ("text", "preview", "move")
PAGES_OF_THE_WEEK = ("board", "plan", "copy", "publish")
PLACES_OF_THE_OFFICE = ("autocomplete", "jsi18n", "password_change", "password_change_done", "index", "app_list")


@pytest.fixture
def paths(house):
    words = {
        "movie": house.movie.slug,
        "theater": house.theater.slug,
        "showtime": house.showtime.pk,
        "other": house.another.pk,
        "booking": house.confirmed.reference,
        "user": house.owner.pk,
        "ticket": house.ticket.serial,
        "poster": house.movie.poster.name,
        "movie_list": house.movie_list.pk,
        "share_key": house.movie_list.share_key,
        "entry": house.entry.pk,
        "token": house.token,
        "seat": house.showtime.layout.seats.last().pk,
        "shift": house.shift.pk,
        "closed_shift": house.closed_shift.pk,
    }
    return {name: path.format(**words) for name, (path, _expected) in SHOP.items()}


@pytest.fixture
def secrets(house):
    """What nobody else may read, and where it stands if they do."""
    bookings = (house.confirmed, house.pending, house.cancelled)
    kept = [house.owner.name, house.owner.email, *(booking.reference for booking in bookings), house.ticket.serial]
    return [word.encode() for word in kept]


def answer(response):
    is_login = response.status_code == 302 and "/login/" in response["Location"]
    return LOGIN if is_login else response.status_code


def leaks(response, secrets, path=""):
    """Not counted is what the one who asks has written into the address themselves."""
    body = response.getvalue()
    return [word for word in secrets if word in body and word.decode() not in path]


def test_every_address_of_the_shop_is_in_the_table():
    names = [address.name for address in addresses() if not address.is_in_the_office]

    assert sorted(names) == sorted(SHOP)


def wrong_answers(visitors, paths, secrets):
    wrong = []
    for name, (_pattern, expected) in SHOP.items():
        theirs = {"owner", "manager", "admin"} if expected is AT_THE_TILL else {"owner"}
        for role, client in visitors.items():
            response = client.get(paths[name])
            found = leaks(response, [] if role in theirs else secrets, paths[name])
            if answer(response) != expected[role] or found:
                wrong.append((name, role, answer(response), found))
    return wrong


def test_every_address_of_the_shop_shows_what_is_theirs_only(visitors, paths, secrets):
    assert wrong_answers(visitors, paths, secrets) == []


def test_a_view_that_forgets_whose_booking_it_is_would_be_seen(visitors, paths, secrets, monkeypatch):
    careless = import_module("bookings.views.bookings")
    monkeypatch.setattr(careless, "own_booking", lambda request, reference: Booking.objects.get(reference=reference))
    wrong = wrong_answers(visitors, paths, secrets)

    assert {name for name, role, _status, _found in wrong if role == "other"} == {
        "bookings:cancel_seats",
        *("bookings:booking", "bookings:return", "bookings:tickets", "bookings:tickets_pdf", "bookings:calendar"),
    }
    assert [found for name, role, _status, found in wrong if (name, role) == ("bookings:tickets", "other")] != [[]]


def test_every_change_is_theirs_only(visitors, house, paths, secrets):
    wrong = []
    for name, expected in CHANGES.items():
        for role, status in expected.items():
            response = visitors[role].post(paths[name], {"code": house.ticket.serial, "name": "Mallory"})
            found = leaks(response, [] if role == "owner" else secrets, paths[name])
            if answer(response) != status or found:
                wrong.append((name, role, answer(response), found))
    house.confirmed.refresh_from_db()
    house.ticket.refresh_from_db()

    assert wrong == []
    assert house.confirmed.is_confirmed
    assert house.ticket.checked_in_at is None


def test_somebody_elses_hold_stays_theirs(visitors, house):
    owner, other = visitors["owner"], visitors["other"]
    seats = f"/showtimes/{house.showtime.pk}/seats.json"
    other.post(f"/showtimes/{house.showtime.pk}/release/")

    assert len(owner.get(seats).json()["yours"]) == 1
    assert other.get(seats).json()["yours"] == []


# --- The office -------------------------------------------------------------------------------------

# What a manager may do there: model by model, as the groups of the demo say.
PLANS = {"changelist": 200, "add": 200, "change": 200, "history": 200, "delete": 403}
READS = {"changelist": 200, "add": 403, "change": 200, "history": 200, "delete": 403}
NOTHING = dict.fromkeys(PLANS, 403)
MANAGER = {"accounts.User": READS, "auth.Group": NOTHING, "account.EmailAddress": NOTHING}
# What customers write is let stand or turned down, by actions of the list.
MANAGER |= {"movies.Review": READS}
MANAGER |= {"socialaccount.SocialAccount": NOTHING, "theaters.Seat": None, "bookings.PromoCode": PLANS}
# Without a showtime to call off, to move or to pay back the way leads to where one is chosen.
TROUBLE = ("ShowtimeCancellation", "ShowtimeMove", "Breakdown")
MANAGER |= {f"bookings.{model}": READS | {"add": 302} for model in TROUBLE}


def allowed(model):
    if model._meta.label in MANAGER:
        return MANAGER[model._meta.label]
    return READS if model._meta.app_label == "bookings" else PLANS


def pages_of_the_week(house):
    """Role by role and theater by theater: tests/theaters/test_week_roles.py."""
    pages = [f"/admin/theaters/showtime/{page}/" for page in PAGES_OF_THE_WEEK]
    return [*pages, f"/admin/theaters/showtime/{house.showtime.pk}/sale/"]


def test_every_address_of_the_office_belongs_to_a_model_or_is_known():
    names = {address.name.removeprefix("admin:") for address in addresses() if address.is_in_the_office}
    of_models = {
        f"{model._meta.app_label}_{model._meta.model_name}_{page}" for model in models_in_the_office() for page in PLANS
    }
    rest = {name for name in names - of_models if not name.startswith("admin/")}

    assert rest == {
        *PLACES_OF_THE_OFFICE,
        *("login", "logout", "view_on_site", "restore"),
        *("auth_user_password_change", "theaters_seat_names", "theaters_pricecard_which"),
        *(f"bookings_booking_{verb}" for verb in (*ABOUT_A_BOOKING, "seat")),
        *(f"theaters_seatlayout_{page}" for page in ABOUT_A_LAYOUT),
        *(f"theaters_showtime_{page}" for page in (*PAGES_OF_THE_WEEK, "sale")),
        *REPORTS,
    }


def test_the_office_is_closed_to_everybody_else(visitors, house, secrets):
    pages = [path for model in models_in_the_office() for path in pages_about(model).values()]
    pages += ["/admin/", "/admin/bookings/", "/admin/autocomplete/", f"/admin/accounts/user/{house.owner.pk}/password/"]
    pages += [f"/admin/bookings/booking/{house.confirmed.pk}/{verb}/" for verb in ABOUT_A_BOOKING]
    pages += ["/admin/theaters/seat/names/", f"/admin/accounts/user/{house.owner.pk}/"]
    pages += [f"/admin/bookings/booking/seat/{house.showtime.pk}/?seat=A1"]
    pages += [f"/admin/theaters/seatlayout/{house.showtime.layout_id}/{page}/" for page in ABOUT_A_LAYOUT]
    pages += pages_of_the_week(house)
    pages += [f"/admin/bookings/booking/seat/{house.showtime.pk}/?seat=A1", "/admin/theaters/pricecard/which/"]
    pages += [path for path, _status in REPORTS.values()]
    wrong = []
    for role in ("anonymous", "other", "owner"):
        for path in pages:
            for ask in (visitors[role].get, visitors[role].post):
                response = ask(path)
                if answer(response) != LOGIN or leaks(response, secrets):
                    wrong.append((role, path, answer(response)))

    assert wrong == []


def test_the_door_sees_nothing_of_the_office(visitors, house, secrets):
    pages = [path for model in models_in_the_office() for path in pages_about(model).values()]
    pages += [f"/admin/bookings/booking/{house.confirmed.pk}/{verb}/" for verb in ABOUT_A_BOOKING]
    pages += [f"/admin/accounts/user/{house.owner.pk}/password/", "/admin/theaters/seat/names/"]
    pages += [f"/admin/bookings/booking/seat/{house.showtime.pk}/?seat=A1"]
    pages += [f"/admin/theaters/seatlayout/{house.showtime.layout_id}/{page}/" for page in ABOUT_A_LAYOUT]
    pages += pages_of_the_week(house)
    pages += [f"/admin/theaters/pricecard/which/?showtime={house.showtime.pk}"]
    responses = {path: visitors["door"].get(path) for path in pages}
    open_to_them = {path: answer(response) for path, response in responses.items() if response.status_code != 403}

    assert open_to_them.keys() <= {"/admin/theaters/seat/names/"} | {
        page for page in pages if "/theaters/seat/" in page
    }
    assert [leak for response in responses.values() for leak in leaks(response, secrets)] == []


def test_reports_are_for_managers_and_not_for_the_door(visitors):
    posts = {name for name, (_path, status) in REPORTS.items() if status == 405}
    wrong = []
    for name, (path, status) in REPORTS.items():
        asked = {role: visitors[role].get(path).status_code for role in ("manager", "admin", "door")}
        if asked != {"manager": status, "admin": status, "door": 405 if name in posts else 403}:
            wrong.append((name, asked))
        if name in posts - {"bookings:stop_report"} and visitors["door"].post(path).status_code != 403:
            wrong.append((name, "posted by the door"))

    assert wrong == []


def test_managers_may_plan_and_read_but_not_touch_people_or_delete(visitors, house):
    wrong = []
    for model in models_in_the_office():
        expected = allowed(model)
        for page, path in pages_about(model).items() if expected else ():
            status = answer(visitors["manager"].get(path))
            if status != expected[page]:
                wrong.append((path, status, expected[page]))
    for path in pages_of_the_week(house):
        assert visitors["manager"].get(path).status_code == 200
    staff = house.people["admin"]
    for path in (f"/admin/accounts/user/{person.pk}/password/" for person in (house.owner, staff)):
        assert visitors["manager"].get(path).status_code == 403

    assert wrong == []


def test_every_model_of_ours_is_in_the_office_with_a_row_or_is_known(house):
    shown = set(models_in_the_office())
    hidden = {
        model._meta.label
        for app in ("accounts", "movies", "theaters", "bookings")
        for model in apps.get_app_config(app).get_models()
        if model not in shown
    }
    empty = [model._meta.label for model in shown if not model._default_manager.exists()]

    known = {"movies.Credit", "theaters.RefundRule", "theaters.Price", "bookings.BookedSeat", "accounts.Session"}
    known |= {"theaters.Membership", "accounts.Change"}  # on the page of its theater, on every history page
    known |= {"bookings.MovedBooking", "bookings.BreakdownShare"}  # on the page of what moved or paid them back
    known |= {f"theaters.{name}" for name in ("Holiday", "Surcharge", "TaxRule")}  # on the page of their theater
    known |= {"bookings.Exchange"}  # on the pages of both its bookings
    known |= {"bookings.CashMovement"}  # on the page of its shift
    known |= {"bookings.Push", "bookings.PushSubscription"}  # a switch of the customer's own
    known |= {"bookings.SeatShare", "bookings.TicketRequest"}  # the customer's own business; gone when answered
    known |= {"bookings.ReportSubscription", "bookings.ReportMail"}  # on the page of the reports
    known |= {"movies.Certificate"}  # on the page of its movie
    known |= {f"movies.{name}" for name in ("WatchlistEntry", "MovieList", "ListedMovie")}  # their owners' own business
    known |= {"bookings.OpeningAlert", "bookings.OpeningMail"}  # gone as soon as they are told
    known |= {"bookings.OfferedSeat", "bookings.WaitingMail"}  # beside the entry of the waiting list
    assert hidden == known
    assert empty == []
