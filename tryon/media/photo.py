"""The one door in for pictures: bytes -> Photo. Nothing else in the product decodes what a user sent.

Every way through ends in a Photo or in PhotoRejected (or a subclass); decoders' own exceptions never get out.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tryon.errors import PhotoBlank, PhotoRejected, PhotoTooHeavy, PhotoTooLarge, PhotoTooLong, PhotoTooSmall
from tryon.media.colour import on_white, to_srgb, upright, within
from tryon.media.flat import is_flat
from tryon.media.headers import Header, read_header
from tryon.notes import note
from tryon.settings import Settings
from tryon.types import Note, Photo, Pixels

_ORIENTATION = 0x0112  # EXIF tag 274
_WIDE = 1.25  # width / height from which a person photo is called wide


def read_photo(data: bytes, settings: Settings, where: str = "person") -> Photo:
    """An upright sRGB picture without metadata, its longest side at most settings.max_side_px.

    JPEG, PNG, WebP and HEIC, known by content. `where` is the control that the refusal belongs to. Raises
    PhotoTooHeavy, PhotoTooLarge, PhotoTooLong and PhotoTooSmall from the header, before anything is decoded;
    PhotoBlank for one colour all over; PhotoRejected for what cannot be read (foreign, cut off, damaged,
    text or profile that expands without end).
    """
    header = admit(data, settings, where)
    try:
        pixels = _heif(data, header, settings) if header.kind == "HEIF" else _pillow(data, header, settings)
    except Image.DecompressionBombError:
        raise PhotoTooLarge(where=where, limit=settings.max_megapixels) from None
    except Exception:  # noqa: BLE001  decoders of hostile bytes raise anything; here is where it ends
        raise PhotoRejected(where=where) from None
    if is_flat(pixels):
        raise PhotoBlank(where=where)
    return Photo(pixels)


def admit(data: bytes, settings: Settings, where: str = "person") -> Header:
    """The header of a file within the entry limits. Raises as read_photo does, without decoding anything."""
    if len(data) > settings.max_upload_mb << 20:
        raise PhotoTooHeavy(where=where, megabytes=round(len(data) / (1 << 20), 1), limit=settings.max_upload_mb)
    try:
        header = read_header(data)
    except PhotoRejected:
        raise PhotoRejected(where=where) from None
    width, height = header.width, header.height
    if width * height > settings.max_megapixels * 1_000_000:
        raise PhotoTooLarge(where=where, limit=settings.max_megapixels)
    if max(width, height) > settings.max_aspect * min(width, height):
        raise PhotoTooLong(where=where, width=width, height=height)
    if min(width, height) < settings.min_side_px:
        raise PhotoTooSmall(where=where, width=width, height=height, limit=settings.min_side_px)
    return header


def describe(photo: Photo, settings: Settings, where: str = "person", data: bytes | None = None) -> tuple[Note, ...]:
    """Remarks for whoever added the photo: small_photo, wide_photo (a person's only), photo_first_frame.

    The last one needs the file's bytes.
    """
    notes: list[Note] = []
    if min(photo.width, photo.height) < settings.hint_side_px:
        notes.append(note("small_photo", width=photo.width, height=photo.height))
    if where == "person" and photo.width > _WIDE * photo.height:
        notes.append(note("wide_photo"))
    if data is not None and read_header(data).moves:
        notes.append(note("photo_first_frame"))
    return tuple(notes)


def _pillow(data: bytes, header: Header, settings: Settings) -> Pixels:
    picture: Image.Image = Image.open(io.BytesIO(data), formats=(header.kind,))
    if picture.size != (header.width, header.height):
        raise PhotoRejected  # two sizes in one file: the limits were judged on the other one
    if header.kind == "JPEG":
        ratio = min(1.0, settings.max_side_px / max(picture.size))
        # Decodes at 1/2, 1/4 or 1/8 where that is still large enough: a quarter of the time and memory or less.
        picture.draft(picture.mode, (round(picture.width * ratio), round(picture.height * ratio)))
    picture.load()  # the first frame of a file that moves
    return _finished(picture, picture.info.get("icc_profile"), _orientation(picture), settings)


def _heif(data: bytes, header: Header, settings: Settings) -> Pixels:
    import pillow_heif  # opened directly: registering it would loosen Image.open for the whole process

    images = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    image = images[images.primary_index]
    if image.size[0] * image.size[1] > header.width * header.height:
        raise PhotoRejected
    picture: Image.Image = image.to_pillow()
    # libheif has turned the picture already (irot, imir); HEIF says to ignore its EXIF orientation.
    return _finished(picture, image.info.get("icc_profile"), 1, settings)


def _finished(picture: Image.Image, profile: bytes | None, orientation: object, settings: Settings) -> Pixels:
    small = within(on_white(picture), settings.max_side_px)
    return np.array(upright(to_srgb(small, profile), orientation), dtype=np.uint8)


def _orientation(picture: Image.Image) -> object:
    try:
        return picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  a damaged EXIF block is no reason to refuse the photo
        return 1
