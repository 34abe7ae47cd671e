"""Who works in a theater: named by email address, so that nobody has to look through the customers."""

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.models import Membership


class MembershipForm(forms.ModelForm):
    email = forms.EmailField(label=gettext_lazy("Email address"))

    class Meta:
        model = Membership
        fields = ["email", "role"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["email"] = self.instance.user.email
            self.fields["email"].disabled = True
            self.fields["email"].help_text = self.instance.user.name

    def clean_email(self):
        email = self.cleaned_data["email"]
        if self.instance.pk:
            return email
        user = get_user_model().objects.with_address(email).filter(is_active=True).first()
        if user is None:
            words = _("Nobody has registered as %(email)s. Ask them to sign up first, then come back.")
            raise forms.ValidationError(words % {"email": email})
        # A theater that is made on the same page has no team yet.
        if Membership.objects.filter(theater=self.instance.theater_id, user=user).exists():
            raise forms.ValidationError(_("%(email)s has a role here already.") % {"email": email})
        self.instance.user = user
        return email

    def save(self, commit=True):
        user = self.instance.user
        if not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        return super().save(commit)


class TeamFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        emails = [form.cleaned_data["email"].lower() for form in self.forms if form.cleaned_data.get("email")]
        if twice := sorted({email for email in emails if emails.count(email) > 1}):
            raise forms.ValidationError(_("%(email)s is there twice. Give one role.") % {"email": twice[0]})


def let_go(user):
    """Whose last role is gone, and who has no other rights, does not come into the office any more."""
    has_other_rights = user.is_superuser or user.groups.exists() or user.user_permissions.exists()
    if not has_other_rights and not user.memberships.exists():
        user.is_staff = False
        user.save(update_fields=["is_staff"])
