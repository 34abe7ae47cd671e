from django.db import migrations

# A payment that bought its seats is the paid one that was not sent back for reasons of its own.
SAY_WHICH = """
UPDATE bookings_booking AS booking
SET paid_with_id = (
    SELECT min(payment.id)
    FROM bookings_payment AS payment
    WHERE payment.booking_id = booking.id
      AND payment.status = 'paid'
      AND NOT EXISTS (
          SELECT FROM bookings_refund AS refund
          WHERE refund.payment_id = payment.id
            AND refund.reason IN ('paid_twice', 'wrong_amount', 'seats_gone', 'showtime_closed')
      )
)
WHERE booking.status IN ('confirmed', 'cancelled') AND booking.paid_with_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_books_and_troubles")]

    operations = [migrations.RunSQL(SAY_WHICH, migrations.RunSQL.noop)]
