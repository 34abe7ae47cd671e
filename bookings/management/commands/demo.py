from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bookings import demo
from bookings.demo.past import REGULAR
from bookings.demo.people import DUTIES, PASSWORD
from bookings.demo.scale import Scale, ScaleError


class Command(BaseCommand):
    help = "Fill an empty database with a believable programme, or add the days that are missing."

    def add_arguments(self, parser):
        parser.add_argument("--buyers", type=int, default=0, help="so many more logins, buyer0001@example.com and on")
        parser.add_argument("--sales", action="store_true", help="the box office has sold some tickets already")
        parser.add_argument(
            "--scale",
            nargs="+",
            metavar="bookings=1000000",
            help="years of business before; a tenth as many showtimes, unless showtimes= and theaters= say otherwise",
        )
        parser.add_argument("--force", action="store_true", help="even where DEBUG is off")

    def handle(self, *, buyers, sales, scale, force, **options):
        if not (settings.DEBUG or force):
            raise CommandError(
                "The demo’s logins are easy to guess. Where DEBUG is off, add --force to have them all the same."
            )
        say = self.stdout.write if options["verbosity"] else lambda words: None
        try:
            counts = demo.fill(buyers=buyers, sales=sales, scale=scale and Scale.read(scale), say=say)
        except ScaleError as error:
            raise CommandError(error) from error
        if options["verbosity"]:
            self.say_what_there_is(counts, buyers, scale)

    def say_what_there_is(self, counts, buyers, scale):
        self.stdout.write("There are now " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".\n\n")
        for email, duty in DUTIES.items():
            self.stdout.write(f"  {email:<24} {duty}")
        if buyers:
            self.stdout.write(f"  {'buyer0001@example.com':<24} and on, to buyer{buyers:04}")
        if scale:
            self.stdout.write(f"  {REGULAR:<24} has been here more often than anybody")
        self.stdout.write(f"\nThe password of all is “{PASSWORD}”.")
