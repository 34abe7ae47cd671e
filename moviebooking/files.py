from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.views.static import serve

# Of all that Bootstrap ships, the pages use one style sheet. The rest would be two thirds of a build's time.
UNUSED = ["bootstrap/js/*", "bootstrap/css/bootstrap-*", "bootstrap/css/bootstrap.rtl*", "bootstrap/css/bootstrap.css*"]


class UsedFilesFinder(AppDirectoriesFinder):
    """Finds every file, but lists (for collectstatic) only what is used."""

    def list(self, ignore_patterns):
        return super().list([*(ignore_patterns or []), *UNUSED])


def media(request, path):
    return serve(request, path, document_root=settings.MEDIA_ROOT)
