from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Half built by a run that was broken off.
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {}"


class Migration(migrations.Migration):
    """Over all showtimes there ever were, without a lock that sales would wait for. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [("theaters", "0014_waiting_lists")]
    operations = [
        migrations.RunSQL(DROP.format("showtime_starts_at"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="showtime",
            index=models.Index(fields=["starts_at"], name="showtime_starts_at"),
        ),
        migrations.RunSQL(DROP.format("showtime_business_date"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="showtime",
            index=models.Index(fields=["business_date"], name="showtime_business_date"),
        ),
    ]
