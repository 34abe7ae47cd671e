from django.db import migrations

from accounts.history import watch


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_history"),
        ("movies", "0001_initial"),
        ("theaters", "0001_initial"),
        ("bookings", "0005_trouble_settled_by"),
    ]

    operations = [
        watch("movies_credit"),
        watch("theaters_city"),
        # Every inspection sees it again; who settled it, and when it came back, is worth noting.
        watch("bookings_trouble", events="UPDATE OR DELETE", without="last_seen_at"),
    ]
