"""What customers, staff, Stripe and fate may do next; hypothesis chooses, and shortens what went wrong."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bookings import flows
from bookings.exceptions import NotMovable
from bookings.models import Booking, Ticket
from tests.machine.model import Model, compare_ledgers
from tests.machine.world import CRASH_POINTS, World
from theaters.models import Price, Showtime

CUSTOMERS, SHOWTIMES = st.integers(0, 2), st.integers(0, 1)
SEATS = st.sets(st.integers(0, 3), min_size=1, max_size=3)
ANY = st.integers(0, 10_000)

# Without these most steps would do nothing.
once_booked = precondition(lambda shop: shop.model.seen)
once_sold = precondition(lambda shop: any(facts[0] in ("confirmed", "cancelled") for facts in shop.model.seen.values()))
once_disputed = precondition(lambda shop: shop.sandbox.store.find("dispute"))
once_refunded = precondition(lambda shop: shop.sandbox.refunds)


class Shop(RuleBasedStateMachine):
    sandbox = None  # set by the test

    def __init__(self):
        super().__init__()
        self.sandbox.reset()
        self.sandbox.webhooks.mode = "hold"
        self.world, self.model, self.step = World(self.sandbox), Model(), "begin"

    def pick(self, things, number):
        things = list(things)
        return things[number % len(things)] if things else None

    def any_booking(self, number, **wanted):
        return self.pick(Booking.objects.filter(**wanted).order_by("pk"), number)

    def any_session(self, number, status="open"):
        return self.pick([session for session in self.sandbox.sessions if session["status"] == status], number)

    # The customer

    @rule(who=CUSTOMERS, where=SHOWTIMES, seats=SEATS)
    def hold(self, who, where, seats):
        self.step = "hold"
        showtime, chosen = self.world.showtimes[where], [self.world.seats[n] for n in sorted(seats)]
        answer = self.world.post(who, "hold", showtime.pk, seats=[seat.pk for seat in chosen])
        assert answer.status_code in (302, 409, 429)
        if answer.status_code == 302:
            taken = self.model.taken_by_others(self.world.customers[who], showtime)
            assert not taken & {seat.label for seat in chosen}, "sold seats were held"

    @rule(who=CUSTOMERS, where=SHOWTIMES)
    def release(self, who, where):
        self.step = "release"
        assert self.world.post(who, "release", self.world.showtimes[where].pk).status_code == 302

    @rule(who=CUSTOMERS, where=SHOWTIMES)
    def check_out(self, who, where):
        self.step = "checkout"
        answer = self.world.post(who, "checkout", self.world.showtimes[where].pk)
        assert answer is None or answer.status_code in (303, 409, 429, 502, 503)

    @rule(who=CUSTOMERS, where=SHOWTIMES, seats=SEATS)
    def hold_and_check_out(self, who, where, seats):
        self.hold(who, where, seats)
        self.check_out(who, where)

    @once_booked
    @rule(number=ANY)
    def pay_again(self, number):
        self.step = "pay"
        if booking := self.any_booking(number):
            who = [customer.pk for customer in self.world.customers].index(booking.user_id)
            answer = self.world.post(who, "pay", booking.reference)
            assert answer is None or answer.status_code in (303, 409, 429, 502, 503)

    @once_booked
    @rule(number=ANY)
    def come_back(self, number):
        self.step = "come back"
        if booking := self.any_booking(number):
            who = [customer.pk for customer in self.world.customers].index(booking.user_id)
            answer = self.world.come_back(who, booking)
            assert answer is None or answer.status_code == 302

    @once_sold
    @rule(number=ANY)
    def cancel(self, number):
        self.step = "cancel"
        if booking := self.any_booking(number):
            who = [customer.pk for customer in self.world.customers].index(booking.user_id)
            assert self.world.post(who, "cancel", booking.reference).status_code == 302

    @once_sold
    @rule(number=ANY, first=st.integers(0, 3), more=st.sampled_from([0, 0, 0, 1]), pays=st.booleans())
    def exchange(self, number, first, more, pays):
        """For seats of the other showtime, mostly as many; what is left to pay is paid at once, or by other rules."""
        self.step = "exchange"
        if booking := self.any_booking(number, status="confirmed"):
            who = [customer.pk for customer in self.world.customers].index(booking.user_id)
            where = next(one for one in self.world.showtimes if one.pk != booking.showtime_id)
            taken = set(where.booked_seats.live().values_list("seat_id", flat=True))
            free = [seat.pk for seat in self.world.seats if seat.pk not in taken] or [self.world.seats[0].pk]
            chosen = (free * 4)[first : first + len(booking.seat_labels) + more]
            answer = self.world.post(who, "exchange_seats", booking.reference, where.pk, seats=chosen)
            assert answer.status_code in (302, 400, 409, 429)
            answer = self.world.post(who, "exchange_checkout", booking.reference, where.pk)
            assert answer is None or answer.status_code in (302, 303, 400, 409, 429, 502, 503)
            if pays and answer and answer.status_code == 303:
                self.look()
                self.on_the_payment_page(-1, "pay")
                self.hear(-1, 1)

    @rule(number=ANY, where=SHOWTIMES, seats=SEATS, first=st.integers(0, 3), pays=st.booleans())
    def buy_and_exchange(self, number, where, seats, first, pays):
        """Or it would hardly ever happen."""
        self.buy(number, where, seats)
        self.look()
        if self.any_booking(-1, status="confirmed"):
            self.exchange(-1, first, 0, pays)

    # The payment page

    @once_booked
    @rule(number=ANY, how=st.sampled_from(["pay", "decline", "pay_later"]))
    def on_the_payment_page(self, number, how):
        self.step = "payment page"
        if session := self.any_session(number):
            getattr(self.sandbox, how)(session["id"])

    @rule(number=ANY, where=SHOWTIMES, seats=SEATS)
    def buy(self, number, where, seats):
        """The way that most take, or the others would hardly begin."""
        who = number % 3
        self.hold_and_check_out(who, where, seats)
        self.look()
        self.on_the_payment_page(number, "pay")
        self.hear(number, 1)

    # Stripe

    @once_booked
    @rule(number=ANY, copies=st.integers(1, 2))
    def hear(self, number, copies):
        """Any event there ever was, in any order, any number of times."""
        self.step = "hear"
        if event := self.pick(self.sandbox.events, number):
            for _copy in range(copies):
                answer = self.world.deliver(event)
                assert answer is None or answer.status_code in (200, 503)

    @once_booked
    @rule(number=ANY, succeeds=st.booleans())
    def settle_delayed(self, number, succeeds):
        self.step = "Stripe"
        waiting = [s for s in self.sandbox.sessions if s["status"] == "complete" and s["payment_status"] == "unpaid"]
        if session := self.pick(waiting, number):
            intent = self.sandbox.account.find("payment_intent", session["payment_intent"])
            if intent["status"] == "processing":
                self.sandbox.settle(session["id"], succeeds)

    @once_sold
    @rule(number=ANY, part=st.sampled_from([None, 100]))
    def refund_in_the_dashboard(self, number, part):
        self.step = "Stripe"
        paid = [session for session in self.sandbox.sessions if session["payment_status"] == "paid"]
        session = self.pick(paid, number)
        charges = {charge["payment_intent"]: charge for charge in self.sandbox.store.find("charge") if charge["paid"]}
        charge = session and charges[session["payment_intent"]]
        if charge and not charge["disputed"] and charge["amount"] - charge["amount_refunded"] >= (part or 1):
            self.sandbox.refund_outside(session["payment_intent"], part)

    @once_sold
    @rule(number=ANY)
    def dispute(self, number):
        self.step = "Stripe"
        charges = [c for c in self.sandbox.store.find("charge") if c["paid"] and not c["disputed"]]
        if (charge := self.pick(charges, number)) and not charge["amount_refunded"]:
            self.sandbox.dispute(charge["payment_intent"])

    @once_disputed
    @rule(number=ANY, outcome=st.sampled_from(["won", "lost"]))
    def decide_dispute(self, number, outcome):
        self.step = "Stripe"
        disputes = [d for d in self.sandbox.store.find("dispute") if d["status"] == "needs_response"]
        if dispute := self.pick(disputes, number):
            self.sandbox.decide_dispute(dispute["id"], outcome)

    @once_refunded
    @rule(number=ANY)
    def refund_fails(self, number):
        self.step = "Stripe"
        if refund := self.pick([r for r in self.sandbox.refunds if r["status"] == "succeeded"], number):
            self.sandbox.fail_refund(refund["id"])

    # The theater

    @once_sold
    @rule(number=ANY)
    def cancel_by_staff(self, number):
        self.step = "cancel"
        if booking := self.any_booking(number, status="confirmed"):
            flows.cancel_booking(booking, by=self.world.manager, in_full=True)

    @rule(where=SHOWTIMES)
    @precondition(lambda self: len(self.model.seen) > 2)
    def call_off(self, where):
        self.step = "worker"
        flows.cancel_showtime(self.world.showtimes[where], by=self.world.manager, reason="No light")
        self.world.survive(flows.finish_cancellations)

    @once_booked
    @rule(where=SHOWTIMES, minutes=st.sampled_from([-10, 10, 40]))
    def move(self, where, minutes):
        self.step = "move"
        showtime = Showtime.objects.select_related("layout__screen__theater").get(pk=self.world.showtimes[where].pk)
        target = {"starts_at": showtime.starts_at + timedelta(minutes=minutes), "layout": showtime.layout}
        seen = flows.plan_move(showtime, **target).fingerprint
        with suppress(NotMovable):
            flows.move_showtime(showtime, **target, by=self.world.manager, reason="No light", fingerprint=seen)

    @rule(amount=st.sampled_from(["9.00", "11.50", "0.00"]))
    def change_prices(self, amount):
        self.step = "prices"
        Price.objects.update(amount=amount)

    @once_sold
    @rule(number=ANY)
    def scan(self, number):
        self.step = "door"
        if ticket := self.pick(Ticket.objects.order_by("pk"), number):
            admission = flows.admit(ticket.serial, by=self.world.manager)
            assert admission.verdict != "welcome" or not ticket.revoked_at

    # Fate

    @once_booked
    @rule(seconds=st.sampled_from([61, 300, 601, 2000]))
    def time_passes(self, seconds):
        self.step = "time"
        self.world.advance(seconds)

    @once_booked
    @rule()
    def worker_runs(self):
        self.step = "worker"
        self.world.work()

    @once_booked
    @rule()
    def reconcile(self):
        self.step = "worker"
        self.world.survive(flows.reconcile)

    @once_booked
    @rule()
    def redis_forgets(self):
        self.step = "redis"
        self.world.redis.flushall()

    @rule(kind=st.sampled_from(["500", "503", "429", "cut"]), times=st.integers(1, 3))
    def stripe_stumbles(self, kind, times):
        self.step = "Stripe"
        self.sandbox.faults.plan(kind, path="*", times=times, method="*")

    @rule(point=st.sampled_from(sorted(CRASH_POINTS)))
    def next_process_dies(self, point):
        self.step = "doom"
        self.world.doomed = point

    @invariant()
    def look(self):
        self.model.look(self.step)

    def teardown(self):
        try:
            self.world.come_to_rest()
            self.model.look("rest")
            compare_ledgers(self.sandbox)
        finally:
            self.world.close()
