"""The area that may change, as a picture to paint on in the browser, and back.

The painter is a canvas of ours (assets/js/page.js): it sends the painted area with the click that uses it, so
that no older state can be read, and nothing is stored on the way.
"""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np

from tryon.errors import PhotoRejected
from tryon.media.preview import jpeg_bytes
from tryon.types import Mask, Photo
from tryon.ui.assets import icon
from tryon.ui.html import Markup, data_url, tag
from tryon.ui.texts import Tongue

SIDE = 960  # px, longest side of the painter's picture
MOST_BYTES = 2 * 1024 * 1024  # of a painted PNG


def painter(say: Tongue, photo: Photo, mask: Mask) -> Markup:
    """The painter with the area in it. mask: (h, w) 0..255 at the photo's size."""
    scale = min(1.0, SIDE / max(photo.width, photo.height))
    width, height = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    canvas = tag(
        "canvas",
        width=width,
        height=height,
        tabindex=0,
        role="application",
        aria_label=say("mask_label"),
        data_photo=data_url(jpeg_bytes(photo.pixels, width, 86)),
        data_mask=_png(mask, width, height),
    )
    tools = tag(
        "div",
        _tool("paint", say("mask_paint"), "brush", pressed=True),
        _tool("erase", say("mask_erase"), None, pressed=False),
        _tool("undo", say("mask_undo"), None),
        _tool("reset", say("mask_reset"), None),
        tag(
            "label", tag("span", say("mask_size")), tag("input", type="range", min=1, max=100, value=30, data_size=True)
        ),
        class_="tools",
    )
    ends = tag(
        "div",
        tag("button", say("mask_run"), type="button", class_="main", data_brush="use"),
        tag("button", say("mask_close"), type="button", data_brush="close"),
        class_="ends",
    )
    words = tag("p", tag("strong", say("mask_title")), " ", say("mask_text"), class_="why")
    return tag("div", words, tag("div", canvas, class_="easel"), tools, ends, class_="painter")


def _tool(name: str, label: str, picture: str | None, pressed: bool | None = None) -> Markup:
    state = None if pressed is None else "true" if pressed else "false"
    return tag("button", icon(picture) if picture else None, label, type="button", data_brush=name, aria_pressed=state)


def _png(mask: Mask, width: int, height: int) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def read_mask(sent: str, photo: Photo) -> Mask:
    """The painted area at the photo's size, (h, w) 0..255. Raises PhotoRejected for anything but a PNG of the
    painter's size."""
    from PIL import Image

    head = "data:image/png;base64,"
    if not sent.startswith(head) or len(sent) > MOST_BYTES:
        raise PhotoRejected(where="person")
    try:
        data = base64.b64decode(sent[len(head) :], validate=True)
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if max(picture.size) > SIDE:
                raise PhotoRejected(where="person")
            grey = (
                picture.convert("RGBA").getchannel("R").resize((photo.width, photo.height), Image.Resampling.BILINEAR)
            )
    except (binascii.Error, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise PhotoRejected(where="person") from None
    return np.asarray(grey, np.uint8).copy()
