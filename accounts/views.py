from http import HTTPStatus

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import languages
from accounts.forms import ProfileForm

# allauth allows five wrong passwords in so long.
LOGIN_PAUSE_SECONDS = 300


@login_required
def profile(request):
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@require_POST
def choose_language(request):
    """Keep the language for this visitor, and for the mails to who is signed in; an unknown one changes nothing."""
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = HttpResponseRedirect(back if is_ours else "/")
    if code := languages.known_language(request.POST.get("language", "")):
        languages.write_to(request.user, code)
        languages.keep(response, code)
    return response


class LoginView(allauth_views.LoginView):
    """allauth's own. After too many wrong passwords the page says so in its status, too, and keeps what was typed."""

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, code="too_many_login_attempts"):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = LOGIN_PAUSE_SECONDS
        return response


login = LoginView.as_view()
