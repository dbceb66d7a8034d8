"""VideoCrafter 1 and 2 (Chen et al. 2023 and 2024, arXiv:2310.19512, arXiv:2401.09047).

VideoCrafter2 was published for text only: its film starts from the noised photo, as its own sampler allows. The one
that reads a photo is VideoCrafter1.
"""

from __future__ import annotations

from dataclasses import replace

from tryon.spec import Component, Prompting, Runtime, VideoModel, Weights
from tryon.video import dynamicrafter
from tryon.video.lvdm import recipes
from tryon.video.lvdm.engine import film_with
from tryon.video.lvdm.recipes import Recipe
from tryon.video.lvdm.towers import TOKENIZER

BASE = replace(
    dynamicrafter.BASE,
    name="videocrafter2",
    title="VideoCrafter2 (from your photo)",
    family="VideoCrafter",
    about="Made for text alone: it starts from your photo, noised, so that faces and prints change. 320 x 512.",
    licence="Apache-2.0 with a clause: research and non-commercial use only",
    commercial=False,
    source="https://arxiv.org/abs/2401.09047",
    weights=(Weights(repo="VideoCrafter/VideoCrafter2", files=("model.ckpt",), gib=6.9), TOKENIZER),
    footprint=dynamicrafter.footprint(1_413_284_420),
    rank=87,
    guidance=(1.0, 20.0, 12.0),
    prompting=Prompting(tokens=77),
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="videocrafter1-i2v",
        title="VideoCrafter1 image to video",
        about="Follows the photo by its content, not its pixels: a likeness of the look moves. 320 x 512.",
        source="https://arxiv.org/abs/2310.19512",
        weights=(Weights(repo="VideoCrafter/Image2Video-512", files=("model.ckpt",), gib=9.7), TOKENIZER),
        footprint=dynamicrafter.footprint(
            1_438_843_460, dynamicrafter.VISION, Component("resampler", "image", 48_541_696)
        ),
        rank=88,
    ),
)
RECIPES: dict[str, Recipe] = {"videocrafter2": recipes.VIDEOCRAFTER2, "videocrafter1-i2v": recipes.VIDEOCRAFTER1}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, RECIPES[runtime.spec.name])
