"""VideoCrafter 1 and 2 (Chen et al. 2023 and 2024, arXiv:2310.19512, arXiv:2401.09047).

VideoCrafter2 was published for text only: its film starts from the noised photo, as its own sampler allows. The one
that reads a photo is VideoCrafter1.
"""

from __future__ import annotations

from dataclasses import replace

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.lvdm import recipes
from tryon.video.lvdm.engine import film_with
from tryon.video.lvdm.recipes import Recipe
from tryon.video.lvdm.towers import TOKENIZER

TEXT, VAE = Component("text", "text", 340_387_840), Component("vae", "vae", 83_653_863)
FOOTPRINT = Footprint(
    components=(Component("unet", "denoiser", 1_413_284_420), TEXT, VAE),
    denoise=Peak(fixed=0.3, volume=0.4),  # the same network as DynamiCrafter's
    decode=Peak(fixed=0.2, megapixel=5.0),
    dtype="float16",
    savings=frozenset({"model"}),
)
BASE = VideoSpec(
    name="videocrafter2",
    title="VideoCrafter2 (from your photo)",
    family="VideoCrafter",
    about="Made for text alone: it starts from your photo, noised, so that faces and prints change. 320 x 512.",
    licence="Apache-2.0 with a clause: research and non-commercial use only",
    commercial=False,
    source="https://arxiv.org/abs/2401.09047",
    weights=(Weights(repo="VideoCrafter/VideoCrafter2", files=("model.ckpt",), gib=6.9), TOKENIZER),
    footprint=FOOTPRINT,
    reads=frozenset({"look", "prompt"}),
    rank=87,
    extra="gpu",
    sizes=((320, 512), (480, 640), (720, 1280)),
    native=((320, 512), (512, 320)),
    stride=64,
    frames=(16, 16),
    fps=(8, 30, 8),
    native_fps=8,
    seconds=2.0,
    steps=(2, 60, 50),
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
        footprint=replace(
            FOOTPRINT,
            components=(
                Component("unet", "denoiser", 1_438_843_460),
                TEXT,
                Component("vision", "image", 630_766_080),
                Component("resampler", "image", 48_541_696),
                VAE,
            ),
        ),
        rank=88,
    ),
)
RECIPES: dict[str, Recipe] = {"videocrafter2": recipes.VIDEOCRAFTER2, "videocrafter1-i2v": recipes.VIDEOCRAFTER1}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, RECIPES[runtime.spec.name])
