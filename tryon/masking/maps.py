"""Label maps: names to masks, and the maps that published mask recipes read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import LABEL, LABELS

Array = NDArray[Any]
BODICES = ("upper", "coat", "dress", "jumpsuit")
TOPS, BOTTOMS = (*BODICES, "scarf"), ("pants", "skirt", "belt")
CLOTH = (*TOPS, *BOTTOMS)
SEEN = 0.12  # least score of a key point that is used

# Label -> index in ATR (SCHP's 18 classes) and LIP (20 classes). ATR counts the neck as face and has no hands, coats,
# socks or gloves; LIP leaves the neck open, as the recipes that read both maps expect.
ATR18 = {
    "hat": 1, "hair": 2, "sunglasses": 3, "upper": 4, "coat": 4, "skirt": 5, "pants": 6, "dress": 7, "jumpsuit": 7,
    "belt": 8, "left_shoe": 9, "right_shoe": 10, "face": 11, "neck": 11, "left_leg": 12, "right_leg": 13, "socks": 12,
    "left_arm": 14, "left_hand": 14, "right_arm": 15, "right_hand": 15, "gloves": 14, "bag": 16, "scarf": 17,
}  # fmt: skip
LIP20 = {
    "hat": 1, "hair": 2, "gloves": 3, "sunglasses": 4, "upper": 5, "dress": 6, "coat": 7, "socks": 8, "pants": 9,
    "belt": 9, "jumpsuit": 10, "scarf": 11, "skirt": 12, "face": 13, "left_arm": 14, "left_hand": 14, "right_arm": 15,
    "right_hand": 15, "left_leg": 16, "right_leg": 17, "left_shoe": 18, "right_shoe": 19,
}  # fmt: skip

# The 20 classes of CIHP, in which VITON-HD's people are parsed: LIP's, but 10 is the bare neck.
CIHP20 = {**LIP20, "jumpsuit": 6, "neck": 10}


def atr18(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (h,w) as SCHP-ATR would give it: 0..17."""
    return _lookup(ATR18)[labels]


def lip20(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (h,w) as SCHP-LIP would give it: 0..19."""
    return _lookup(LIP20)[labels]


def cihp20(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (h,w) as VITON-HD gives it: 0..19."""
    return _lookup(CIHP20)[labels]


def _lookup(table: dict[str, int]) -> NDArray[np.uint8]:
    return np.array([table.get(name, 0) for name in LABELS], np.uint8)


def labelled(labels: Array, names: Iterable[str]) -> Array:
    """Boolean (h,w): pixels with one of these labels."""
    table = np.zeros(256, np.uint8)
    for name in names:
        table[LABEL[name]] = 1
    found: Array = cv2.LUT(np.ascontiguousarray(labels, np.uint8), table).view(bool)
    return found
