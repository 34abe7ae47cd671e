"""What `manage.py check --deploy` says on top of Django's own checks."""

import os

from django.conf import settings
from django.core import checks

# Both platforms say so themselves. Their disks are new after every restart.
FORGETFUL = {"DYNO": "Heroku", "RENDER": "Render"}


@checks.register(checks.Tags.files, deploy=True)
def uploads_survive_a_restart(app_configs, **kwargs):
    platform = next((name for variable, name in FORGETFUL.items() if os.environ.get(variable)), "")
    # Render can attach a disk that stays; whoever names a folder on it has thought of it.
    if settings.MEDIA_BUCKET or (settings.MEDIA_ROOT_IS_CHOSEN and platform != "Heroku"):
        return []
    level, message = checks.Info, "Uploaded posters are kept on this machine's own disk; back it up."
    if platform:
        level, message = checks.Warning, f"{platform} forgets uploaded posters with every restart and every deploy."
    hint = "Set AWS_STORAGE_BUCKET_NAME and its keys, or MEDIA_ROOT to a folder on a disk that stays (docs/deploy.md)."
    return [level(message, hint=hint, id="moviebooking.files")]
