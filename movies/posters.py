"""What staff upload as a poster becomes a picture of our own making: nothing of the file is kept but its pixels."""

import io
import struct
import uuid
import warnings

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ["JPEG", "PNG", "WEBP"]
MAX_PIXELS = 30_000_000
WIDTH, HEIGHT = 800, 1200
# AVIF is half as heavy at the same look; slower than speed 8 it takes a second a poster.
KINDS = {"avif": {"quality": 55, "speed": 8}, "webp": {"quality": 82}, "jpeg": {"quality": 82}}
# A damaged file can break a decoder at any of these.
UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, struct.error)


def clean_poster(upload) -> ContentFile:
    """A WebP of at most 800 x 1200, two by three, without metadata. Raises ValidationError."""
    if upload.size > settings.POSTER_MAX_BYTES:
        limit = filesizeformat(settings.POSTER_MAX_BYTES)
        raise ValidationError(_("The poster is too large: at most %(limit)s, please.") % {"limit": limit})
    return ContentFile(encode(read(upload)), name=f"{uuid.uuid4().hex}.webp")


def read(file):
    """The picture in a file, two by three, at most 800 x 1200. Raises ValidationError."""
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(file, formats=FORMATS) as image,
        ):
            check_pixels(image)
            return fit(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise too_many_pixels() from error
    except UNREADABLE as error:
        raise ValidationError(_("This is no picture we can read. Upload a JPEG, PNG or WebP.")) from error


def check_pixels(image):
    """Opening reads the header only; what follows would fill the memory."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise too_many_pixels()


def too_many_pixels():
    limit = MAX_PIXELS // 1_000_000
    return ValidationError(_("The picture is too large: at most %(limit)s megapixels, please.") % {"limit": limit})


def fit(image):
    image.draft("RGB", (HEIGHT, HEIGHT))  # a large JPEG is read at half its size or less; either side may be up
    ImageOps.exif_transpose(image, in_place=True)
    opaque = on_white(image) if image.has_transparency_data else image.convert("RGB")
    width = max(1, min(WIDTH, opaque.width, opaque.height * 2 // 3))
    height = min(HEIGHT, opaque.height, max(1, width * 3 // 2))
    return ImageOps.fit(opaque, (width, height), Image.Resampling.LANCZOS)


def on_white(image):
    """Each copy of a large picture takes 120 MB, so there is one."""
    image = image if image.mode == "RGBA" else image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image)
    return canvas


def encode(poster, kind="webp") -> bytes:
    poster.info.clear()
    output = io.BytesIO()
    poster.save(output, kind.upper(), **KINDS[kind])
    return output.getvalue()
