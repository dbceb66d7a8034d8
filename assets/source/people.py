"""The catalogue of sample people: body, pose, clothes, place and crop of each."""

from __future__ import annotations

from dataclasses import dataclass

import prints
import prints2
from body import Arm, Leg, Pose, Shape
from cloth import Fabric
from garments import DENIM, JERSEY, TWILL
from tailor import BottomCut, Neck, SkirtCut, TopCut
from textures import Print

RELAXED = Arm((0.24, -1.0, -0.02), (0.17, -1.0, 0.24), twist=-18, curl=24)
LOOSE = Arm((0.32, -1.0, 0.02), (0.22, -1.0, 0.22), twist=-25, curl=28)
ON_HIP = Arm((0.72, -0.78, -0.30), (-0.80, -0.42, 0.44), twist=-20, curl=30)


PALE, LIGHT, OLIVE, TAN = (0.54, 0.33, 0.235), (0.47, 0.28, 0.195), (0.40, 0.235, 0.15), (0.35, 0.20, 0.122)
MEDIUM, BROWN, DARK = (0.33, 0.19, 0.125), (0.24, 0.13, 0.085), (0.125, 0.068, 0.045)
CALM = {"breast/nipple-point-decr": 1.0, "breast/nipple-size-decr": 1.0}
WOMAN_TEE = TopCut(chest=1.08, waist=1.3, hips=1.06, sleeve=0.42)
MAN_TEE = TopCut(chest=1.09, waist=1.22, hips=1.06, sleeve=0.46, length=-0.7)
WOMAN_JEANS = BottomCut(rise=-0.2, length=0.95, thigh=1.08, knee=1.12, hem=0.95)
WOMAN_TROUSERS = BottomCut(rise=0.0, length=0.93, thigh=1.12, knee=1.25, hem=1.1)
MAN_TROUSERS = BottomCut(rise=-0.35, length=0.95, thigh=1.12, knee=1.18, hem=1.0)


@dataclass(frozen=True)
class Person:
    file: str
    title: str
    alt: str
    kind: str
    shape: Shape
    tone: tuple[float, float, float]
    pose: Pose
    top: tuple[TopCut, Fabric, Print]
    bottom: tuple[BottomCut | SkirtCut, Fabric, Print]
    place: str
    crop: str = "lips"
    turn: float = 0.0
    shoes: str = "shoes01"
    step: float = 0.085
    look: str = "AgX - Medium High Contrast"
    exposure: float = 0.25


STAND = (Leg((0.03, -1, 0.03), (0.02, -1, -0.02), 10), Leg((0.07, -1, 0.0), (0.06, -1, -0.04), 16))
EASY = (Leg((0.02, -1, 0.00), (0.02, -1, -0.03), 8), Leg((0.10, -1, 0.07), (0.07, -1, -0.05), 22))

PEOPLE: dict[str, Person] = {
    p.file: p
    for p in (
        Person(
            "woman_studio_half.jpg",
            "Woman, studio",
            "Woman in a teal T-shirt and jeans, from the lips to the thighs, before a light grey backdrop.",
            "half",
            Shape(0.0, (0.8, 0.0, 0.2), 0.5, 0.45, 0.05, 0.8, cup=0.35, details=CALM),
            PALE,
            Pose(LOOSE, RELAXED, *STAND, hip_tilt=-2, spine_tilt=1.0),
            (WOMAN_TEE, JERSEY, prints.plain_tee("#2f6f77")),
            (WOMAN_JEANS, DENIM, prints.jeans("#3a4a68")),
            "grey",
        ),
        Person(
            "man_studio_full.jpg",
            "Man, whole figure",
            "Man in a white T-shirt and navy trousers, whole figure from the chin down, before a blue-grey backdrop.",
            "full",
            Shape(1.0, (0.1, 0.8, 0.1), 0.62, 0.45, 0.02, 0.8, details=CALM),
            DARK,
            Pose(RELAXED, LOOSE, *STAND),
            (MAN_TEE, JERSEY, prints.plain_tee("#efede8")),
            (MAN_TROUSERS, TWILL, prints2.chinos("#2c3550")),
            "blue",
        ),
        Person(
            "woman_room_full.jpg",
            "Woman at home",
            "Curvy woman in a coral T-shirt and dark trousers, one hand on her hip, whole figure in a living room.",
            "full",
            Shape(0.0, (0.2, 0.7, 0.1), 0.45, 0.82, 0.0, 0.6, cup=0.5, details=CALM),
            BROWN,
            Pose(ON_HIP, RELAXED, *EASY, hip_tilt=2, spine_tilt=-1.0),
            (WOMAN_TEE, JERSEY, prints.plain_tee("#cf6a55")),
            (WOMAN_TROUSERS, TWILL, prints2.chinos("#2f3036")),
            "room",
            shoes="shoes03",
        ),
        Person(
            "man_park_half.jpg",
            "Man in the park",
            "Slim man in an olive T-shirt, from the lips to the thighs, with a blurred park behind.",
            "half",
            Shape(1.0, (0.1, 0.0, 0.9), 0.5, 0.35, -0.05, 0.6, details=CALM),
            TAN,
            Pose(LOOSE, RELAXED, *STAND, spine_turn=4),
            (MAN_TEE, JERSEY, prints.plain_tee("#7b8460")),
            (MAN_TROUSERS, TWILL, prints2.chinos("#b7a180")),
            "park",
        ),
        Person(
            "woman_studio_full.jpg",
            "Woman, turned a little",
            "Slim woman in a navy top and beige trousers, turned to one side, whole figure, sand-coloured sweep.",
            "full",
            Shape(0.0, (0.1, 0.0, 0.9), 0.5, 0.3, 0.0, 0.8, cup=0.3, details=CALM),
            OLIVE,
            Pose(RELAXED, LOOSE, *EASY),
            (
                TopCut(sleeve=0.93, sleeve_ease=1.14, cuff_ease=1.18, waist=1.25),
                JERSEY,
                prints.plain_tee("#2c3a5c"),
            ),
            (WOMAN_TROUSERS, TWILL, prints2.chinos("#c4ac86")),
            "sand",
            turn=26,
            shoes="shoes04",
        ),
        Person(
            "man_street_half.jpg",
            "Man in the street",
            "Heavier man in a dark blue polo shirt, from the lips to the thighs, with a blurred street behind.",
            "half",
            Shape(1.0, (0.9, 0.1, 0.0), 0.5, 0.85, 0.0, 0.4, old=0.3, details=CALM),
            LIGHT,
            Pose(RELAXED, LOOSE, *STAND),
            (
                TopCut(neck=Neck(0.8, 0.72, 0.2), chest=1.1, waist=1.12, hips=1.06, sleeve=0.46),
                JERSEY,
                prints2.polo("#2a4163"),
            ),
            (MAN_TROUSERS, DENIM, prints.jeans("#4a5a75")),
            "street",
        ),
        Person(
            "woman_summer_full.jpg",
            "Woman in summer clothes",
            "Woman in a white sleeveless top and denim shorts, whole figure from the chin down, soft rose backdrop.",
            "full",
            Shape(0.0, (0.4, 0.6, 0.0), 0.6, 0.48, 0.03, 0.9, cup=0.4, details=CALM),
            MEDIUM,
            Pose(LOOSE, RELAXED, *EASY, hip_tilt=-2, spine_tilt=1.5),
            (
                TopCut(neck=Neck(0.88, 1.2, 0.45, "scoop"), sleeve=0.0, strap=0.72, chest=1.05, waist=1.2),
                JERSEY,
                prints2.ribbed_tank("#f0eee8"),
            ),
            (
                BottomCut(rise=-0.1, length=0.2, thigh=1.08, knee=1.35, lift=0.2),
                DENIM,
                prints.jeans("#5b7aa6"),
            ),
            "rose",
            shoes="shoes02",
        ),
        Person(
            "man_court_half.jpg",
            "Man, long sleeves",
            "Man in a burgundy long-sleeved top, from the lips to the knees, sunny courtyard behind.",
            "half",
            Shape(1.0, (0.3, 0.6, 0.1), 0.7, 0.5, 0.0, 0.8, details=CALM),
            BROWN,
            Pose(LOOSE, RELAXED, *EASY, hip_tilt=1.5, spine_tilt=-1),
            (
                TopCut(chest=1.1, waist=1.25, sleeve=0.93, sleeve_ease=1.15, cuff_ease=1.2),
                JERSEY,
                prints.plain_tee("#74283a"),
            ),
            (MAN_TROUSERS, DENIM, prints.jeans("#2f3a50")),
            "court",
        ),
    )
}
