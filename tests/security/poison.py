"""Every text that anybody can write, replaced by one that wants to be a script."""

from html.parser import HTMLParser

from django.apps import apps
from django.db import connection
from django.db.models import CharField, F, FileField, TextField, Value
from django.db.models.functions import Concat, Right

from bookings.models import Booking, Inspection

POISON = "\"'><img src=x onerror=stolen()><script>stolen()</script>{{7*7}}"
POISONS = [POISON, "<img src=x onerror=stolen()>", "<u>x"]  # whatever fits; nothing of ours is underlined
APPS = ("account", "accounts", "movies", "theaters", "bookings")
# What the server makes, or checks against a list or a pattern: nobody can write a script there.
SAFE = {
    *("currency", "currency_received", "time_zone", "reference", "serial", "idempotency_key", "password", "slug"),
    *("session_id", "payment_intent", "stripe_id", "event_id", "object_id", "session_url", "trailer_url", "key"),
    *("session_key", "session_data", "table", "report", "content_hash", "country"),
}


def poison():
    """Past every form, check and trigger, straight into the rows; how many texts it were."""
    count = 0
    without_triggers("replica")
    for model in (model for app in APPS for model in apps.get_app_config(app).get_models()):
        for field in filter(is_writable, model._meta.concrete_fields):
            model._base_manager.update(**{field.name: text_for(field)})
            count += 1
    Booking.objects.update(seat_labels=[POISON])
    Inspection.objects.update(results={POISON: POISON})
    without_triggers("DEFAULT")
    return count


def without_triggers(role):
    """History and closed shifts refuse to be rewritten; with "replica", until "DEFAULT", they do not."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = {role}")


def is_writable(field):
    is_text = isinstance(field, CharField | TextField) and not isinstance(field, FileField)
    return is_text and not field.choices and field.name not in SAFE


def text_for(field):
    room = field.max_length or 1000
    is_unique = field.unique or any(field.name in getattr(rule, "fields", ()) for rule in field.model._meta.constraints)
    if not is_unique:
        return next(text for text in POISONS if len(text) <= room)
    number = Right(Concat(Value("000"), F("pk"), output_field=CharField()), 4)
    text = next((text for text in POISONS if len(text) + 4 <= room), "")
    return Concat(Value(text), number, output_field=CharField())


class Dangers(HTMLParser):
    """What of a page would run, or goes against the policy: our pages have none of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "u" or named.get("src") == "x":
            self.found.append("an element of the poison")
        is_data = named.get("type") in ("application/json", "application/ld+json")
        if tag == "style" or (tag == "script" and "src" not in named and not is_data):
            self.found.append(f"an inline {tag}")
        if (named.get("href") or "").lower().startswith("javascript:"):
            self.found.append("a link that runs")
        self.found += [f"{tag} {name}" for name in named if name.startswith("on") or name == "style"]


def dangers(html):
    parser = Dangers()
    parser.feed(html)
    return parser.found
