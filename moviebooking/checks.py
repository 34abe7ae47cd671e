"""What `manage.py check --deploy` says on top of Django's own checks."""

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.files, deploy=True)
def uploads_are_backed_up(app_configs, **kwargs):
    if settings.MEDIA_BUCKET or settings.MEDIA_ROOT_IS_CHOSEN:
        return []
    hint = "Set AWS_STORAGE_BUCKET_NAME and its keys, or MEDIA_ROOT to a folder on a disk that stays (docs/deploy.md)."
    message = "Uploaded posters are kept on this machine's own disk; back it up."
    return [checks.Info(message, hint=hint, id="moviebooking.files")]
