"""The catalogue of garments: cut, cloth and print of each, and what the page says about it."""

from __future__ import annotations

from dataclasses import dataclass

import prints
from cloth import Fabric
from tailor import BottomCut, Neck, SkirtCut, TopCut
from textures import Print

JERSEY = Fabric(bend=0.008)
KNIT = Fabric(bend=0.06, thickness=0.08)
FLEECE = Fabric(bend=0.10, thickness=0.10)
DENIM = Fabric(bend=0.16, thickness=0.08)
TWILL = Fabric(bend=0.08, thickness=0.07)
POPLIN = Fabric(bend=0.04)
FLOWING = Fabric(bend=0.006, friction=0.25)


@dataclass(frozen=True)
class Garment:
    file: str
    title: str
    alt: str
    category: str
    cut: TopCut | BottomCut | SkirtCut
    fabric: Fabric
    style: Print
    male: float = 0.5
    arms: float = 24.0
    legs: float = 0.09
    step: float = 0.085


GARMENTS: dict[str, Garment] = {g.file: g for g in (
    Garment("white_tshirt.jpg", "White T-shirt", "Plain white crew-neck T-shirt with short sleeves.", "top",
            TopCut(), JERSEY, prints.plain_tee("#f3f2ee")),
    Garment("breton_longsleeve.jpg", "Breton stripes", "Off-white long-sleeved top with narrow navy stripes.", "top",
            TopCut(neck=Neck(1.05, 0.75, 0.25, "boat"), sleeve=0.97, sleeve_ease=1.2, cuff_ease=1.35, chest=1.08),
            JERSEY, prints.breton("#f1ede2", "#1d2a4a"), arms=20.0),
    Garment("jeans.jpg", "Blue jeans", "Straight blue jeans with pockets and orange stitching.", "bottom",
            BottomCut(rise=-0.25, length=0.93), DENIM, prints.jeans("#35527c"), legs=0.06),
    Garment("floral_dress.jpg", "Summer dress with flowers", "Sleeveless knee-length dress with a flower pattern.",
            "dress", TopCut(neck=Neck(1.0, 1.25, 0.45, "scoop"), sleeve=0.0, length=-3.2, hem_width=1.7, waist=1.06,
                            gathers=1.45, waist_tight=0.92, chest=1.04), FLOWING, prints.floral("#fbf3e6"), male=0.0),
)}
