from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

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
    ]
