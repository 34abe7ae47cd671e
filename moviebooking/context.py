from django.conf import settings


def site(request):
    return {"site_name": settings.SITE_NAME, "google_login": bool(settings.GOOGLE_CLIENT_ID)}
