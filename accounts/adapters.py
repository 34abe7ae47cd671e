import logging
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import languages

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user.name = form.cleaned_data.get("name", "")
        user.language = languages.known_language(get_language() or "")
        return super().save_user(request, user, form, commit=commit)

    def is_safe_url(self, url):
        try:
            return super().is_safe_url(url)
        except ValueError:  # http://[ is no address at all
            return False

    def render_mail(self, template_prefix, email, context, headers=None):
        """Names and links in mails come from our settings: a forged Host header must not reach them."""
        ours = {name: at_home(value) for name, value in context.items() if value and name.endswith("_url")}
        ours["current_site"] = {"name": settings.SITE_NAME, "domain": urlsplit(settings.SITE_URL).netloc}
        ours |= {"site_url": settings.SITE_URL, "site_name": settings.SITE_NAME}
        return super().render_mail(template_prefix, email, context | ours, headers)

    def send_mail(self, template_prefix, email, context):
        """Codes are secrets, so they go out at once and not through the outbox; what fails can be asked for again."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            logger.warning("account mail not sent", extra={"kind": type(error).__name__})
            words = _("The mail to this address could not be sent. Look for a typing error, or try again soon.")
            messages.error(allauth_context.request, words)


def at_home(link: str) -> str:
    """The same page at the address that our settings name."""
    return settings.SITE_URL + urlsplit(link)._replace(scheme="", netloc="").geturl()


class TwoFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted: a copy of the database is no key to the office."""

    def encrypt(self, text):
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return fernet().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self):
        return settings.SITE_NAME


def fernet() -> MultiFernet:
    """Of SECRET_KEY, and for reading of the ones before it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac("two factors", "", key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])


class NotSetUp(Http404):
    """Google's pages are not there; a page that only mentions Google leaves it out."""

    silent_variable_failure = True


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def get_app(self, request, provider, client_id=None):
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise NotSetUp from None
