from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

# Half built by a run that was broken off.
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {}"


class Migration(migrations.Migration):
    """Over all bookings ever made, so without a lock that sales would wait for. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [("bookings", "0019_find_seats_given_back")]
    operations = [
        migrations.RunSQL(DROP.format("booking_made_at"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(fields=["-created_at", "-id"], name="booking_made_at"),
        ),
        migrations.RunSQL(DROP.format("payment_unsettled"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["status"], condition=Q(status__in=["creating", "open", "processing"]), name="payment_unsettled"
            ),
        ),
        migrations.RunSQL(DROP.format("mail_failed"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="mail",
            index=models.Index(fields=["booking"], condition=Q(status="failed"), name="mail_failed"),
        ),
        migrations.RunSQL(DROP.format("refund_unfinished"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["status", "next_attempt_at"],
                condition=Q(status__in=["created", "at_counter", "pending", "failed"]),
                name="refund_unfinished",
            ),
        ),
    ]
