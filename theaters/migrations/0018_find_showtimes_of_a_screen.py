from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    """The sale goes on meanwhile. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [("theaters", "0017_programme_changes")]
    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS showtime_of_screen", migrations.RunSQL.noop),
        AddIndexConcurrently("showtime", models.Index(fields=["screen", "starts_at"], name="showtime_of_screen")),
        migrations.AlterField(
            "showtime",
            "movie",
            models.ForeignKey(
                db_index=False,
                on_delete=deletion.PROTECT,
                related_name="showtimes",
                to="movies.movie",
                verbose_name="movie",
            ),
        ),
        migrations.AlterField(
            "showtime",
            "screen",
            models.ForeignKey(
                db_index=False,
                on_delete=deletion.PROTECT,
                related_name="showtimes",
                to="theaters.screen",
                verbose_name="screen",
            ),
        ),
    ]
