"""Which ways of wearing a garment allows besides the usual one."""

from __future__ import annotations

from tryon.parsing.garment_front import opens_below
from tryon.types import Garment, Wear

FRONTS = ("collar", "v", "hood", "high")  # necklines below which a front may part


def ways_to_wear(garment: Garment) -> tuple[Wear, ...]:
    """In the order of types.WEARS. A top that reaches the waist can be tucked in, a buttoned or zipped front opened,
    long sleeves rolled up."""
    ways: list[Wear] = []
    if garment.category == "top" and garment.kind != "jacket" and garment.length != "cropped":
        ways.append("tucked")
    if garment.category == "top" and _opens(garment):
        ways.append("open")
    if garment.category != "bottom" and garment.sleeves == "long":
        ways.append("rolled")
    return tuple(ways)


def _opens(garment: Garment) -> bool:
    if garment.kind == "jacket":
        return True
    return garment.neckline in FRONTS and opens_below(garment.photo.pixels, garment.cutout, garment.landmarks)
