"""In what the checkpoints of the family differ, as their authors' scripts run them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tryon.nets.ddim import Schedule

# How a checkpoint is shown the picture: its latents beside the noisy ones of every frame; the same of first and last
# frame only; by image tokens alone; not at all, so that sampling starts from the noised picture.
Start = Literal["every_frame", "ends", "tokens", "noised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one checkpoint is sampled."""

    velocity: bool  # predicts v, not noise
    zero_snr: bool
    trailing: bool  # the last time is visited: what predicts v from pure noise must see it
    scaling: Literal["none", "dynamic", "signal"]
    base_scale: float
    rescale: float  # of guidance
    start: Start
    rate: int  # what the frame-rate branch is fed
    changes: bool = False  # from the photo before to the dressed one, where it has two ends; else the same at both
    closes: bool = False  # the last frame is the first again, and left out
    eta: float = 1.0
    share: float = 1.0  # of the noise that sampling starts from, where it starts from the noised picture

    @property
    def schedule(self) -> Schedule:
        from tryon.nets.ddim import Schedule

        return Schedule(
            velocity=self.velocity,
            zero_snr=self.zero_snr,
            trailing=self.trailing,
            scaling=self.scaling,
            base_scale=self.base_scale,
        )


# `rate` is frames per second for 512 and 1024 (the lower, the more motion), a stride of 1 to 6 for 256 (the higher,
# the more motion).
DYNAMICRAFTER_512 = Recipe(
    velocity=True,
    zero_snr=True,
    trailing=True,
    scaling="dynamic",
    base_scale=0.7,
    rescale=0.7,
    start="every_frame",
    rate=24,
)
DYNAMICRAFTER_1024 = replace(DYNAMICRAFTER_512, base_scale=0.3, rate=10)
DYNAMICRAFTER_ENDS = replace(DYNAMICRAFTER_512, start="ends", rate=5)
DYNAMICRAFTER_LOOP = replace(DYNAMICRAFTER_ENDS, closes=True)
DYNAMICRAFTER_CHANGE = replace(DYNAMICRAFTER_ENDS, changes=True)
DYNAMICRAFTER_256 = replace(
    DYNAMICRAFTER_512,
    velocity=False,
    zero_snr=False,
    trailing=False,
    scaling="none",
    base_scale=1.0,
    rescale=0.0,
    rate=3,
)
VIDEOCRAFTER1 = replace(DYNAMICRAFTER_256, scaling="signal", base_scale=0.7, start="tokens", rate=8)
# Starting with a bit less than all the noise keeps where things are; measured by nobody, as upstream's own option.
VIDEOCRAFTER2 = replace(VIDEOCRAFTER1, start="noised", rate=28, share=0.8)
