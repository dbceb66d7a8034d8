"""What a garment is called: for the systems that are told in words."""

from __future__ import annotations

import re

import cv2
import numpy as np

from tryon.types import Garment

# Hue of OpenCV's HSV (0..179) up to which a colour has a name.
HUES = ((8, "red"), (21, "orange"), (33, "yellow"), (82, "green"), (97, "teal"), (128, "blue"), (150, "purple"),
        (168, "pink"), (180, "red"))  # fmt: skip
SLEEVES = {"none": "sleeveless", "short": "short sleeve", "elbow": "half sleeve", "long": "long sleeve"}
NECKLINES = {"crew": "round neck", "v": "v-neck", "collar": "collared", "wide": "wide neck", "straps": "strappy",
             "strapless": "strapless", "high": "high neck", "hood": "hooded", "none": ""}  # fmt: skip
LENGTHS = {"cropped": "cropped", "thigh": "short", "knee": "knee-length", "calf": "midi", "ankle": "long"}
_WORN = re.compile(
    r"\b(?:wearing|wears|dressed in)\s+(?:an?\s+|the\s+|his\s+|her\s+|their\s+)?([^.,;!?]+)", re.IGNORECASE
)
_ENDS = re.compile(r"\s+(?:and|while|who|that|then|as|turns?|walks?|looks?|waves?|smiles?|stands?|is)\b", re.IGNORECASE)


def caption(garment: Garment, prompt: str) -> str:
    """A few words for a garment: what the prompt says is worn ("wearing a red silk blouse"), else what we see."""
    said = _WORN.search(prompt)
    if said is not None:
        words = _ENDS.split(said.group(1).strip())[0].strip()
        if words:
            return words[:120]
    return seen(garment)


def seen(garment: Garment) -> str:
    """Colour, sleeves, neckline and kind from the garment's own analysis."""
    kind = garment.kind
    parts = [colour_name(garment)]
    if kind in ("shirt", "jacket", "dress"):
        parts += [SLEEVES[garment.sleeves], NECKLINES[garment.neckline]]
    if kind in ("dress", "skirt"):
        parts.append(LENGTHS.get(garment.length, ""))
    return " ".join([part for part in parts if part] + [kind])


def colour_name(garment: Garment) -> str:
    """The commonest colour of the garment as a word."""
    inside = garment.photo.pixels[garment.cutout > 200]
    if not len(inside):
        return ""
    hsv = cv2.cvtColor(inside[None], cv2.COLOR_RGB2HSV)[0]
    hue, saturation, value = (np.median(hsv[:, channel]) for channel in range(3))
    if value < 50:
        return "black"
    if saturation < 38:
        return "white" if value > 205 else "grey"
    coloured = hsv[hsv[:, 1] >= 38, 0]
    hue = int(np.bincount(coloured // 6, minlength=30).argmax()) * 6 + 3
    name = next(name for limit, name in HUES if hue < limit)
    if name == "orange" and value < 150:
        return "brown"
    if name == "blue" and value < 110:
        return "navy"
    return name
