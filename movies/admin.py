from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminFileWidget, AdminURLFieldWidget
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from movies.certificates import Certificate
from movies.filters import showtimes_on_sale
from movies.models import Credit, Genre, Language, Movie
from movies.posters import clean_poster
from movies.renditions import files_of, make_renditions, take_down
from movies.review_admin import ReviewAdmin  # noqa: F401, registers itself


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    list_display = ["name", "code"]
    search_fields = ["name", "code"]


class MovieForm(forms.ModelForm):
    # No ImageField: it would hand the file to every decoder there is before clean_poster has looked at it.
    poster = forms.FileField(
        label=gettext_lazy("Poster"),
        required=False,
        widget=AdminFileWidget(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("JPEG, PNG or WebP. It is cut to two by three, best 800 × 1200."),
    )
    trailer_url = forms.URLField(
        label=gettext_lazy("Trailer"), required=False, assume_scheme="https", widget=AdminURLFieldWidget
    )

    def clean_poster(self):
        poster = self.cleaned_data["poster"]
        return clean_poster(poster) if isinstance(poster, UploadedFile) else poster

    def clean_runtime_minutes(self):
        minutes = self.cleaned_data["runtime_minutes"]
        if minutes == 0:
            raise forms.ValidationError(_("A movie runs at least a minute; leave it empty if it is not known."))
        if not minutes and self.instance.pk and self.instance.showtimes.exists():
            raise forms.ValidationError(_("The movie has showtimes, so its runtime is needed."))
        return minutes


class CreditInline(admin.TabularInline):
    model = Credit
    extra = 0


class CertificateInline(admin.TabularInline):
    model = Certificate
    extra = 0


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    form = MovieForm
    list_display = ["thumbnail", "title", "certificate", "runtime", "release_on", "upcoming_count"]
    list_display_links = ["title"]
    list_filter = ["release_on", "genres", "language"]
    ordering = ["title"]
    search_fields = ["title", "original_title", "distributor", "credits__name"]
    date_hierarchy = "release_on"
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["genres", "language"]
    inlines = [CertificateInline, CreditInline]
    fieldsets = [
        (None, {"fields": ["title", "original_title", "slug", "tagline", "synopsis"]}),
        (gettext_lazy("Facts"), {"fields": ["runtime_minutes", "release_on", "language", "genres"]}),
        (gettext_lazy("Distributor"), {"fields": ["distributor", "no_passes"]}),
        (
            gettext_lazy("Who may come in"),
            {"fields": ["certificate", "certificate_rule", "min_age", "may_be_accompanied", "content_advice"]},
        ),
        (gettext_lazy("Pictures"), {"fields": ["poster", "poster_alt", "trailer_url"]}),
    ]

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request):
        # Not by a join, which would read every showtime there ever was.
        upcoming = showtimes_on_sale().filter(movie=OuterRef("pk")).order_by().values("movie")
        number = Coalesce(Subquery(upcoming.annotate(number=Count("pk")).values("number")), 0)
        return super().get_queryset(request).annotate(upcoming_count=number)

    @admin.display(description=gettext_lazy("poster"))
    def thumbnail(self, movie):
        if not movie.poster:
            return None
        return format_html(
            '<img class="poster-thumbnail" src="{}" alt="" width="40" height="60" loading="lazy">', movie.poster.url
        )

    @admin.display(description=gettext_lazy("runtime"), ordering="runtime_minutes")
    def runtime(self, movie):
        return _("%(n)s min") % {"n": movie.runtime_minutes} if movie.runtime_minutes else None

    @admin.display(description=gettext_lazy("upcoming"), ordering="upcoming_count")
    def upcoming_count(self, movie):
        return movie.upcoming_count

    def save_model(self, request, movie, form, change):
        if "poster" in form.changed_data:
            self.hang_poster(movie)
        super().save_model(request, movie, form, change)
        if change and "runtime_minutes" in form.changed_data:
            self.warn_of_old_times(request, movie)

    def hang_poster(self, movie):
        """The new poster with its sizes in place of the old one, whose files go when that is certain."""
        before = Movie.objects.filter(pk=movie.pk).first()
        movie.poster_sizes = {}
        if movie.poster:
            movie.poster.save(movie.poster.name, movie.poster.file, save=False)
            make_renditions(movie)
        if before:
            take_down(files_of(before))

    def delete_model(self, request, movie):
        files = files_of(movie)
        super().delete_model(request, movie)
        take_down(files)

    def delete_queryset(self, request, movies):
        files = [name for movie in movies for name in files_of(movie)]
        super().delete_queryset(request, movies)
        take_down(files)

    def warn_of_old_times(self, request, movie):
        count = movie.showtimes.filter(starts_at__gt=Now()).count()
        if count:
            sentence = ngettext(
                "%(count)s showtime to come keeps the old running time until it is saved again.",
                "%(count)s showtimes to come keep the old running time until they are saved again.",
                count,
            )
            self.message_user(request, sentence % {"count": count}, messages.WARNING)
