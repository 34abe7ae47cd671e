from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("theaters", "0004_rooms_and_house_seats"),
    ]

    operations = [
        migrations.AddField(
            model_name="showtime",
            name="on_sale_from",
            field=models.DateTimeField(blank=True, null=True, verbose_name="on sale from"),
        ),
        migrations.AddField(
            model_name="showtime",
            name="sale_closed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="sale closed by staff at"),
        ),
    ]
