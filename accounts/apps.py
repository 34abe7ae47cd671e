from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self):
        from allauth.mfa.signals import authenticator_added  # needs the models, which come after this

        # allauth's only word that somebody has a second factor now.
        authenticator_added.connect(end_other_sessions)


def end_other_sessions(request, user, **about):
    """Whoever came in by the password alone, elsewhere, is asked for both from now on."""
    user.sessions.exclude(session_key=request.session.session_key).delete()
