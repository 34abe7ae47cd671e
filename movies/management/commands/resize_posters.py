from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from movies.models import Movie
from movies.renditions import make_card, make_renditions, sources


class Command(BaseCommand):
    help = "Make the small sizes of posters that have none, such as those uploaded before there were any."

    def handle(self, **options):
        for movie in Movie.objects.exclude(poster="").order_by("title"):
            if not sources(movie):
                self.stdout.write(f"{movie}: {self.resize(movie, make_renditions)}")
            elif "card" not in movie.poster_sizes:
                self.stdout.write(f"{movie}: {self.resize(movie, make_card)}")

    def resize(self, movie, make):
        try:
            make(movie)
        except (ValidationError, OSError):
            return "its poster cannot be read. Upload it again."
        movie.save(update_fields=["poster_sizes"])
        return "done"
