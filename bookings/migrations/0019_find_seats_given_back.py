from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

# Half built by a run that was broken off.
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {}"


class Migration(migrations.Migration):
    """Over all seats ever sold, so without a lock that sales would wait for. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [("bookings", "0018_wheelchair_space_release")]
    operations = [
        migrations.RunSQL(DROP.format("booked_seat_given_back"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="bookedseat",
            index=models.Index(fields=["booking"], condition=Q(cancelled_at__isnull=False), name="booked_seat_given_back"),
        ),
        migrations.RunSQL(DROP.format("booked_seat_released_by"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="bookedseat",
            index=models.Index(fields=["release"], condition=Q(release__isnull=False), name="booked_seat_released_by"),
        ),
        migrations.RunSQL(DROP.format("refund_of_exchanged"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(fields=["sale"], condition=Q(sale__isnull=False), name="refund_of_exchanged"),
        ),
    ]
