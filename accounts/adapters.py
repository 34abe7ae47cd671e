from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit=commit)

    def is_safe_url(self, url):
        try:
            return super().is_safe_url(url)
        except ValueError:  # http://[ is no address at all
            return False

    def render_mail(self, template_prefix, email, context, headers=None):
        """Links in mails come from our settings: a forged Host header must not reach them."""
        return super().render_mail(template_prefix, email, context | {"site_url": settings.SITE_URL}, headers)
