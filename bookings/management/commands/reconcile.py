from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from bookings import flows
from bookings.flows.locking import database_now
from bookings.models import Trouble


class Command(BaseCommand):
    help = "Compares Stripe's books with ours, makes good what was missed, and prints what staff must look at."

    def add_arguments(self, parser):
        parser.add_argument("--hours", type=float, default=72, help="how far to look back (72)")

    def handle(self, *, hours, **options):
        inspection = flows.reconcile(since=database_now() - timedelta(hours=hours))
        for what, how_many in inspection.results.items():
            self.stdout.write(f"{what}: {how_many}")
        for trouble in Trouble.objects.open():
            self.stdout.write(f"{trouble.get_kind_display()}: {trouble.words}")
        if not inspection.ended_at:
            raise CommandError("Stripe did not answer to the end. Run it again.")
        self.stdout.write("All in order." if inspection.is_clean else "The office lists this under “Troubles”.")
