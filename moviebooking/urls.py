from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.static import serve

from moviebooking.health import readyz

admin.autodiscover()
# allauth's login is rate limited, the admin's own is not.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("movies.urls")),
    path("", include("theaters.urls")),
    path("", include("bookings.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("readyz", readyz, name="readyz"),
]
if not settings.MEDIA_BUCKET:
    urlpatterns.append(re_path(r"^media/(?P<path>.{1,200})$", serve, {"document_root": settings.MEDIA_ROOT}))

handler400 = "moviebooking.errors.bad_request"
handler429 = "moviebooking.errors.too_many_requests"  # allauth asks for it
handler500 = "moviebooking.errors.server_error"
