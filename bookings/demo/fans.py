"""What moviegoers say and want, so that reviews, the watchlist and a list for friends have something to show."""

from django.contrib.auth import get_user_model

from bookings.demo.people import ACCOUNTANT, BOX_OFFICE, DOOR, MOVIEGOER
from movies.models import Movie, Review

REVIEWS = {
    MOVIEGOER: (5, "I forgot my popcorn, and that I was hungry."),
    DOOR: (4, "Half an hour too long, and I would not know which half."),
    BOX_OFFICE: (4, "Sit in the back: the last shot wants the whole screen."),
    ACCOUNTANT: (2, "The sums in the scene at the bank do not add up."),
}


def create_fans():
    """Two reviewed movies, one review each left to moderate. Where anybody has written before, nothing."""
    if Review.objects.exists():
        return
    people = get_user_model().objects.in_bulk(list(REVIEWS), field_name="email")
    movies = list(Movie.objects.now_showing().order_by("title")[:6])
    for movie in movies[:2]:
        for email, (stars, text) in REVIEWS.items():
            Review.objects.write(people[email], movie, stars=stars, text=text)
    Review.objects.exclude(user=people[ACCOUNTANT]).update(status=Review.Status.APPROVED)
    shared = people[MOVIEGOER].movie_lists.create(title="For a rainy Sunday")
    for movie in movies[2:]:
        people[MOVIEGOER].watchlist.create(movie=movie)
        shared.append(movie)
