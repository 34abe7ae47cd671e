"""Tickets for another showtime: priced, paid and handed over, or nothing happens to the old ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows, wakeup
from bookings.exceptions import BadChoice, NotExchangeable, NotPayable, SaleClosed
from bookings.flows.exchanging import exchange_terms, exchange_worth
from bookings.models import Booking, Exchange, Mail, Payment, Refund, Ticket
from bookings.pricing import quote_seats
from bookings.promises import todays_tariff
from tests.bookings.steps import buy, lapse, open_session, quote
from tests.factories import (
    create_layout,
    create_price_card,
    create_promo_code,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_ticket_types,
    seats_of,
)
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]
FULL = Decimal("12.50")  # 11.50 and a fee of 1.00


def another(showtime, *, adult=None, days=5):
    """Another showtime in another room of the house, at another price if need be."""
    theater = showtime.theater
    card = create_price_card(theater, adult=adult) if adult else showtime.price_card
    layout = create_layout(create_screen(theater))
    return create_showtime(layout=layout, starts_at=showtime.starts_at + timedelta(days=days), price_card=card)


def begin(old, showtime, *labels):
    return flows.start_exchange(old, showtime=showtime, quote=quote(showtime, *labels))


def exchange(sandbox, old, showtime, *labels):
    """Begin it and pay what is due; the new booking."""
    new = begin(old, showtime, *labels)
    if new.due:
        session_id = open_session(new)
        sandbox.pay(session_id)
        return flows.confirm_booking(session_id)
    flows.start_payment(new)
    new.refresh_from_db()
    return new


def refunds():
    return list(Refund.objects.order_by("pk").values_list("payment__booking__reference", "amount", "reason"))


@pytest.fixture
def far(db):
    """So far away that everything comes back."""
    return create_showtime(starts_at=datetime(2077, 3, 10, 19, tzinfo=UTC))


@pytest.fixture
def old(far, ann, sandbox):
    return buy(sandbox, ann, far, "A1", "A2")


def test_exchange_at_the_same_price_then_new_tickets_and_no_money_moves(old, far, sandbox):
    new = exchange(sandbox, old, another(far), "B1", "B2")

    old.refresh_from_db()
    done = Exchange.objects.get()
    assert (new.status, old.status, old.reason) == ("confirmed", "cancelled", f"Exchanged for {new}.")
    assert (done.value, done.credit, done.back, done.kept) == (2 * FULL, 2 * FULL, 0, 0)
    assert (Payment.objects.count(), refunds()) == (1, [])
    assert set(Ticket.objects.live().values_list("booked_seat__booking", flat=True)) == {new.pk}
    assert list(Mail.objects.order_by("pk").values_list("booking", "kind")) == [
        (old.pk, "tickets"),
        (new.pk, "tickets"),
    ]


def test_exchange_for_cheaper_seats_then_the_difference_comes_back(old, far, sandbox):
    new = exchange(sandbox, old, another(far, adult="8.00"), "B1", "B2")

    assert (new.total, refunds()) == (Decimal("18.00"), [(old.reference, Decimal("7.00"), "exchange")])


def test_exchange_for_dearer_seats_then_only_the_difference_is_paid(old, far, sandbox):
    new = exchange(sandbox, old, another(far, adult="20.00"), "B1", "B2")

    assert (new.total, new.paid_with.amount_received) == (Decimal("42.00"), Decimal("17.00"))
    assert (new.status, refunds()) == ("confirmed", [])
    assert sandbox.sessions[-1]["amount_total"] == 1700


def test_exchanged_then_who_waits_for_the_old_seats_is_asked_at_once(old, far, sandbox, monkeypatch):
    woken = []
    monkeypatch.setattr(wakeup, "_send", woken.append)
    monkeypatch.setattr(wakeup.transaction, "on_commit", lambda then: then())

    exchange(sandbox, old, another(far), "B1", "B2")

    assert "bookings.offer_seats" in woken


def test_dearer_one_not_paid_then_the_old_tickets_stay_good(old, far, sandbox):
    new = begin(old, another(far, adult="20.00"), "B1", "B2")
    lapse(new, seconds=61)
    flows.expire_booking(new)

    old.refresh_from_db()
    assert (old.status, new.status) == ("confirmed", "expired")
    assert Ticket.objects.live().filter(booked_seat__booking=old).count() == 2


def test_new_seats_lost_before_the_money_comes_then_it_goes_back_and_the_old_tickets_stay(old, far, bob, sandbox):
    target = another(far, adult="20.00")
    new = begin(old, target, "B1", "B2")
    session_id = open_session(new)
    lapse(new, seconds=61)
    buy(sandbox, bob, target, "B1", "B2")
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    old.refresh_from_db()
    assert (old.status, refunds()) == ("confirmed", [(new.reference, Decimal("17.00"), "seats_gone")])


def cancelled_meanwhile(old):
    flows.cancel_booking(old, by=old.user)


def come_in_meanwhile(old):
    Ticket.objects.filter(booked_seat__booking=old).update(checked_in_at=timezone.now(), checked_in_by=old.user)


def moved_meanwhile(old):
    showtime = Showtime.objects.select_related("layout__screen__theater").get(pk=old.showtime_id)
    target = {"starts_at": showtime.starts_at + timedelta(minutes=30), "layout": showtime.layout}
    seen = flows.plan_move(showtime, **target).fingerprint
    flows.move_showtime(showtime, **target, by=create_staff(), reason="The print is late", fingerprint=seen)


def called_off_meanwhile(old):
    flows.cancel_showtime(old.showtime, by=create_staff(), reason="No light")
    flows.finish_cancellations()


def called_off_just_now(old):
    flows.cancel_showtime(old.showtime, by=create_staff(), reason="No light")


def one_seat_given_back_meanwhile(old):
    flows.cancel_seats(old, [old.booked_seats.first().pk], by=old.user)


def exchanged_meanwhile(old):
    begin_to = another(old.showtime, days=9)
    flows.start_payment(begin(old, begin_to, "C1", "C2"))


def refunded_in_part_meanwhile(old):
    payment = old.paid_with
    Refund.objects.create(
        payment=payment, amount=1, currency="EUR", reason="outside", stripe_id="re_outside", status="succeeded"
    )


MEANWHILE = [
    cancelled_meanwhile,
    come_in_meanwhile,
    moved_meanwhile,
    called_off_meanwhile,
    called_off_just_now,
    one_seat_given_back_meanwhile,
    exchanged_meanwhile,
    refunded_in_part_meanwhile,
]


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("what", MEANWHILE)
def test_old_tickets_are_no_longer_what_they_were_then_the_money_goes_back_in_full(what, is_late, old, far, sandbox):
    new = begin(old, another(far, adult="20.00"), "B1", "B2")
    session_id = open_session(new)
    if is_late:
        lapse(new, seconds=61)
        Booking.objects.get(pk=new.pk).give_up(timezone.now())
    what(Booking.objects.get(pk=old.pk))
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    new.refresh_from_db()
    assert new.status == ("expired" if is_late else "failed")
    assert (new.reference, Decimal("17.00"), "exchange_off") in refunds()
    assert not Exchange.objects.filter(new=new).done().exists()
    assert new.mails.filter(kind=Mail.Kind.REFUNDED).exists()


def test_nothing_to_pay_but_the_old_tickets_are_gone_then_a_sentence_and_nothing_more(old, far):
    new = begin(old, another(far), "B1", "B2")
    cancelled_meanwhile(old)

    with pytest.raises(NotPayable, match="no longer be exchanged"):
        flows.start_payment(new)
    new.refresh_from_db()
    assert new.is_pending


def test_paid_later_by_a_delayed_method_then_it_is_exchanged_when_the_money_is_here(old, far, sandbox):
    new = begin(old, another(far, adult="20.00"), "B1", "B2")
    session_id = open_session(new)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    old.refresh_from_db()
    assert old.is_confirmed

    sandbox.settle(session_id, True)
    flows.confirm_booking(session_id)

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == ("cancelled", "confirmed")


def test_same_choice_twice_is_one_exchange(old, far):
    target = another(far)
    new = begin(old, target, "B1", "B2")
    assert begin(old, target, "B1", "B2") == new

    flows.start_payment(new)

    assert begin(old, target, "B1", "B2") == new
    assert Exchange.objects.count() == 1


def test_another_choice_for_it_replaces_the_first(old, far):
    target = another(far)
    first = begin(old, target, "B1", "B2")

    second = begin(old, target, "C1", "C2")

    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "pending")


def test_new_booking_cancelled_then_all_payments_behind_it_go_back_the_latest_first(old, far, ann, sandbox):
    new = exchange(sandbox, old, another(far, adult="20.00"), "B1", "B2")

    flows.cancel_booking(new, by=ann)

    assert refunds() == [(new.reference, Decimal("17.00"), "customer"), (old.reference, Decimal("25.00"), "customer")]
    assert [refund.sale for refund in Refund.objects.order_by("pk")] == [None, new]
    flows.send_due_refunds()
    assert sorted(refund["amount"] for refund in sandbox.refunds) == [1700, 2500]


def test_exchanged_twice_then_the_chain_pays_and_goes_back_as_one(old, far, ann, sandbox):
    middle = exchange(sandbox, old, another(far, adult="20.00"), "B1", "B2")
    last = exchange(sandbox, middle, another(far, adult="15.00", days=9), "C1", "C2")
    assert (last.total, refunds()) == (Decimal("32.00"), [(middle.reference, Decimal("10.00"), "exchange")])

    flows.cancel_booking(last, by=create_staff(), in_full=True)

    assert refunds()[1:] == [(middle.reference, Decimal("7.00"), "staff"), (old.reference, Decimal("25.00"), "staff")]
    assert set(Refund.objects.filter(reason="staff").values_list("sale", flat=True)) == {last.pk}


def test_showtime_of_the_new_tickets_is_called_off_then_everything_goes_back(old, far, sandbox):
    new = exchange(sandbox, old, another(far, adult="20.00"), "B1", "B2")

    flows.cancel_showtime(new.showtime, by=create_staff(), reason="No light")
    flows.finish_cancellations()

    assert sum(amount for _booking, amount, _reason in refunds()) == Decimal("42.00")


def test_old_payment_refunded_in_the_dashboard_then_the_new_tickets_are_void(old, far, sandbox):
    new = exchange(sandbox, old, another(far), "B1", "B2")
    sandbox.refund_outside(old.paid_with.payment_intent)
    flows.note_refund(sandbox.refunds[-1]["id"])

    new.refresh_from_db()
    assert (new.status, new.reason) == ("cancelled", "The theater has refunded it.")


def test_part_of_the_old_payment_refunded_in_the_dashboard_then_the_mail_is_about_the_new_tickets(
    old, far, sandbox, mailoutbox
):
    new = exchange(sandbox, old, another(far), "B1", "B2")
    flows.note_refund(sandbox.refund_outside(old.paid_with.payment_intent, 300)["id"])
    flows.send_due_mails()

    assert (new.mails.filter(kind="paid_back").count(), old.mails.filter(kind="paid_back").count()) == (1, 0)
    assert "pays EUR 3.00 of this booking back" in mailoutbox[-1].body
    assert "Seats B1, B2" in mailoutbox[-1].body


def test_bank_takes_the_old_payment_back_then_the_new_tickets_are_void_and_the_rest_goes_back(old, far, sandbox):
    new = exchange(sandbox, old, another(far, adult="20.00"), "B1", "B2")
    sandbox.dispute(old.paid_with.payment_intent)
    dispute = sandbox.store.find("dispute")[0]["id"]
    flows.note_dispute(dispute)
    sandbox.decide_dispute(dispute, "lost")
    flows.note_dispute(dispute)

    new.refresh_from_db()
    assert (new.status, refunds()) == ("cancelled", [(new.reference, Decimal("17.00"), "staff")])


@pytest.fixture
def dear(old):
    """The theater keeps 5.00 of what is exchanged."""
    Booking.objects.filter(pk=old.pk).update(exchange_rule={"minutes_before": 0, "fee": "5.00"}, refund_policy=[])
    old.refresh_from_db()
    return old


def refund_own_payment(booking, sandbox):
    """Staff do, in the dashboard."""
    sandbox.refund_outside(booking.paid_with.payment_intent)
    flows.note_refund(sandbox.refunds[-1]["id"])


def lose_own_payment(booking, sandbox):
    """To the bank."""
    sandbox.dispute(booking.paid_with.payment_intent)
    dispute = sandbox.store.find("dispute")[-1]["id"]
    flows.note_dispute(dispute)
    sandbox.decide_dispute(dispute, "lost")
    flows.note_dispute(dispute)


def cancel_in_full(booking):
    booking.refresh_from_db()
    flows.cancel_booking(booking, by=create_staff(), in_full=True)


@pytest.mark.parametrize("is_called_off", [False, True])
def test_difference_refunded_in_the_dashboard_then_what_the_exchange_kept_stays(is_called_off, dear, far, sandbox):
    new = exchange(sandbox, dear, another(far), "B1", "B2")
    assert (Exchange.objects.get().kept, new.paid_with.amount) == (5, 5)
    refund_own_payment(new, sandbox)

    if is_called_off:
        flows.cancel_showtime(new.showtime, by=create_staff(), reason="No light")
        flows.finish_cancellations()
    else:
        cancel_in_full(new)

    assert [(where, amount) for where, amount, _why in refunds()] == [(new.reference, 5), (dear.reference, 20)]


def test_bank_takes_the_difference_back_then_what_the_exchange_kept_stays(dear, far, sandbox):
    new = exchange(sandbox, dear, another(far), "B1", "B2")

    lose_own_payment(new, sandbox)

    new.refresh_from_db()
    assert (new.status, refunds()) == ("cancelled", [(dear.reference, Decimal("20.00"), "staff")])


def test_exchanged_twice_then_what_each_exchange_kept_stays(dear, far, sandbox):
    middle = exchange(sandbox, dear, another(far), "B1", "B2")
    Booking.objects.filter(pk=middle.pk).update(exchange_rule={"minutes_before": 0, "fee": "3.00"}, refund_policy=[])
    middle.refresh_from_db()
    last = exchange(sandbox, middle, another(far, days=9), "C1", "C2")
    assert [(one.credit, one.kept) for one in Exchange.objects.order_by("pk")] == [(20, 5), (22, 3)]
    refund_own_payment(middle, sandbox)
    refund_own_payment(last, sandbox)

    cancel_in_full(last)

    assert [(where, amount) for where, amount, _why in refunds()][2:] == [(dear.reference, 20)]


# The policy


@pytest.mark.parametrize(
    ("minutes", "worth"),
    [
        ("1440", "25.00"),  # the refund policy gives everything
        ("1439.99", "23.00"),  # the rule: all but the fee
        ("90", "23.00"),
        ("89.99", "0"),  # the rule is over, and so is the policy's 50 %, whose last moment was at 120
    ],
)
def test_worth_at_each_second_around_the_cutoffs(minutes, worth, old):
    old.exchange_rule = {"minutes_before": 90, "fee": "2.00"}
    old.save()
    now = old.showtime.starts_at - timedelta(minutes=float(minutes))

    assert exchange_worth(old, now) == Decimal(worth)


@pytest.mark.parametrize(("minutes", "worth"), [("1440", "25.00"), ("1439", "11.50"), ("120", "11.50"), ("119.9", "0")])
def test_booking_from_before_there_was_a_rule_then_it_is_worth_what_cancelling_gives(minutes, worth, old):
    now = old.showtime.starts_at - timedelta(minutes=float(minutes))

    assert (old.exchange_rule, exchange_worth(old, now)) == ({}, Decimal(worth))


@pytest.mark.parametrize("night", [datetime(2077, 3, 28, 18, tzinfo=UTC), datetime(2077, 10, 31, 19, tzinfo=UTC)])
def test_clocks_change_between_then_the_cutoff_is_so_many_real_minutes_before(night, ann, sandbox):
    """20:00 in Berlin on the days on which its clocks change."""
    old = buy(sandbox, ann, create_showtime(starts_at=night), "A1")
    old.exchange_rule = {"minutes_before": 1200, "fee": "0"}
    minute = timedelta(minutes=1)

    assert exchange_worth(old, night - 1200 * minute) == FULL
    assert exchange_worth(old, night - 1200 * minute + timedelta(seconds=1)) == Decimal("5.75")


def test_rule_is_frozen_with_the_booking_then_a_new_one_changes_nothing(ann, far, sandbox):
    theater = far.theater
    theater.exchange_minutes, theater.exchange_fee = 60, Decimal("1.50")
    theater.save()
    old = buy(sandbox, ann, Showtime.objects.get(pk=far.pk), "A1")
    theater.exchange_minutes = None
    theater.save()

    old.refresh_from_db()
    assert old.exchange_rule == {"minutes_before": 60, "fee": "1.500"}


def test_only_half_would_come_back_then_the_rest_buys_tickets_but_is_no_cash(old, far):
    """Who exchanges for something cheap gets no more back than who cancels."""
    old.exchange_rule = {"minutes_before": 0, "fee": "0"}
    old.save()
    now = old.showtime.starts_at - timedelta(hours=3)
    child = create_ticket_types(far.theater)[1]

    terms = exchange_terms(old, quote(another(far), "A1", ticket_type=child), now)

    assert (terms.value, terms.credit, terms.back, terms.kept) == (
        Decimal("25.00"),
        Decimal("8.50"),
        Decimal("11.50"),
        Decimal("5.00"),
    )
    assert terms.cashable == 0


def test_exchanged_when_half_would_come_back_then_cancelling_later_gives_no_more_than_that(ann, sandbox, settings):
    soon = create_showtime(starts_at=timezone.now() + timedelta(hours=5))
    old = buy(sandbox, ann, soon, "A1", "A2")
    Booking.objects.filter(pk=old.pk).update(exchange_rule={"minutes_before": 0, "fee": "0"})
    old.refresh_from_db()
    new = exchange(sandbox, old, another(soon, days=30), "B1", "B2")
    assert new.total == Decimal("25.00")

    flows.cancel_booking(new, by=ann)

    assert refunds() == [(old.reference, Decimal("11.50"), "customer")]


def test_after_the_start_then_a_sentence(old, far):
    Showtime.objects.filter(pk=far.pk).update(starts_at=timezone.now() - timedelta(seconds=1))
    old = Booking.objects.get(pk=old.pk)

    assert not flows.is_exchangeable(old)
    with pytest.raises(NotExchangeable, match="too late"):
        begin(old, another(far, days=9), "B1", "B2")


def test_other_theater_same_showtime_or_other_number_of_seats_then_a_sentence(old, far):
    with pytest.raises(BadChoice, match="same theater"):
        begin(old, create_showtime(theater=create_theater()), "A1", "A2")
    with pytest.raises(BadChoice, match="same theater"):
        begin(old, far, "B1", "B2")
    with pytest.raises(BadChoice, match="just 2 seats"):
        begin(old, another(far), "B1")


def test_sale_of_the_new_one_is_over_then_a_sentence(old, far):
    target = another(far)
    Showtime.objects.filter(pk=target.pk).update(sales_close_at=timezone.now())

    with pytest.raises(SaleClosed):
        begin(old, target, "B1", "B2")


def test_less_is_due_than_a_card_can_pay_then_a_sentence(old, far):
    with pytest.raises(NotExchangeable, match="no card can be charged"):
        begin(old, another(far, adult="11.60"), "B1", "B2")


@pytest.mark.parametrize(
    ("currency", "fee", "adult", "dearer", "due"),
    [("JPY", 100, "1800", "2300", "500"), ("KWD", "0.250", "3.500", "4.750", "1.250")],
)
def test_exchange_in_other_currencies_then_the_difference_in_their_units(
    currency, fee, adult, dearer, due, ann, sandbox
):
    theater = create_theater(currency=currency, booking_fee=Decimal(fee))
    layout = create_layout(create_screen(theater))
    card = create_price_card(theater, adult=adult)
    far = create_showtime(layout=layout, starts_at=datetime(2077, 3, 10, 19, tzinfo=UTC), price_card=card)
    old = buy(sandbox, ann, far, "A1")

    new = exchange(sandbox, old, another(far, adult=dearer), "B1")

    assert (new.due, new.paid_with.amount_received, new.status) == (Decimal(due), Decimal(due), "confirmed")


def test_bought_with_a_promo_code_then_worth_what_was_paid_and_the_code_is_free_again(far, ann, sandbox):
    promo = create_promo_code(far.theater, limit=1)
    old = buy(sandbox, ann, far, "A1", promo=promo)
    assert old.total == Decimal("11.35")

    new = exchange(sandbox, old, another(far), "B1")

    assert (new.due, promo.uses().count()) == (Decimal("1.15"), 0)


def test_code_taken_off_the_new_price_then_the_difference_comes_back(old, far, ann, sandbox):
    target, promo = another(far), create_promo_code(far.theater)
    lines = [(seat, create_ticket_types(far.theater)[0]) for seat in seats_of(target, "B1", "B2")]
    cheaper = quote_seats(todays_tariff(target), lines, promo)

    flows.start_payment(flows.start_exchange(old, showtime=target, quote=cheaper))

    assert refunds() == [(old.reference, Decimal("2.30"), "exchange")]
