from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from movies.models import Movie
from movies.renditions import make_renditions, sources


class Command(BaseCommand):
    help = "Make the small sizes of posters that have none, such as those uploaded before there were any."

    def handle(self, **options):
        for movie in Movie.objects.exclude(poster="").order_by("title"):
            if not sources(movie):
                self.stdout.write(f"{movie}: {self.resize(movie)}")

    def resize(self, movie):
        try:
            make_renditions(movie)
        except (ValidationError, OSError):
            return "its poster cannot be read. Upload it again."
        movie.save(update_fields=["poster_sizes"])
        return "done"
