import logging

from bookings.audit import audit
from bookings.flows.locking import database_now
from bookings.flows.troubles import Found, keep_troubles
from bookings.models import Inspection, Trouble

logger = logging.getLogger(__name__)


def inspect_books() -> Inspection:
    """Audit the books, keep the result, and list what is broken for staff."""
    inspection = Inspection.objects.create(kind=Inspection.Kind.AUDIT)
    results = audit()
    broken = [result for result in results if result.broken]
    for result in broken:
        logger.error("an invariant is broken", extra={"invariant": result.invariant.code, "times": result.broken})
    keep_troubles(map(trouble_of, broken), settles=[Trouble.Kind.BROKEN_RULE])
    inspection.ended_at, inspection.is_clean = database_now(), not broken
    inspection.results = {
        result.invariant.code: {"broken": result.broken, "examples": result.examples} for result in results
    }
    inspection.save()
    return inspection


def trouble_of(result) -> Found:
    words = f"{result.invariant.words} ({result.broken}: {', '.join(result.examples)})"
    return Found(Trouble.Kind.BROKEN_RULE, result.invariant.code, words)
