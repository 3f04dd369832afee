"""Look at a file that is said to be a scan of signed paper: by its content, never by its name."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST = 10_000_000  # bytes
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 4_000  # pixels: a page at 300 dpi and more
_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile")


class UnusableScan(Exception):
    """The file is no scan that can be kept. The message is a sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What is kept of a file. The digest is that of the file as it was received."""

    content: bytes
    content_type: str
    digest: str


def read_scan(data: bytes) -> Scan:
    """A PDF as it is; a picture drawn anew, so that neither place nor camera nor anything hidden stays in it.

    Raises UnusableScan.
    """
    if len(data) > LARGEST:
        raise UnusableScan("This file is too large: at most 10 MB.")
    digest = sha256(data).hexdigest()
    if data.startswith(b"%PDF-"):
        return Scan(_checked_pdf(data), "application/pdf", digest)
    return _drawn_anew(data, digest)


def _checked_pdf(data: bytes) -> bytes:
    if b"%%EOF" not in data[-2_048:]:
        raise UnusableScan("This PDF is incomplete. Scan or save it again.")
    if any(word in data for word in _ACTIVE):
        raise UnusableScan("This PDF holds a program or other files. Print it to a new PDF, or scan it.")
    return data


def _drawn_anew(data: bytes, digest: str) -> Scan:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise UnusableScan("This picture has too many pixels. Scan it with a lower resolution.")
                kind = "JPEG" if picture.format == "JPEG" else "PNG"
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
                plain = Image.new("RGB", upright.size, "white")
                plain.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
        except UnidentifiedImageError as error:
            raise UnusableScan("This is neither a PDF nor a JPEG nor a PNG.") from error
        except (
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombWarning,
            Image.DecompressionBombError,
        ) as error:
            raise UnusableScan("This picture is broken. Scan it again.") from error
    out = io.BytesIO()
    plain.save(out, format=kind, quality=88) if kind == "JPEG" else plain.save(out, format=kind, optimize=False)
    return Scan(out.getvalue(), f"image/{kind.lower()}", digest)
