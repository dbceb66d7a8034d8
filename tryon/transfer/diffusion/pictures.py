"""Pictures into tensors and back, the garment on white, the feathered way back into the photo."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tryon.masking import labelled
from tryon.types import Dressed, Floats, Garment, Mask, Person, Pixels

# What a maskless backend may not touch, whatever it painted there.
UNTOUCHED = ("face", "hair", "hat", "sunglasses", "left_hand", "right_hand", "left_shoe", "right_shoe", "bag")
PartColours = Literal["parula", "viridis"]
MARGIN = 0.04  # around the garment, of its longer side
WHITE = 255


def as_tensor(pixels: Pixels) -> Any:
    """(h, w, 3) uint8 -> (1, 3, h, w) float32 in -1..1, as x / 127.5 - 1."""
    import torch

    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float() / 127.5 - 1


def as_centred_tensor(pixels: Pixels) -> Any:
    """The same as (x / 255 - 0.5) / 0.5: other in the last bit, and what some systems were given."""
    import torch

    values = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float().contiguous()
    return (values / 255 - 0.5) / 0.5


def as_doubled_tensor(pixels: Pixels) -> Any:
    """The same as 2 (x / 255) - 1, as diffusers' VaeImageProcessor computes it, with its strides (channels last): an
    autoencoder rounds otherwise for other strides, which reference attention amplifies to 1e-4."""
    import torch

    values = torch.from_numpy(np.array(pixels)[None].astype(np.float32) / 255.0)
    return 2.0 * values.permute(0, 3, 1, 2) - 1.0


def as_mask_tensor(mask: Mask, threshold: float = 0.5) -> Any:
    """(h, w) 0..255 -> (1, 1, h, w) float32, 1 where mask / 255 reaches the threshold (may be repainted)."""
    import torch

    return torch.from_numpy((mask.astype(np.float32) / 255.0 >= threshold).astype(np.float32))[None, None]


def as_pixels(decoded: Any) -> NDArray[np.uint8]:
    """(n, 3, h, w) in -1..1 -> (n, h, w, 3) uint8."""
    import torch

    values = ((decoded.float() / 2 + 0.5).clamp(0, 1) * 255).round()
    return values.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def garment_on_white(garment: Garment) -> Image.Image:
    """The garment alone, cut out on white and cropped to it with a small margin: what the systems were trained on."""
    return garment_and_mask(garment)[0]


def garment_and_mask(garment: Garment) -> tuple[Image.Image, Image.Image]:
    """The garment alone as `garment_on_white` gives it, and its soft cut-out ("L") of the same size."""
    alpha = garment.cutout.astype(np.float32)[..., None] / 255
    picture = np.rint(garment.photo.pixels * alpha + WHITE * (1 - alpha)).astype(np.uint8)
    cutout = garment.cutout
    rows, columns = np.where(cutout.max(1) > 127)[0], np.where(cutout.max(0) > 127)[0]
    if rows.size and columns.size:
        margin = round(MARGIN * max(rows[-1] - rows[0], columns[-1] - columns[0]))
        top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
        inside = np.s_[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]
        picture, cutout = picture[inside], cutout[inside]
    return Image.fromarray(np.ascontiguousarray(picture)), Image.fromarray(np.ascontiguousarray(cutout))


def cropped(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of a picture at the wished aspect, resized by Lanczos (CatVTON's preparation of the person)."""
    own_width, own_height = picture.size
    if own_width / own_height < width / height:
        new_width, new_height = own_width, own_width * height // width
    else:
        new_width, new_height = own_height * width // height, own_height
    left, top = (own_width - new_width) // 2, (own_height - new_height) // 2
    right, bottom = (own_width + new_width) // 2, (own_height + new_height) // 2
    return picture.crop((left, top, right, bottom)).resize((width, height), Image.Resampling.LANCZOS)


def padded(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The whole picture inside the wished size, centred on white, by Lanczos (CatVTON's preparation of the garment);
    a mask ("L") is centred on black."""
    own_width, own_height = picture.size
    if own_width / own_height < width / height:
        new_width, new_height = own_width * height // own_height, height
    else:
        new_width, new_height = width, own_height * width // own_width
    mode = "L" if picture.mode == "L" else "RGB"
    canvas = Image.new(mode, (width, height), 0 if mode == "L" else (WHITE, WHITE, WHITE))
    inner = picture.convert(mode).resize((new_width, new_height), Image.Resampling.LANCZOS)
    canvas.paste(inner, ((width - new_width) // 2, (height - new_height) // 2))
    return canvas


def fitted(pixels: NDArray[np.uint8], width: int, height: int) -> Pixels:
    """The whole picture inside the wished size, centred on white, by OpenCV's cubic (Leffa's preparation of both).

    Grey (h, w) is repeated to three channels; of four channels the last is dropped, not composited.
    """
    picture = np.stack([pixels] * 3, axis=-1) if pixels.ndim == 2 else pixels[..., :3]
    scale = min(height / picture.shape[0], width / picture.shape[1])
    inner = int(picture.shape[1] * scale), int(picture.shape[0] * scale)
    canvas = np.full((height, width, 3), WHITE, np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        np.ascontiguousarray(picture), inner, interpolation=cv2.INTER_CUBIC
    )
    return canvas


def at_size(values: NDArray[np.uint8], like: Pixels) -> NDArray[np.uint8]:
    """`values` (h, w[, c]) at the height and width of `like`."""
    if values.shape[:2] == like.shape[:2]:
        return values
    smaller = values.shape[0] > like.shape[0]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(values, (like.shape[1], like.shape[0]), interpolation=way), np.uint8)


def body_parts_picture(parts: NDArray[np.uint8], colours: PartColours = "parula") -> Pixels:
    """DensePose labels (h, w) 0..24 as a colour picture, label 24 at the end of OpenCV's colour map.

    "parula": black behind (IDM-VTON, Leffa, VITON-HD's own pictures); "viridis": its first colour behind (ViViD).
    """
    values = np.arange(25) * 255.0 / 24
    kind = cv2.COLORMAP_PARULA if colours == "parula" else cv2.COLORMAP_VIRIDIS
    palette = cv2.applyColorMap(values.astype(np.uint8)[None], kind)[0, :, ::-1].copy()
    if colours == "parula":
        palette[0] = 0
    picture: Pixels = palette[parts]
    return picture


def feathered(mask: Mask) -> Mask:
    """The mask 0..255 with an edge that is soft towards its inside: 0 wherever it was 0."""
    plane = (mask > 127).astype(np.float32)
    width = max(1.0, 0.006 * max(mask.shape))
    # A frame of ones: where the mask meets the picture's border there is nothing to blend with.
    border = int(4 * width) + 1
    framed = cv2.copyMakeBorder(plane, border, border, border, border, cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(framed, (0, 0), width)[border:-border, border:-border]
    return np.rint(np.clip(2 * soft - 1, 0, 1) * plane * 255).astype(np.uint8)


def dressed(before: Pixels, pixels: Pixels, alpha: Mask) -> Dressed:
    """A backend's picture on the working picture; outside alpha it is what was there before, exactly."""
    whole = pixels.copy()
    whole[alpha == 0] = before[alpha == 0]
    return Dressed(pixels=whole, alpha=alpha)


def changed(before: Pixels, after: Pixels, kept: NDArray[np.bool_]) -> Mask:
    """Where a maskless backend changed a photo, feathered: 0 where the two differ no more than by re-encoding, and in
    `kept` (face, hands, hair)."""
    difference: Floats = np.abs(before.astype(np.float32) - after.astype(np.float32)).max(2)
    side = max(difference.shape)
    smooth = cv2.GaussianBlur(difference, (0, 0), max(1.0, 0.006 * side))
    core = (smooth > 18).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(0.02 * side), _odd(0.02 * side)))
    grown = cv2.dilate(cv2.morphologyEx(core, cv2.MORPH_OPEN, kernel), kernel) > 0
    return feathered(np.where(grown & ~kept, 255, 0).astype(np.uint8))


def kept_anyway(person: Person) -> NDArray[np.bool_]:
    """Boolean (h, w): face, hair, hands, shoes and bag, which a maskless backend leaves alone."""
    kept: NDArray[np.bool_] = labelled(person.labels, UNTOUCHED)
    return kept


def _odd(value: float) -> int:
    return 2 * (max(1, round(value)) // 2) + 1
