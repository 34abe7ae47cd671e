"""What was sold for the showtimes of past.py: nine in ten over the web, some cancelled, some never paid.

A batch is worked out once, into two temporary tables, and then written into every table of the books. Nothing here
is random: the same sizes give the same past. All amounts come from bookings/pricing.py, by way of scale_seat.
"""

from django.conf import settings
from django.db import connection

BATCH = 200_000
PARTIES = [2, 2, 4, 1, 2, 3, 2]  # as often as the demo's box office sells them
REGULARS_BOOKINGS = 250
# No 0/O, 1/I/L, as in models/bookings.py. An odd factor makes of every number another one of as many bits.
LETTERS = """
    CROSS JOIN LATERAL (
        SELECT translate(lpad(to_hex(id::bigint * {factor} & {most}), {length}, '0'),
            '0123456789abcdef', '346789ABCDEFGHJK') AS letters
    ) AS code
"""

SALES = """
    CREATE TEMPORARY TABLE sale ON COMMIT DROP AS
    SELECT n, %(bookings_base)s + n AS id, %(payments_base)s + n AS payment, showtime, movie, starts_at, scale_screen.*,
        party, first_seat, status, is_web, created, anonymised,
        CASE WHEN NOT is_web OR anonymised IS NOT NULL THEN NULL WHEN is_regulars THEN %(users_base)s + 1
            ELSE %(users_base)s + 2 + n * 7919 %% (%(users)s - 1) END AS customer,
        status IN ('confirmed', 'cancelled') AS is_sold,
        CASE WHEN status IN ('confirmed', 'cancelled') THEN created + interval '3 minutes' END AS confirmed,
        CASE WHEN status = 'cancelled' THEN created + interval '1 hour' END AS cancelled,
        created + interval '10 minutes' AS expires,
        CASE WHEN status = 'cancelled' THEN created + interval '1 hour'
            WHEN status <> 'confirmed' THEN created + interval '10 minutes' END AS released
    FROM generate_series(%(after)s::bigint + 1, %(up_to)s) AS n
    JOIN (
        SELECT id AS showtime, movie_id AS movie, screen_id, starts_at, ends_at FROM theaters_showtime
    ) AS played ON showtime = %(showtimes_base)s + 1 + (n - 1) * %(showtimes)s / %(bookings)s
    JOIN scale_screen ON screen = screen_id
    CROSS JOIN LATERAL ( -- how many were sold before for the same showtime
        SELECT n - 1
            - ((n - 1) * %(showtimes)s / %(bookings)s * %(bookings)s + %(showtimes)s - 1) / %(showtimes)s AS nth
    ) AS rank
    CROSS JOIN LATERAL (
        SELECT (%(parties)s::int[])[1 + nth %% 7] AS party,
            nth / 7 * (SELECT sum(seats) FROM unnest(%(parties)s::int[]) AS seats)
            + (SELECT coalesce(sum(seats), 0) FROM unnest((%(parties)s::int[])[:nth %% 7]) AS seats) AS first_seat,
            n >= %(remembered)s AND (n - %(remembered)s) %% %(regulars_step)s = 0 AS is_regulars
    ) AS seats
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n * 37 %% 100 < 80 THEN 'confirmed' WHEN n * 37 %% 100 < 85 THEN 'cancelled'
            WHEN n * 37 %% 100 < 98 THEN 'expired' ELSE 'failed' END AS status
    ) AS fate
    CROSS JOIN LATERAL (SELECT is_regulars OR status <> 'confirmed' OR n / 7 %% 8 > 0 AS is_web) AS desk
    CROSS JOIN LATERAL ( -- whoever cancels gets all of it back, a day before the start; the box office sells last
        SELECT least(starts_at, now()) - CASE WHEN NOT is_web THEN n %% 50 + 10
            ELSE CASE status WHEN 'cancelled' THEN 30 * 60 ELSE 20 END + n * 7727 %% 20160
            END * interval '1 minute' AS created,
        CASE WHEN ends_at < now() - %(remember)s * interval '1 day' THEN ends_at + %(remember)s * interval '1 day'
            END AS anonymised
    ) AS times
"""
SEATS = """
    CREATE TEMPORARY TABLE sale_seat ON COMMIT DROP AS
    SELECT sale.id AS booking, sale.id * 10 + nth - first_seat AS id, seat, ticket_type, label, showtime, is_sold,
        confirmed, cancelled, released, price, CASE WHEN is_web THEN fee ELSE 0 END AS fee,
        CASE WHEN is_web THEN tax ELSE counter_tax END AS tax,
        CASE WHEN is_web THEN total ELSE counter_total END AS total,
        CASE WHEN status = 'confirmed' AND starts_at < now() AND n %% 20 > 0
            THEN starts_at - n %% 15 * interval '1 minute' END AS admitted
    FROM sale JOIN scale_seat ON scale_seat.layout = sale.layout AND nth >= first_seat AND nth < first_seat + party
"""
BOOKINGS = f"""
    INSERT INTO bookings_booking (id, reference, user_id, anonymised_at, channel, sold_by_id, showtime_id, movie_id,
        starts_at, status, seat_labels, currency, price_total, fee_total, tax_total, total, tax_name, tax_rate,
        tax_included, fee_taxed, refund_policy, exchange_rule, created_at, expires_at, confirmed_at, paid_with_id,
        cancelled_at, cancelled_by_id, reason)
    SELECT id, substr(letters, 1, 4) || '-' || substr(letters, 5, 4) || '-' || substr(letters, 9), customer, anonymised,
        CASE WHEN is_web THEN 'web' ELSE 'counter' END, CASE WHEN NOT is_web THEN %(cashier)s END, showtime, movie,
        starts_at, status, labels, currency, price, fee, tax, total, tax_name, tax_rate, tax_included, fee_taxed,
        refund_policy, exchange_rule, created, expires, confirmed, CASE WHEN is_sold THEN payment END, cancelled,
        CASE WHEN status = 'cancelled' THEN customer END, ''
    FROM sale JOIN (
        SELECT booking, jsonb_agg(label ORDER BY id) AS labels, sum(price) AS price, sum(fee) AS fee, sum(tax) AS tax,
            sum(total) AS total
        FROM sale_seat GROUP BY booking
    ) AS sums ON booking = id
    {LETTERS.format(factor=61_803_398_875, most=2**48 - 1, length=12)} ORDER BY id
"""  # noqa: S608, numbers of ours
BOOKED_SEATS = """
    INSERT INTO bookings_bookedseat (id, booking_id, showtime_id, seat_id, ticket_type_id, price, fee, tax, total,
        released_at)
    SELECT id, booking, showtime, seat, ticket_type, price, fee, tax, total, released FROM sale_seat
"""
TICKETS = f"""
    INSERT INTO bookings_ticket (id, booked_seat_id, serial, issued_at, revoked_at, checked_in_at, checked_in_by_id)
    SELECT id, id, substr(letters, 1, 5) || '-' || substr(letters, 6), confirmed, cancelled, admitted,
        CASE WHEN admitted IS NOT NULL THEN %(usher)s END
    FROM sale_seat {LETTERS.format(factor=6_180_339_887, most=2**40 - 1, length=10)} WHERE is_sold
"""  # noqa: S608, numbers of ours
# Half of those that expired had been on Stripe's page.
PAYMENTS = """
    INSERT INTO bookings_payment (id, booking_id, tender, status, amount, currency, idempotency_key, request,
        session_id, session_url, session_expires_at, payment_intent, amount_received, currency_received, created_at,
        paid_at)
    SELECT payment, id, CASE WHEN is_web THEN 'stripe' ELSE 'card_terminal' END,
        CASE WHEN is_sold THEN 'paid' ELSE status END, total, currency, md5('demo' || payment), '{}',
        CASE WHEN is_web THEN 'cs_demo_' || payment END, '', CASE WHEN is_web THEN created + interval '30 minutes' END,
        CASE WHEN is_web AND is_sold THEN 'pi_demo_' || payment ELSE '' END,
        CASE WHEN is_sold THEN total END, CASE WHEN is_sold THEN currency ELSE '' END, created, confirmed
    FROM sale JOIN (SELECT booking, sum(total) AS total FROM sale_seat GROUP BY booking) AS sums ON booking = id
    WHERE status <> 'expired' OR n % 2 = 0
    ORDER BY payment
"""
REFUNDS = """
    INSERT INTO bookings_refund (payment_id, status, reason, amount, currency, idempotency_key, stripe_id,
        failure_reason, attempts, last_error, created_at, by_id)
    SELECT payment, 'succeeded', 'customer', total, currency, md5('demo refund' || payment), 're_demo_' || payment, '',
        1, '', cancelled, customer
    FROM sale JOIN (SELECT booking, sum(total) AS total FROM sale_seat GROUP BY booking) AS sums ON booking = id
    WHERE status = 'cancelled' ORDER BY payment
"""
MAILS = """
    INSERT INTO bookings_mail (booking_id, kind, status, attempts, last_error, message_id, created_at, next_attempt_at,
        sent_at)
    SELECT id, kind, 'sent', 0, '', gen_random_uuid(), moment, moment, moment
    FROM sale CROSS JOIN LATERAL (VALUES ('tickets', confirmed), ('cancelled', cancelled)) AS mail (kind, moment)
    WHERE is_web AND moment IS NOT NULL ORDER BY moment
"""
BOOKS = [BOOKINGS, BOOKED_SEATS, TICKETS, PAYMENTS, REFUNDS, MAILS]
# Whose first customer is still known.
REMEMBERED = """
    SELECT count(*) * %(bookings)s / %(showtimes)s + 1 FROM theaters_showtime
    WHERE id > %(showtimes_base)s AND ends_at < now() - %(remember)s * interval '1 day'
"""
# A booking's seats and their tickets have ten times its number, and that of each.
BASES = """
    SELECT (SELECT coalesce(max(id), 0) FROM bookings_payment), greatest((SELECT max(id) FROM bookings_booking), (
        SELECT max(id) / 10 FROM bookings_bookedseat), (SELECT max(id) / 10 FROM bookings_ticket), 0)
"""
COUNT_ON = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM {0}"
COUNTED = ["bookings_booking", "bookings_bookedseat", "bookings_ticket", "bookings_payment"]


def write_sales(words: dict, say) -> None:
    """`words`: how many bookings, showtimes and users, the ids before theirs, and who works at desk and door.

    A batch at a time, so that no step needs more memory than another; `say` hears how far it is.
    """
    words = words | {"parties": PARTIES, "remember": settings.ANONYMISE_AFTER_DAYS}
    with connection.cursor() as cursor:
        cursor.execute(BASES)
        words["payments_base"], words["bookings_base"] = cursor.fetchone()
        cursor.execute(REMEMBERED, words)
        words["remembered"] = cursor.fetchone()[0]
        words["regulars_step"] = max(1, (words["bookings"] - words["remembered"]) // REGULARS_BOOKINGS)
        for after in range(0, words["bookings"], BATCH):
            up_to = min(after + BATCH, words["bookings"])
            write_batch(cursor, words | {"after": after, "up_to": up_to})
            say(f"{up_to} bookings of {words['bookings']}")
        for table in COUNTED:
            cursor.execute(COUNT_ON.format(table))


def write_batch(cursor, words: dict) -> None:
    cursor.execute(SALES, words)
    cursor.execute(SEATS, words)
    for book in BOOKS:
        cursor.execute(book, words if "%(" in book else None)
    cursor.execute("DROP TABLE sale, sale_seat")
