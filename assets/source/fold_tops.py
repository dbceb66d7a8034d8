"""The tops whose folds the package keeps: bodies, cuts, fabrics and what their wearers did."""

from __future__ import annotations

from dataclasses import replace

from body import Arm, Leg, Pose, Shape
from cloth import Fabric
from drape import Drape
from people import CALM, EASY, LOOSE, STAND
from tailor import TopCut

WOMAN = Shape(0.0, (0.4, 0.4, 0.2), 0.5, 0.45, 0.1, 0.7, cup=0.45, details=CALM)
MAN = Shape(1.0, (0.4, 0.4, 0.2), 0.55, 0.45, 0.1, 0.7, details=CALM)
HANG = Arm((0.20, -1.0, -0.02), (0.13, -1.0, 0.20), twist=-18, curl=24)
BENT = Arm((0.24, -1.0, -0.05), (0.10, -1.0, 0.36), twist=-18, curl=24)
FLEX = Arm((0.22, -1.0, -0.15), (0.02, -0.75, 0.75), twist=-18, curl=24)


def standing(left: Arm, right: Arm, legs: tuple[Leg, Leg], hips: float = 0.0, spine: float = 0.0) -> Pose:
    return Pose(left, right, *legs, hip_tilt=hips, spine_tilt=spine)


RIGHT_HIP = standing(HANG, LOOSE, EASY, 2, -2)
LEFT_HIP = standing(LOOSE, HANG, STAND, -1, 1)
SWAY = (
    (40, Pose(HANG, LOOSE, *STAND, spine_tilt=9, spine_turn=14)),
    (70, Pose(LOOSE, HANG, *STAND, spine_tilt=-7, spine_turn=-10)),
)
FLEXED = ((45, standing(FLEX, FLEX, STAND)), (70, standing(FLEX, FLEX, STAND)))

BOX = TopCut(chest=1.16, waist=1.36, hips=1.10, sleeve=0.46, sleeve_ease=1.3, cuff_ease=1.4, shoulder=0.15,
             armhole=0.1, length=-0.5)  # fmt: skip
FITTED = TopCut(chest=1.08, waist=1.16, hips=1.04, sleeve=0.42, length=-0.4)
SWEATER = TopCut(chest=1.2, waist=1.36, hips=1.12, sleeve=1.0, sleeve_ease=1.22, cuff_ease=1.3, cuff_tight=0.85,
                 shoulder=0.05, armhole=0.1, length=-0.5, hem_tight=0.92)  # fmt: skip
SLIM = TopCut(chest=1.06, waist=1.15, hips=1.04, sleeve=0.98, sleeve_ease=1.16, cuff_ease=1.24, cuff_tight=0.9,
              length=-0.5)  # fmt: skip
TUNIC = TopCut(chest=1.15, waist=1.40, hips=1.18, sleeve=1.0, sleeve_ease=1.25, cuff_ease=1.4, shoulder=0.1,
               armhole=0.1, length=-1.6)  # fmt: skip
COTTON = Fabric(bend=0.2, uneven=0.015, friction=0.5, gravity=40)
JERSEY = Fabric(bend=0.15, uneven=0.015, friction=0.6, gravity=30)

TOPS = {
    drape.name: drape
    for drape in (
        Drape("loose_man", MAN, BOX, replace(COTTON, friction=0.6), (*SWAY, (100, LEFT_HIP)), 0.09,
              (0.25, 0.40, 0.12), lift=(0.03, 0.12), seed=2),
        Drape("fitted_man", MAN, replace(FITTED, waist=1.18, hips=1.05, sleeve=0.45, length=-0.5), JERSEY,
              (*SWAY, (100, RIGHT_HIP)), 0.085, (0.2, 0.3, 0.08), lift=(0.14, 0.06), seed=4),
        Drape("loose_woman", WOMAN, BOX, COTTON, (*SWAY, (100, RIGHT_HIP)), 0.08, (0.22, 0.38, 0.12),
              lift=(0.11, 0.04)),
        Drape("fitted_woman", WOMAN, FITTED, JERSEY, (*SWAY, (100, LEFT_HIP)), 0.075, (0.18, 0.28, 0.08),
              lift=(0.06, 0.13), seed=3),
        Drape("heavy_man", MAN, BOX, Fabric(bend=0.3, uneven=0.012, friction=0.6, gravity=40),
              ((45, standing(HANG, LOOSE, EASY)), (75, RIGHT_HIP)), 0.09, (0.3, 0.5, 0.2), lift=(0.06, 0.22),
              band=0.6),
        Drape("sweater_man", MAN, SWEATER, Fabric(bend=0.2, uneven=0.02, friction=0.4, gravity=40, thickness=0.08),
              (*FLEXED, (100, standing(BENT, HANG, STAND))), 0.085, (0.22, 0.36, 0.10), lift=(0.07, 0.10), band=0.6,
              cuffs=0.30, seed=10),
        Drape("slim_woman", WOMAN, SLIM, Fabric(bend=0.12, uneven=0.025, friction=0.4, gravity=30),
              (*FLEXED, (100, standing(HANG, BENT, STAND))), 0.07, (0.16, 0.25, 0.06), lift=(0.05, 0.11),
              cuffs=0.24, seed=11),
        Drape("long_man", MAN, replace(SWEATER, sleeve_ease=1.2, cuff_ease=1.12, cuff_tight=1.0, hem_tight=1.0),
              Fabric(bend=0.12, uneven=0.04, friction=0.4, gravity=25),
              (FLEXED[0], (75, standing(BENT, HANG, STAND))), 0.10, (0.22, 0.32, 0.06), cuffs=0.16, seed=12),
        Drape("tunic_woman", WOMAN, TUNIC, replace(JERSEY, friction=0.5, gravity=50), (*SWAY, (100, RIGHT_HIP)),
              0.085, (0.22, 0.38, 0.08), seed=6),
    )
}  # fmt: skip
TRUNKS = ("loose_man", "fitted_man", "loose_woman", "fitted_woman", "heavy_man", "sweater_man", "tunic_woman")
SHORT = (("loose_man", "R"), ("loose_man", "L"), ("loose_woman", "R"), ("loose_woman", "L"), ("fitted_man", "R"),
         ("fitted_woman", "L"))  # fmt: skip
# The share of the arm from which on a sleeve is crumpled by what holds its cuff.
LONG = (("long_man", "R", 0.80), ("long_man", "L", 0.76), ("slim_woman", "R", 0.70), ("slim_woman", "L", 0.73),
        ("tunic_woman", "R", 0.97))  # fmt: skip
