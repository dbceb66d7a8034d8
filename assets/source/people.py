"""The catalogue of sample people: body, pose, clothes, place and crop of each."""

from __future__ import annotations

from dataclasses import dataclass

import prints
from body import Arm, Leg, Pose, Shape
from cloth import Fabric
from garments import DENIM, JERSEY, TWILL
from tailor import BottomCut, Neck, SkirtCut, TopCut
from textures import Print

RELAXED = Arm((0.26, -1.0, -0.02), (0.20, -1.0, 0.22), twist=10)
LOOSE = Arm((0.34, -1.0, 0.02), (0.26, -1.0, 0.20), twist=14)
ON_HIP = Arm((0.72, -0.78, -0.30), (-0.80, -0.42, 0.44), twist=-20, curl=30)


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
    tucked: bool = False


PEOPLE: dict[str, Person] = {p.file: p for p in (
    Person("woman_studio_half.jpg", "Woman, studio", "Woman in a grey T-shirt from the lips to the thighs, light grey wall.",
           "half", Shape(0.0, (0.8, 0.0, 0.2), 0.5, 0.45, 0.1, 0.8, cup=0.4), (0.72, 0.50, 0.39),
           Pose(LOOSE, RELAXED, hip_tilt=-2, spine_tilt=1.0),
           (TopCut(), JERSEY, prints.plain_tee("#9aa0a6")), (BottomCut(rise=-0.2), DENIM, prints.jeans("#3a4a68")), "studio"),
    Person("man_studio_full.jpg", "Man, full figure", "Man in a white T-shirt and chinos, whole figure below the nose.",
           "full", Shape(1.0, (0.1, 0.8, 0.1), 0.62, 0.48, 0.05, 0.8), (0.22, 0.115, 0.07),
           Pose(RELAXED, LOOSE, Leg((0.08, -1, 0.04), (0.05, -1, 0.0), 14), Leg((0.14, -1, 0.0), (0.10, -1, -0.04), 18)),
           (TopCut(chest=1.07, waist=1.15, length=-0.9), JERSEY, prints.plain_tee("#e9e7e1")),
           (BottomCut(rise=-0.35, length=0.95, knee=1.15, hem=0.95), TWILL, prints.jeans("#2b3548")), "studio"),
)}
