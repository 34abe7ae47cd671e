"""Where a process may die, and how it comes there: stories that end at a fatal step, and the table of lines."""

import json
import time
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from accounts.models import User
from bookings import flows, holds
from bookings.models import Booking
from bookings.stripe_sandbox import Sandbox
from tests.bookings.conftest import WEBHOOK_SECRET
from tests.bookings.doomed import do
from tests.bookings.steps import buy, events, lapse, open_session, quote, sign, start
from tests.factories import (
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    seats_of,
)
from theaters.models import Showtime

SEATS = ("A1", "A2")


@dataclass
class Shop:
    """One showtime, far enough away that who cancels gets everything back, and two customers."""

    showtime: Showtime
    sandbox: Sandbox
    ann: User
    bob: User


def request(user, name, *args):
    """A click of a signed-in customer, to be made as often as one likes."""
    client = Client()
    client.force_login(user)
    cookies = {key: cookie.value for key, cookie in client.cookies.items()}
    method = "GET" if name == "return" else "POST"
    path = reverse(f"bookings:{name}", args=args)
    return {"method": method, "path": path, "cookies": cookies, "type": "application/x-www-form-urlencoded"}


def task(name):
    return {"task": name}


def webhook(event):
    payload = json.dumps(event)
    headers = {"Stripe-Signature": sign(payload, WEBHOOK_SECRET, int(time.time()))}
    path = reverse("bookings:stripe_webhook")
    return {"method": "POST", "path": path, "body": payload, "type": "application/json", "headers": headers}


# What happens before the fatal step: each returns the step and how the booking ends at last.


def ann_books(shop):
    client = Client()
    client.force_login(shop.ann)
    seat_ids = [seat.pk for seat in seats_of(shop.showtime, *SEATS)]
    client.post(reverse("bookings:hold", args=[shop.showtime.pk]), {"seats": seat_ids})
    step = request(shop.ann, "checkout", shop.showtime.pk)
    step["cookies"] = {key: cookie.value for key, cookie in client.cookies.items()}
    return step, Booking.Status.CONFIRMED


def ann_pays_again(shop):
    booking = start(shop.ann, shop.showtime, *SEATS)
    return request(shop.ann, "pay", booking.reference), Booking.Status.CONFIRMED


def stripe_says_paid(shop):
    shop.sandbox.pay(open_session(start(shop.ann, shop.showtime, *SEATS)))
    return webhook(events(shop.sandbox, "checkout.session.completed")[0]), Booking.Status.CONFIRMED


def stripe_says_paid_too_late(shop):
    """Bob has the seats by then."""
    booking = start(shop.ann, shop.showtime, *SEATS)
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    buy(shop.sandbox, shop.bob, shop.showtime, *SEATS)
    shop.sandbox.pay(session_id)
    return webhook(events(shop.sandbox, "checkout.session.completed")[-1]), Booking.Status.EXPIRED


def ann_comes_back_paid(shop):
    booking = start(shop.ann, shop.showtime, *SEATS)
    shop.sandbox.pay(open_session(booking))
    return request(shop.ann, "return", booking.reference), Booking.Status.CONFIRMED


def time_is_over(shop):
    booking = start(shop.ann, shop.showtime, *SEATS)
    open_session(booking)
    lapse(booking)
    # Its hold has the same end, by the clock of Redis.
    holds.release_seats(shop.showtime.pk, holder=holds.holder_of(shop.ann))
    return task("expire_bookings"), Booking.Status.EXPIRED


def time_is_over_but_paid(shop):
    booking = start(shop.ann, shop.showtime, *SEATS)
    shop.sandbox.pay(open_session(booking))
    lapse(booking)
    return task("expire_bookings"), Booking.Status.CONFIRMED


def ann_cancels(shop):
    booking = buy(shop.sandbox, shop.ann, shop.showtime, *SEATS)
    return request(shop.ann, "cancel", booking.reference), Booking.Status.CANCELLED


def money_is_owed(shop):
    do(ann_cancels(shop)[0])
    return task("send_refunds"), Booking.Status.CANCELLED


def a_refund_is_reported(shop):
    do(money_is_owed(shop)[0])
    return webhook(events(shop.sandbox, "refund.created")[0]), Booking.Status.CANCELLED


def a_mail_waits(shop):
    buy(shop.sandbox, shop.ann, shop.showtime, *SEATS)
    return task("send_mails"), Booking.Status.CONFIRMED


def the_showtime_is_called_off(shop):
    buy(shop.sandbox, shop.ann, shop.showtime, *SEATS)
    flows.cancel_showtime(shop.showtime, by=create_staff(), reason="The projector is broken")
    return task("finish_cancellations"), Booking.Status.CANCELLED


def no_webhook_for_days(shop):
    shop.sandbox.pay(open_session(start(shop.ann, shop.showtime, *SEATS)))
    return task("reconcile"), Booking.Status.CONFIRMED


def other_showtime(shop, adult):
    theater = shop.showtime.theater
    card, layout = create_price_card(theater, adult=adult), create_layout(create_screen(theater))
    starts_at = shop.showtime.starts_at + timedelta(days=1)
    return create_showtime(layout=layout, starts_at=starts_at, price_card=card)


def ann_begins_an_exchange(shop):
    """For dearer seats."""
    old = buy(shop.sandbox, shop.ann, shop.showtime, *SEATS)
    client, other = Client(), other_showtime(shop, "20.00")
    client.force_login(shop.ann)
    seat_ids = [seat.pk for seat in seats_of(other, *SEATS)]
    client.post(reverse("bookings:exchange_seats", args=[old.reference, other.pk]), {"seats": seat_ids})
    step = request(shop.ann, "exchange_checkout", old.reference, other.pk)
    step["cookies"] = {key: cookie.value for key, cookie in client.cookies.items()}
    return step, Booking.Status.CONFIRMED


def an_exchange_is_paid(shop):
    old, other = buy(shop.sandbox, shop.ann, shop.showtime, *SEATS), other_showtime(shop, "20.00")
    new = flows.start_exchange(old, showtime=other, quote=quote(other, *SEATS))
    shop.sandbox.pay(open_session(new))
    return webhook(events(shop.sandbox, "checkout.session.completed")[-1]), Booking.Status.CONFIRMED


def an_exchange_costs_nothing(shop):
    """For cheaper seats: something goes back."""
    old, other = buy(shop.sandbox, shop.ann, shop.showtime, *SEATS), other_showtime(shop, "8.00")
    new = flows.start_exchange(old, showtime=other, quote=quote(other, *SEATS))
    return request(shop.ann, "pay", new.reference), Booking.Status.CONFIRMED


POINTS = {
    "booking written, not committed": (ann_books, "after bookings.flows.booking.write_booking"),
    "booking committed, hold not prolonged": (ann_books, "before bookings.flows.booking.keep_held"),
    "payment committed, Stripe not called": (ann_books, "before bookings.payments.open_session"),
    "Stripe called, session not saved": (ann_books, "after bookings.payments.open_session"),
    "session saved, customer not sent there": (ann_books, "after bookings.flows.start_payment"),
    "paying again, Stripe not called": (ann_pays_again, "before bookings.payments.open_session"),
    "paying again, session not saved": (ann_pays_again, "after bookings.payments.open_session"),
    "event read, session not asked for": (stripe_says_paid, "before bookings.payments.fetch_session"),
    "session is paid, showtime not locked": (stripe_says_paid, "after bookings.payments.fetch_session"),
    "event stored, nothing done": (stripe_says_paid, "after bookings.flows.settling.note_event"),
    "money taken, not committed": (stripe_says_paid, "after bookings.flows.settling.take_money"),
    "confirmed, worker not woken": (stripe_says_paid, "before bookings.wakeup._send"),
    "confirmed, Stripe not answered": (stripe_says_paid, "after bookings.flows.act_on_event"),
    "late money owed back, not committed": (stripe_says_paid_too_late, "after bookings.flows.settling.send_back"),
    "late money owed back, worker not woken": (stripe_says_paid_too_late, "before bookings.wakeup._send"),
    "back from paying, showtime not locked": (ann_comes_back_paid, "after bookings.payments.fetch_session"),
    "back from paying, not committed": (ann_comes_back_paid, "after bookings.flows.settling.take_money"),
    "back from paying, page not shown": (ann_comes_back_paid, "after bookings.flows.confirm_booking"),
    "session expired, not read again": (time_is_over, "before bookings.payments.sessions.fetch_session"),
    "session expired, not written": (time_is_over, "after bookings.payments.end_session"),
    "session written as expired, booking not": (time_is_over, "before bookings.flows.expiring.give_up_if_over"),
    "too late to expire, payment not written": (time_is_over_but_paid, "after bookings.payments.end_session"),
    "too late to expire, not committed": (time_is_over_but_paid, "after bookings.flows.settling.take_money"),
    "refund written down, not committed": (ann_cancels, "after bookings.flows.cancelling.refund_bought"),
    "cancelled, worker not woken": (ann_cancels, "before bookings.wakeup._send"),
    "cancelled, hold not released": (ann_cancels, "before bookings.flows.cancelling.free_holds"),
    "refund claimed, not sent": (money_is_owed, "before bookings.payments.send_refund"),
    "refund taken by Stripe, not noted": (money_is_owed, "after bookings.payments.send_refund"),
    "refund noted, task not done": (money_is_owed, "after bookings.flows.repaying.note"),
    "refund reported, not noted": (a_refund_is_reported, "after bookings.payments.fetch_refund"),
    "mail claimed, not sent": (a_mail_waits, "before bookings.flows.mailing.send_mail"),
    "mail taken by its server, not noted": (a_mail_waits, "after bookings.flows.mailing.send_mail"),
    "called off, one booking undone, not committed": (
        the_showtime_is_called_off,
        "after bookings.flows.calling_off.undo",
    ),
    "called off, one refund owed, not committed": (
        the_showtime_is_called_off,
        "after bookings.flows.calling_off.refund_bought",
    ),
    "called off, hold not released": (the_showtime_is_called_off, "before bookings.flows.calling_off.free_holds"),
    "called off, not noted as finished": (
        the_showtime_is_called_off,
        "after bookings.flows.calling_off.cancel_with_showtime",
    ),
    "exchange written, not committed": (ann_begins_an_exchange, "after bookings.flows.exchanging.begin"),
    "exchange committed, hold not prolonged": (ann_begins_an_exchange, "before bookings.flows.exchanging.keep_held"),
    "exchange committed, Stripe not called": (ann_begins_an_exchange, "before bookings.payments.open_session"),
    "exchange: Stripe called, session not saved": (ann_begins_an_exchange, "after bookings.payments.open_session"),
    "exchange paid, old tickets not judged": (an_exchange_is_paid, "before bookings.flows.settling.is_off"),
    "exchange paid, old tickets void, not committed": (an_exchange_is_paid, "after bookings.flows.exchanging.undo"),
    "exchange paid and handed over, not committed": (an_exchange_is_paid, "after bookings.flows.settling.hand_over"),
    "exchanged, old hold not released": (an_exchange_is_paid, "before bookings.flows.exchanging.free_holds"),
    "exchanged for cheaper, refund owed, not committed": (
        an_exchange_costs_nothing,
        "after bookings.flows.exchanging.refund_bought",
    ),
    "exchanged for cheaper, page not shown": (an_exchange_costs_nothing, "after bookings.flows.start_payment"),
    "reconciling, session compared, not confirmed": (
        no_webhook_for_days,
        "before bookings.flows.reconciling.confirm_booking",
    ),
    "reconciling, confirmed, run not ended": (
        no_webhook_for_days,
        "after bookings.flows.reconciling.confirm_booking",
    ),
    "reconciled, what is due not done": (no_webhook_for_days, "before bookings.flows.reconciling.do_all_that_is_due"),
}
