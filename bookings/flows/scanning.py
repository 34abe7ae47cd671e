"""Scans that a phone has named and may send again: because no answer came, or from an evening without a line."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from bookings.flows.admission import Door, admit
from bookings.flows.locking import database_now
from bookings.models import DoorScan

LONGEST_WITHOUT_A_LINE = timedelta(days=1)


def receive_scan(uuid: UUID, code: str, *, by, door: Door, scanned_at: datetime, let_in: bool = False) -> DoorScan:
    """Judge a scan once, however often it is sent: what was said first is kept.

    `let_in`: the phone had no line and has let the person in by itself, so that the moment of the scan counts.
    """
    now = database_now()
    scanned_at = max(now - LONGEST_WITHOUT_A_LINE, min(scanned_at, now))
    said = {"by": by, "door": str(door), "scanned_at": scanned_at, "let_in": let_in}
    with transaction.atomic():
        # The unique id lets one of two that come at once wait here until the other has its verdict.
        scan, is_new = DoorScan.objects.get_or_create(uuid=uuid, defaults=said)
        if is_new:
            admission = admit(code, by=by, door=door, at=scanned_at if let_in else None)
            scan.verdict, scan.reason, scan.ticket = admission.verdict, admission.reason, admission.ticket
        # Our answer to the first asking came too late for the phone.
        scan.let_in = scan.let_in or let_in
        scan.save()
    return scan
