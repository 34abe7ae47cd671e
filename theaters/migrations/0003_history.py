from django.db import migrations

from accounts.history import watch


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_history"),
        ("theaters", "0002_teams"),
    ]

    operations = [
        watch("theaters_theater"),
        watch("theaters_refundrule"),
        watch("theaters_membership"),
        watch("theaters_screen"),
        watch("theaters_seatlayout"),
        watch("theaters_seatcategory"),
        watch("theaters_seatoutage"),
        watch("theaters_tickettype"),
        watch("theaters_pricecard"),
        watch("theaters_price"),
        watch("theaters_showtime"),
        # A new room has hundreds of them, and says so itself.
        watch("theaters_seat", events="UPDATE OR DELETE"),
    ]
