from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

# Half built by a run that was broken off.
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {}"


class Migration(migrations.Migration):
    """Over all seats ever sold, so without a lock that sales would wait for. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [
        ("bookings", "0011_reports"),
        ("movies", "0003_no_passes"),
        ("theaters", "0008_film_week"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(DROP.format("booked_seat_adjusted"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="bookedseat",
            index=models.Index(
                fields=["booking"], condition=~Q(surcharge=0) | ~Q(discount=0), name="booked_seat_adjusted"
            ),
        ),
        migrations.RunSQL(DROP.format("booking_adjusted"), migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(
                fields=["showtime"], condition=~Q(surcharge_total=0) | ~Q(discount_total=0), name="booking_adjusted"
            ),
        ),
    ]
