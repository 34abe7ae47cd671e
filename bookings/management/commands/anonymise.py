from django.conf import settings
from django.core.management.base import BaseCommand

from bookings import flows


class Command(BaseCommand):
    help = "Forget whose bookings were, ANONYMISE_AFTER_DAYS after the showtime. The worker does so every night."

    def handle(self, **options):
        number = flows.anonymise_old_bookings()
        self.stdout.write(f"{number} bookings older than {settings.ANONYMISE_AFTER_DAYS} days are anonymous now.")
