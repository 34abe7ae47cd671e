from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns as oauth2_urls
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from moviebooking.files import media
from moviebooking.health import readyz
from moviebooking.manifest import manifest
from moviebooking.search_engines import robots_txt
from moviebooking.themes import choose_theme

admin.autodiscover()
# allauth's login is rate limited, the admin's own is not.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("movies.urls")),
    path("", include("theaters.urls")),
    path("", include("bookings.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # Not allauth.urls: a login by Google's token, exempt from CSRF checks, would come with it.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/", include(oauth2_urls(GoogleProvider))),
    path("admin/", admin.site.urls),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("robots.txt", robots_txt, name="robots_txt"),
    path("theme/", choose_theme, name="choose_theme"),
    path("readyz", readyz, name="readyz"),
]
if not settings.MEDIA_BUCKET:
    urlpatterns.append(re_path(r"^media/(?P<path>.{1,200})$", media))

handler400 = "moviebooking.errors.bad_request"
handler429 = "moviebooking.errors.too_many_requests"  # allauth asks for it
handler500 = "moviebooking.errors.server_error"
