from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignupForm(forms.Form):
    """What we ask beside email and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("For the box office, if you need their help. You may leave it out."),
    )
    field_order = ["email", "name", "password1"]

    def signup(self, request, user):
        """The adapter has saved the name."""


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "uses_history"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
