"""What a garment and a dressed person are called: for the systems that are told in words."""

from __future__ import annotations

import re

import cv2
import numpy as np

from tryon.types import KEYPOINT, LABEL, Category, Garment, Look, Pixels

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


def look(dressed: Look) -> str:
    """One sentence about the dressed photo: what is worn, and how much of the person is seen."""
    worn = [seen(garment) for garment in dressed.garments]
    covered = {garment.category for garment in dressed.garments}
    worn += [other for category, other in _others(dressed) if not covered & {category, "dress"}]
    clothes = " and ".join(_with_article(words) for words in worn) or "the same clothes"
    return f"A person wearing {clothes}, seen {_framing(dressed)}."


def _others(dressed: Look) -> list[tuple[Category, str]]:
    """What the person wears besides the garments of the order, from the analysis of the dressed photo."""
    named: tuple[tuple[str, Category, str], ...] = (
        ("upper", "top", "top"), ("pants", "bottom", "trousers"), ("skirt", "bottom", "skirt"),
    )  # fmt: skip
    person, found = dressed.person, []
    for label, category, word in named:
        area = person.labels == LABEL[label]
        if area.sum() > 0.04 * (person.outline > 127).sum():
            found.append((category, f"{colour_of(person.photo.pixels[area])} {word}".strip()))
    return found


def _framing(dressed: Look) -> str:
    score = {name: float(dressed.person.keypoints[KEYPOINT[name], 2]) for name in KEYPOINT}
    for part, joints in (("toe", ("left_ankle", "right_ankle")), ("knee", ("left_knee", "right_knee"))):
        if max(score[joint] for joint in joints) > 0.3:
            return f"from head to {part}"
    return "from the waist up"


def _with_article(words: str) -> str:
    if words.endswith(("trousers", "shorts")):
        return words
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def colour_name(garment: Garment) -> str:
    """The commonest colour of the garment as a word."""
    return colour_of(garment.photo.pixels[garment.cutout > 200])


def colour_of(inside: Pixels) -> str:
    """The commonest colour of pixels (n, 3) as a word; "" for none."""
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
