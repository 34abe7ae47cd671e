import time

from django.core.management.base import BaseCommand, CommandError

from bookings import flows
from bookings.invariants import INVARIANTS


class Command(BaseCommand):
    help = "Checks the invariants of seats and money, and prints how often each is broken. Exit status 1: one is."

    def handle(self, **options):
        began = time.monotonic()
        inspection = flows.inspect_books()
        for invariant in INVARIANTS:
            result = inspection.results[invariant.code]
            self.stdout.write(f"{invariant.code:<4}{result['broken']:>7}  {invariant.words}")
            for example in result["examples"]:
                self.stdout.write(f"{'':13}{example}")
        self.stdout.write(f"Looked at in {time.monotonic() - began:.2f} seconds.")
        if not inspection.is_clean:
            raise CommandError("The books are not in order. The office lists it under “Troubles”.")
