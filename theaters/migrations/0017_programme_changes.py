from django.db import migrations

from movies.programme import COUNT_CHANGES, part_of_programme


class Migration(migrations.Migration):
    dependencies = [
        ("theaters", "0016_waiting_rooms"),
        ("movies", "0007_reviews_and_lists"),
        ("accounts", "0006_language"),
        ("bookings", "0008_move_and_break_off"),
    ]

    operations = [
        COUNT_CHANGES,
        part_of_programme("movies_credit"),
        part_of_programme("movies_genre"),
        part_of_programme("movies_language"),
        part_of_programme("movies_movie"),
        part_of_programme("movies_movie_genres"),
        part_of_programme("movies_review"),
        part_of_programme("theaters_city"),
        part_of_programme("theaters_houseseats"),
        part_of_programme("theaters_houseseats_seats"),
        part_of_programme("theaters_price"),
        part_of_programme("theaters_refundrule"),
        part_of_programme("theaters_screen"),
        part_of_programme("theaters_seat"),
        part_of_programme("theaters_seatoutage"),
        part_of_programme("theaters_showtime"),
        part_of_programme("theaters_surcharge"),
        part_of_programme("theaters_taxrule"),
        part_of_programme("theaters_theater"),
        part_of_programme("theaters_tickettype"),
        part_of_programme("bookings_showtimemove"),
        # The name under a review.
        part_of_programme("accounts_user", column="name"),
    ]
