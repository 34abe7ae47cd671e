from django import forms
from django.utils.translation import gettext_lazy as _

from movies.lists import ListedMovie, MovieList
from movies.models import Movie


class ListForm(forms.ModelForm):
    class Meta:
        model = MovieList
        fields = ["title"]
        labels = {"title": _("Title of the list")}


class NoteForm(forms.ModelForm):
    class Meta:
        model = ListedMovie
        fields = ["note"]


class AddForm(forms.Form):
    """From the watchlist: what is on the list already is not offered."""

    movie = forms.ModelChoiceField(label=_("A movie of your watchlist"), queryset=Movie.objects.none())

    def __init__(self, *args, movie_list, **kwargs):
        super().__init__(*args, **kwargs)
        watched = Movie.objects.filter(pk__in=movie_list.user.watchlist.values("movie"))
        self.fields["movie"].queryset = watched.exclude(pk__in=movie_list.entries.values("movie"))
