"""The second language is complete and as fresh as the pages. Judged by GNU gettext; where it is missing, not at all."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
PO = ROOT / "locale/ar/LC_MESSAGES/django.po"
NOWHERE = {"DEBUG": "1", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}

pytestmark = pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext (apt-get install gettext)")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def messages(path, *which):
    """{context and msgid} of those that msgattrib lets through."""
    text = run("msgattrib", "--no-wrap", "--force-po", *which, str(path))
    return set(re.findall(r'(?m)^((?:msgctxt "[^\n]*"\n)?msgid "(?:[^\n]*)"(?:\n"[^\n]*")*)', text)) - {'msgid ""'}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """What the pages say today, collected from a copy."""
    copy = tmp_path_factory.mktemp("words")
    for name in ("accounts", "bookings", "movies", "theaters", "moviebooking", "templates", "locale", "manage.py"):
        place = ROOT / name
        shutil.copytree(place, copy / name) if place.is_dir() else shutil.copy(place, copy / name)
    options = ["--locale", "ar", "--no-location", "--no-wrap", "--verbosity", "0"]
    environ = os.environ | NOWHERE | {"DJANGO_SETTINGS_MODULE": "moviebooking.settings"}
    run(sys.executable, "-W", "ignore", "manage.py", "makemessages", *options, cwd=copy, env=environ)
    return copy / PO.relative_to(ROOT)


def test_every_word_of_the_pages_then_it_stands_in_the_catalogue_and_nothing_else(collected):
    now, kept = messages(collected, "--no-obsolete"), messages(PO, "--no-obsolete")

    assert (sorted(now - kept), sorted(kept - now)) == ([], [])


def test_catalogue_then_nothing_is_untranslated_or_guessed():
    assert messages(PO, "--untranslated", "--no-obsolete") == set()
    assert messages(PO, "--only-fuzzy") == set()


def test_placeholders_then_each_translation_has_those_of_its_sentence(tmp_path):
    made = tmp_path / "django.mo"
    run("msgfmt", "--check-format", "--check-domain", "--output-file", str(made), str(PO))

    # What Django reads is made of what translators write.
    assert run("msgunfmt", "--no-wrap", str(made)) == run("msgunfmt", "--no-wrap", str(PO.with_suffix(".mo")))
