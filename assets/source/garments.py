"""The catalogue of garments: cut, cloth and print of each, and what the page says about it."""

from __future__ import annotations

from dataclasses import dataclass

import prints
import prints2
from cloth import Fabric
from tailor import BottomCut, Neck, SkirtCut, TopCut
from textures import Print

JERSEY = Fabric(bend=0.004, uneven=0.03)
KNIT = Fabric(bend=0.06, thickness=0.08)
FLEECE = Fabric(bend=0.10, thickness=0.10)
DENIM = Fabric(bend=0.16, thickness=0.08)
TWILL = Fabric(bend=0.08, thickness=0.07)
POPLIN = Fabric(bend=0.04)
FLOWING = Fabric(bend=0.003, friction=0.25)


TEE = TopCut(chest=1.13, waist=1.36, hips=1.09, sleeve=0.46)


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
    paper: str = "#f6f6f6"


GARMENTS: dict[str, Garment] = {
    g.file: g
    for g in (
        Garment(
            "white_tshirt.jpg",
            "White T-shirt",
            "Plain white crew-neck T-shirt with short sleeves.",
            "top",
            TEE,
            JERSEY,
            prints.plain_tee("#f4f3ef"),
            paper="#dfe0e2",
        ),
        Garment(
            "sunset_tshirt.jpg",
            "Sunset print T-shirt",
            "Charcoal T-shirt with a large round sunset picture.",
            "top",
            TEE,
            JERSEY,
            prints2.picture_tee("#2b2d33"),
        ),
        Garment(
            "breton_longsleeve.jpg",
            "Breton stripes",
            "Off-white long-sleeved top with narrow navy stripes.",
            "top",
            TopCut(neck=Neck(1.0, 0.75, 0.25, "boat"), sleeve=0.93, sleeve_ease=1.14, cuff_ease=1.18, chest=1.08),
            JERSEY,
            prints.breton("#f1ede2", "#1d2a4a"),
            arms=20.0,
        ),
        Garment(
            "text_sweatshirt.jpg",
            "Sweatshirt with lettering",
            "Sage green sweatshirt with TRYON across the chest.",
            "top",
            TopCut(
                sleeve=0.97,
                sleeve_ease=1.3,
                cuff_ease=1.5,
                cuff_tight=0.62,
                hem_tight=0.84,
                chest=1.18,
                waist=1.4,
                hips=1.12,
                length=0.2,
            ),
            FLEECE,
            prints2.sweatshirt("#8fa392", "TRYON", "#f6f1e4", "#2f4a3c"),
            arms=20.0,
        ),
        Garment(
            "vneck_knit.jpg",
            "V-neck knit",
            "Burgundy knitted pullover with a V-neck and long sleeves.",
            "top",
            TopCut(
                neck=Neck(0.84, 1.75, 0.2, "v"),
                sleeve=0.95,
                sleeve_ease=1.25,
                cuff_ease=1.35,
                cuff_tight=0.75,
                hem_tight=0.9,
                chest=1.12,
                waist=1.3,
                length=-0.1,
            ),
            KNIT,
            prints2.knit("#7a2335"),
            arms=20.0,
        ),
        Garment(
            "cardigan.jpg",
            "Buttoned cardigan",
            "Mustard knitted cardigan, buttoned, with a V-neck.",
            "top",
            TopCut(
                neck=Neck(0.86, 1.95, 0.2, "v"),
                sleeve=0.95,
                sleeve_ease=1.3,
                cuff_ease=1.4,
                cuff_tight=0.72,
                hem_tight=0.9,
                chest=1.16,
                waist=1.36,
                length=0.0,
            ),
            KNIT,
            prints2.knit("#c9922e", buttons=True),
            male=0.2,
            arms=20.0,
        ),
        Garment(
            "polo.jpg",
            "Polo shirt",
            "Navy polo shirt with collar and three buttons.",
            "top",
            TopCut(neck=Neck(0.78, 0.72, 0.2), chest=1.1, sleeve=0.44),
            JERSEY,
            prints2.polo("#22386b"),
            male=0.9,
        ),
        Garment(
            "striped_shirt.jpg",
            "Striped shirt",
            "Light blue and white striped button shirt with collar.",
            "top",
            TopCut(
                neck=Neck(0.78, 0.72, 0.2),
                chest=1.14,
                waist=1.36,
                hips=1.08,
                sleeve=0.98,
                sleeve_ease=1.3,
                cuff_ease=1.42,
                length=-0.9,
            ),
            POPLIN,
            prints2.shirt("#eef3f8", "#6f97c4"),
            male=0.8,
            arms=20.0,
        ),
        Garment(
            "tank_top.jpg",
            "Ribbed tank top",
            "Coral ribbed tank top without sleeves.",
            "top",
            TopCut(
                neck=Neck(0.92, 1.35, 0.55, "scoop"),
                sleeve=0.0,
                strap=0.7,
                chest=1.0,
                waist=1.12,
                length=0.25,
            ),
            JERSEY,
            prints2.ribbed_tank("#d9705c"),
            male=0.0,
        ),
        Garment(
            "jeans.jpg",
            "Blue jeans",
            "Straight blue jeans with pockets and orange stitching.",
            "bottom",
            BottomCut(rise=-0.25, length=0.94),
            DENIM,
            prints.jeans("#35527c"),
            legs=0.05,
        ),
        Garment(
            "wide_chinos.jpg",
            "Wide beige trousers",
            "Beige wide-leg trousers with slanted pockets.",
            "bottom",
            BottomCut(rise=0.05, length=0.935, thigh=1.2, knee=1.6, hem=1.5),
            TWILL,
            prints2.chinos("#bfae92"),
            male=0.1,
            legs=0.06,
        ),
        Garment(
            "shorts.jpg",
            "Olive shorts",
            "Olive green shorts ending above the knee.",
            "bottom",
            BottomCut(rise=-0.15, length=0.27, thigh=1.15, knee=1.38, lift=0.25),
            TWILL,
            prints2.chinos("#6b7350"),
            male=0.8,
            legs=0.06,
        ),
        Garment(
            "check_skirt.jpg",
            "Checked skirt",
            "A-line skirt in a red and navy check.",
            "bottom",
            SkirtCut(hem=1.55, length=0.41),
            TWILL,
            prints2.checked("#a33a3a", "#27304f", "#efe6cf"),
            male=0.0,
        ),
        Garment(
            "gathered_skirt.jpg",
            "Gathered midi skirt",
            "Teal midi skirt with soft folds from the waist.",
            "bottom",
            SkirtCut(hem=1.35, length=0.6, fullness=1.32, waist=0.98),
            FLOWING,
            prints2.plain_skirt("#2f7f86"),
            male=0.0,
        ),
        Garment(
            "floral_dress.jpg",
            "Summer dress with flowers",
            "Sleeveless knee-length dress with a flower pattern.",
            "dress",
            TopCut(
                neck=Neck(0.95, 1.25, 0.45, "scoop"),
                sleeve=0.0,
                length=-3.4,
                hem_width=1.5,
                waist=1.06,
                gathers=1.42,
                waist_tight=0.92,
                chest=1.04,
                strap=0.72,
            ),
            FLOWING,
            prints.floral("#fbf3e6"),
            male=0.0,
        ),
        Garment(
            "plain_dress.jpg",
            "Emerald midi dress",
            "Plain emerald midi dress with short sleeves.",
            "dress",
            TopCut(
                neck=Neck(0.9, 1.1, 0.3),
                sleeve=0.36,
                chest=1.05,
                waist=1.06,
                length=-4.6,
                hem_width=1.6,
                gathers=1.25,
                waist_tight=0.93,
            ),
            FLOWING,
            prints2.plain_dress("#116b52"),
            male=0.0,
        ),
    )
}
