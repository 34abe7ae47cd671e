"""What moviegoers send about movies: a review, an address to be told at."""

from django import forms
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from movies.models import Review
from theaters.models import City

STARS = {
    5: _("5 of 5: wonderful"),
    4: _("4 of 5: good"),
    3: _("3 of 5: all right"),
    2: _("2 of 5: not for me"),
    1: _("1 of 5: bad"),
}


class ReviewForm(forms.ModelForm):
    stars = forms.TypedChoiceField(label=_("How was it?"), choices=STARS.items(), coerce=int, widget=forms.RadioSelect)

    class Meta:
        model = Review
        fields = ["stars", "text"]
        labels = {"text": _("In your words")}
        help_texts = {"text": _("Plain text, without the ending, please. Our staff read it before it is shown.")}
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}

    def clean_text(self):
        return normalize_newlines(self.cleaned_data["text"])


class OpeningForm(forms.Form):
    email = forms.EmailField(
        label=_("Your email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    city = forms.ModelChoiceField(
        label=_("Where?"), queryset=City.objects.none(), to_field_name="slug", required=False, empty_label=_("Anywhere")
    )

    def __init__(self, *args, user, home_city="", **kwargs):
        super().__init__(*args, **kwargs)
        if user.is_authenticated:
            del self.fields["email"]
        self.fields["city"].queryset = City.objects.filter(theaters__isnull=False).distinct()
        self.fields["city"].initial = home_city
