from django.db import migrations

from accounts.history import watch


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_history"),
        ("movies", "0001_initial"),
    ]

    operations = [
        watch("movies_movie"),
    ]
