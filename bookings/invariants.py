"""What is true of the books at any moment, as SQL that finds whatever breaks it.

Nothing here asks the models, whose mistakes it seeks. Each query gives one row, `about`, for every breach: a booking's
reference, or what else names the place. Each sees one snapshot, so an audit may run in the middle of a sale.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Invariant:
    code: str
    words: str
    sql: str


INVARIANTS = [
    Invariant(
        "I1",
        _("No seat has two live rows, is in a room the showtime has left, or is kept by a booking that is over."),
        """
        SELECT 'showtime ' || showtime_id || ', seat ' || seat_id AS about
        FROM ( -- in the order of their index: hashed, the groups would not fit into memory
            SELECT showtime_id, seat_id FROM bookings_bookedseat
            WHERE released_at IS NULL ORDER BY showtime_id, seat_id OFFSET 0
        ) AS live
        GROUP BY showtime_id, seat_id HAVING count(*) > 1
        UNION ALL
        SELECT booking.reference FROM theaters_showtime AS showtime
        JOIN bookings_bookedseat AS booked ON booked.showtime_id = showtime.id AND booked.released_at IS NULL
        JOIN theaters_seat AS seat ON seat.id = booked.seat_id AND seat.layout_id <> showtime.layout_id
        JOIN bookings_booking AS booking ON booking.id = booked.booking_id
        WHERE showtime.id IN (SELECT showtime_id FROM bookings_showtimemove)
        UNION ALL
        SELECT booking.reference FROM bookings_booking AS booking JOIN bookings_bookedseat AS seat
          ON seat.booking_id = booking.id AND seat.released_at IS NULL
        WHERE booking.status IN ('expired', 'failed', 'cancelled')
        """,
    ),
    Invariant(
        "I2",
        _("What is sold is paid, by old tickets and one payment of the exact rest and currency, or it was free."),
        """
        SELECT booking.reference AS about FROM bookings_booking AS booking
        LEFT JOIN bookings_payment AS payment ON payment.id = booking.paid_with_id
        LEFT JOIN bookings_exchange AS exchange ON exchange.new_id = booking.id
        WHERE booking.status = 'confirmed' AND (
            CASE WHEN booking.total = coalesce(exchange.credit, 0) THEN booking.paid_with_id IS NOT NULL
            ELSE payment.id IS NULL OR payment.status <> 'paid' OR payment.booking_id <> booking.id
              OR payment.amount_received <> booking.total - coalesce(exchange.credit, 0)
              OR payment.currency_received <> booking.currency END)
        """,
    ),
    Invariant(
        "I3",
        _("All money that came in has bought tickets, or is on its way back, or waits in the list of troubles."),
        """
        WITH useless AS MATERIALIZED ( -- few, and only of them is the way back to be looked up
            SELECT booking.reference, payment.id, payment.amount_received
            FROM bookings_payment AS payment JOIN bookings_booking AS booking ON booking.id = payment.booking_id
            WHERE payment.status = 'paid' AND booking.paid_with_id IS DISTINCT FROM payment.id
        )
        SELECT reference AS about FROM useless
        WHERE amount_received > (
            SELECT coalesce(sum(refund.amount), 0) FROM bookings_refund AS refund
            WHERE refund.payment_id = useless.id
              AND (refund.status = ANY(%(going_back)s) OR refund.status = 'failed'))
            + (SELECT coalesce(sum(dispute.amount), 0) FROM bookings_dispute AS dispute
            WHERE dispute.payment_id = useless.id AND dispute.status NOT IN ('won', 'warning_closed', 'prevented'))
        """,
    ),
    Invariant(
        "I4",
        _("No more goes back than came in, and in the same currency."),
        """
        SELECT booking.reference AS about FROM bookings_refund AS refund
        JOIN bookings_payment AS payment ON payment.id = refund.payment_id
        JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        WHERE refund.status = ANY(%(going_back)s)
        GROUP BY booking.reference, payment.id
        HAVING sum(refund.amount) > coalesce(payment.amount_received, 0)
          OR bool_or(refund.currency <> payment.currency_received)
        """,
    ),
    Invariant(
        "I5",
        _("What is over stays over: what was once confirmed is confirmed or cancelled, nothing else."),
        """
        SELECT reference AS about FROM bookings_booking
        WHERE (confirmed_at IS NOT NULL AND status NOT IN ('confirmed', 'cancelled'))
          OR (confirmed_at IS NULL AND status IN ('confirmed', 'cancelled'))
          OR (cancelled_at IS NOT NULL) <> (status = 'cancelled')
          OR (paid_with_id IS NOT NULL AND status NOT IN ('confirmed', 'cancelled'))
        """,
    ),
    Invariant(
        "I6",
        _("Nobody keeps more seats or showtimes waiting for payment than allowed."),
        """
        SELECT 'customer ' || booking.user_id AS about FROM bookings_booking AS booking
        JOIN accounts_user AS customer ON customer.id = booking.user_id AND NOT customer.is_staff
        WHERE booking.status = 'pending' AND booking.expires_at > now()
          AND NOT EXISTS (SELECT FROM bookings_payment AS payment
            WHERE payment.booking_id = booking.id AND payment.status = 'processing')
        GROUP BY booking.user_id
        HAVING sum(jsonb_array_length(booking.seat_labels)) > %(most_seats)s
          OR count(DISTINCT booking.showtime_id) > %(most_showtimes)s
        """,
    ),
    Invariant(
        "I7",
        _("No seat is shown as free while its former booking can still be paid."),
        """
        SELECT booking.reference AS about
        FROM bookings_payment AS payment JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        WHERE payment.status IN ('creating', 'open') AND payment.session_expires_at > now()
          AND payment.session_id IS NOT NULL -- without it nobody knows the page
          AND ((booking.status = 'pending'
                AND booking.expires_at < now() - %(grace)s * interval '1 second' - %(nap)s * interval '1 second')
            OR (booking.status NOT IN ('pending', 'confirmed')
                AND booking.expires_at < now() - %(nap)s * interval '1 second'))
        """,
    ),
    Invariant(
        "I8",
        _("Each sold seat has one live ticket, and nothing else has one."),
        """
        SELECT booking.reference AS about FROM bookings_booking AS booking
        JOIN bookings_bookedseat AS seat ON seat.booking_id = booking.id
        LEFT JOIN (
            SELECT booked_seat_id, count(*) AS tickets FROM bookings_ticket
            WHERE revoked_at IS NULL GROUP BY booked_seat_id
        ) AS live ON live.booked_seat_id = seat.id
        WHERE coalesce(live.tickets, 0) <> (booking.status = 'confirmed' AND seat.released_at IS NULL)::int
        """,
    ),
    Invariant(
        "I9",
        _("Each mail that is owed is sent or waits, and only once."),
        """
        SELECT booking.reference AS about FROM bookings_booking AS booking
        LEFT JOIN bookings_mail AS mail ON mail.booking_id = booking.id
          AND mail.kind IN ('tickets', 'cancelled', 'showtime_cancelled')
        LEFT JOIN bookings_exchange AS exchange ON exchange.old_id = booking.id AND exchange.done_at IS NOT NULL
        WHERE booking.status IN ('confirmed', 'cancelled') AND booking.channel = 'web' -- the counter prints
        GROUP BY booking.id, exchange.id -- the mail with the new tickets tells of the old
        HAVING count(*) FILTER (WHERE mail.kind = 'tickets') <> 1
          OR count(*) FILTER (WHERE mail.kind <> 'tickets')
            <> (booking.status = 'cancelled' AND exchange.id IS NULL)::int
        """,
    ),
    Invariant(
        "I10",
        _("Seats and price are those frozen at the hold: all there, adding up, and the payment asks for just that."),
        """
        SELECT booking.reference AS about FROM bookings_booking AS booking
        LEFT JOIN (
            SELECT booking_id, sum(price) AS price, sum(fee) AS fee, sum(tax) AS tax, sum(total) AS total,
                count(*) FILTER (WHERE released_at IS NULL) AS live
            FROM bookings_bookedseat GROUP BY booking_id
        ) AS seats ON seats.booking_id = booking.id
        WHERE (seats.price, seats.fee, seats.tax, seats.total)
            IS DISTINCT FROM (booking.price_total, booking.fee_total, booking.tax_total, booking.total)
          OR booking.total <> booking.price_total + booking.fee_total
            + CASE WHEN booking.tax_included THEN 0 ELSE booking.tax_total END
          OR (booking.status = 'confirmed' AND seats.live IS DISTINCT FROM jsonb_array_length(booking.seat_labels))
        UNION ALL
        SELECT booking.reference
        FROM bookings_payment AS payment JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        LEFT JOIN bookings_exchange AS exchange ON exchange.new_id = booking.id
        WHERE (payment.amount, payment.currency)
            IS DISTINCT FROM (booking.total - coalesce(exchange.credit, 0), booking.currency)
        UNION ALL
        -- most have neither surcharge nor discount
        SELECT coalesce(booking.reference, (SELECT reference FROM bookings_booking WHERE id = seats.booking_id))
        FROM (
            SELECT id, reference, surcharge_total AS surcharge, discount_total AS discount
            FROM bookings_booking WHERE surcharge_total <> 0 OR discount_total <> 0
        ) AS booking FULL JOIN (
            SELECT booking_id, sum(surcharge) AS surcharge, sum(discount) AS discount
            FROM bookings_bookedseat WHERE surcharge <> 0 OR discount <> 0 GROUP BY booking_id
        ) AS seats ON seats.booking_id = booking.id
        WHERE (booking.surcharge, booking.discount) IS DISTINCT FROM (seats.surcharge, seats.discount)
        """,
    ),
    Invariant(
        "I11",
        _("Nothing is sold after the sale has closed, nor for a showtime that is called off."),
        """
        SELECT booking.reference AS about FROM bookings_booking AS booking
        JOIN theaters_showtime AS showtime ON showtime.id = booking.showtime_id
        LEFT JOIN bookings_showtimecancellation AS cancellation ON cancellation.showtime_id = showtime.id
        LEFT JOIN ( -- bought before a move to an earlier time
            SELECT moved.booking_id, max(move.old_starts_at) AS starts_at FROM bookings_movedbooking AS moved
            JOIN bookings_showtimemove AS move ON move.id = moved.move_id GROUP BY moved.booking_id
        ) AS before ON before.booking_id = booking.id
        WHERE (booking.channel = 'web'
            AND booking.created_at >= greatest(booking.starts_at, before.starts_at)
            + (showtime.sales_close_at - showtime.starts_at)
            AND booking.created_at >= coalesce(showtime.sale_closed_at, booking.created_at))
          OR booking.confirmed_at > greatest(booking.starts_at, before.starts_at)
            + (showtime.ends_at - showtime.starts_at)
          OR (booking.status = 'confirmed' AND showtime.status = 'cancelled'
              AND (cancellation.created_at IS NULL OR cancellation.finished_at IS NOT NULL
                   OR cancellation.created_at < now() - %(nap)s * interval '1 second'))
        """,
    ),
    Invariant(
        "I12",
        _("Every amount that came or went is Stripe's, too, or the box office's: with Stripe's ids, or its cashier."),
        """
        SELECT booking.reference AS about
        FROM bookings_payment AS payment JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        WHERE payment.status = 'paid' AND (payment.amount_received IS NULL OR payment.paid_at IS NULL
          OR (payment.tender = 'stripe' AND (coalesce(payment.session_id, '') = '' OR payment.payment_intent = '')))
        UNION ALL
        SELECT booking.reference
        FROM bookings_payment AS payment JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        WHERE payment.status = 'paid' AND payment.tender <> 'stripe'
          AND (booking.sold_by_id IS NULL OR (payment.tender = 'cash' AND payment.shift_id IS NULL))
        UNION ALL
        SELECT booking.reference FROM bookings_refund AS refund
        JOIN bookings_payment AS payment ON payment.id = refund.payment_id
        JOIN bookings_booking AS booking ON booking.id = payment.booking_id
        WHERE refund.stripe_id IS NULL AND refund.status = ANY(%(going_back)s) AND CASE
            WHEN payment.tender = 'stripe' THEN refund.status <> 'created'
            WHEN refund.status = 'succeeded' THEN refund.paid_out_at IS NULL OR refund.by_id IS NULL
              OR (payment.tender = 'cash' AND refund.shift_id IS NULL)
            ELSE refund.status <> 'at_counter' END
        UNION ALL
        SELECT about FROM bookings_trouble
        WHERE kind IN ('orphan_money', 'other_amount') AND settled_at IS NULL
        """,
    ),
    Invariant(
        "I13",
        _("No promo code is used more often than it may be, and each discount is that of a code in use."),
        """
        SELECT 'promo code ' || promo.code AS about
        FROM bookings_promocode AS promo JOIN bookings_redemption AS redemption
          ON redemption.promo_code_id = promo.id AND redemption.released_at IS NULL
        GROUP BY promo.id HAVING count(*) > promo."limit"
        UNION ALL
        SELECT booking.reference
        FROM ( -- few, and both are found by an index
            SELECT id FROM bookings_booking WHERE discount_total <> 0
            UNION SELECT booking_id FROM bookings_redemption WHERE released_at IS NULL
        ) AS cheaper JOIN bookings_booking AS booking ON booking.id = cheaper.id
        LEFT JOIN bookings_redemption AS redemption
          ON redemption.booking_id = booking.id AND redemption.released_at IS NULL
        WHERE coalesce(redemption.amount, 0)
            <> CASE WHEN booking.status IN ('pending', 'confirmed') THEN booking.discount_total ELSE 0 END
        """,
    ),
    Invariant(
        "I14",
        _("Each closed shift expects what its ledger adds up to, and the numbers of a theater have no gap."),
        """
        WITH cash AS (
            SELECT shift_id, sum(amount_received) AS amount FROM bookings_payment
            WHERE tender = 'cash' AND status = 'paid' GROUP BY shift_id
            UNION ALL
            SELECT refund.shift_id, -sum(refund.amount) FROM bookings_refund AS refund
            JOIN bookings_payment AS payment ON payment.id = refund.payment_id
            WHERE payment.tender = 'cash' AND refund.shift_id IS NOT NULL GROUP BY refund.shift_id
            UNION ALL
            SELECT shift_id, sum(CASE kind WHEN 'in' THEN amount ELSE -amount END) FROM bookings_cashmovement
            GROUP BY shift_id
        ), drawer AS (SELECT shift_id, sum(amount) AS amount FROM cash GROUP BY shift_id)
        SELECT 'shift ' || shift.id AS about
        FROM bookings_shift AS shift LEFT JOIN drawer ON drawer.shift_id = shift.id
        WHERE shift.closed_at IS NOT NULL AND shift.expected <> shift.float + coalesce(drawer.amount, 0)
        UNION ALL
        SELECT 'theater ' || theater_id FROM bookings_shift GROUP BY theater_id HAVING max(number) <> count(number)
        """,
    ),
    Invariant(
        "I15",
        _("What old tickets were worth is in the new ones, has gone back or was kept, and nobody has both."),
        """
        SELECT old.reference AS about FROM bookings_exchange AS exchange
        JOIN bookings_booking AS old ON old.id = old_id JOIN bookings_booking AS new ON new.id = new_id
        WHERE exchange.credit > new.total OR old.currency <> new.currency
          OR (exchange.done_at IS NOT NULL) <> (new.status IN ('confirmed', 'cancelled'))
          OR (exchange.done_at IS NOT NULL AND (old.status <> 'cancelled'
            OR exchange.value <> (SELECT sum(seat.total) FROM bookings_bookedseat AS seat
                WHERE seat.booking_id = old.id AND seat.cancelled_at IS NULL)
            -- refunds of what an exchange has passed on name the new booking
            OR exchange.credit < (SELECT sum(refund.amount) FROM bookings_refund AS refund
                WHERE refund.sale_id = new.id AND refund.status = ANY(%(going_back)s))))
        UNION ALL
        SELECT booking.reference FROM bookings_bookedseat AS seat
        JOIN bookings_booking AS booking ON booking.id = seat.booking_id
        WHERE seat.cancelled_at IS NOT NULL
          AND (seat.released_at IS NULL OR booking.status NOT IN ('confirmed', 'cancelled'))
        """,
    ),
    Invariant(
        "I16",
        _("No seat is sold or being sold to somebody while the waiting list keeps it for somebody else."),
        """
        SELECT booking.reference AS about FROM bookings_offeredseat AS offered
        JOIN bookings_waitingentry AS entry
          ON entry.id = offered.entry_id AND entry.offered_until > statement_timestamp()
        JOIN bookings_bookedseat AS booked ON booked.showtime_id = offered.showtime_id
          AND booked.seat_id = offered.seat_id AND booked.released_at IS NULL
        JOIN bookings_booking AS booking ON booking.id = booked.booking_id
        WHERE booking.user_id IS DISTINCT FROM entry.user_id
        """,
    ),
    Invariant(
        "I17",
        _("What was kept for wheelchair users and sold to others was on general sale, for a reason that was true."),
        """
        SELECT booking.reference AS about FROM bookings_bookedseat AS booked
        JOIN bookings_seatrelease AS release ON release.id = booked.release_id
        JOIN bookings_booking AS booking ON booking.id = booked.booking_id
        WHERE (release.showtime_id <> booked.showtime_id OR NOT booked.seat_id = ANY(release.seat_ids)
            OR booking.created_at >= release.protected_at)
          AND NOT EXISTS (SELECT FROM bookings_movedbooking AS moved WHERE moved.booking_id = booking.id)
        UNION ALL
        SELECT 'showtime ' || showtime_id FROM bookings_seatrelease
        WHERE protected_at < released_at OR (rule <> 'minutes' AND (general = 0 OR sold <> general))
        """,
    ),
]
