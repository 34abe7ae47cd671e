from django.db import migrations

from accounts.history import watch

# A new row says itself when it was made, and is never deleted.
LATER = "UPDATE OR DELETE"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_history"),
        ("bookings", "0005_trouble_settled_by"),
    ]

    operations = [
        # Not whose booking it is, nor what was said about it: once it is anonymised nobody is to find that out.
        watch("bookings_booking", events=LATER, without="user_id cancelled_by_id reason refund_policy"),
        watch("bookings_bookedseat", events=LATER),
        watch("bookings_payment", events=LATER, without="request session_url idempotency_key"),
        watch("bookings_refund", events=LATER, without="attempts next_attempt_at last_error idempotency_key"),
        watch("bookings_dispute", events=LATER),
        watch("bookings_ticket", events=LATER),
    ]
