"""DynamiCrafter (Xing et al., ECCV 2024, arXiv:2310.12190): one photo and a sentence to two seconds of film.

All checkpoints always make 16 frames. The ones of the authors hold everything; the pruned ones (Kijai) are the same
weights in half precision without OpenCLIP, which is then taken from its own repository.
"""

from __future__ import annotations

from dataclasses import replace

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.lvdm import recipes
from tryon.video.lvdm.engine import film_with
from tryon.video.lvdm.recipes import Recipe
from tryon.video.lvdm.towers import TOKENIZER, WHOLE

UNET = 1_438_854_980
PARTS = (
    Component("text", "text", 340_387_840),
    Component("vision", "image", 630_766_080),
    Component("resampler", "image", 48_787_456),
    Component("vae", "vae", 83_653_863),
)
PRUNED = "Kijai/DynamiCrafter_pruned"


def _footprint(unet: int) -> Footprint:
    # Values beside the weights, from the peaks that the pruned checkpoints' user reports (8 GB at 512, 10 GB at 1024).
    return Footprint(
        components=(Component("unet", "denoiser", unet), *PARTS),
        denoise=Peak(fixed=0.3, volume=0.4),
        decode=Peak(fixed=0.2, megapixel=5.0),
        dtype="float16",
        savings=frozenset({"model"}),
    )


def _published(repo: str) -> tuple[Weights, ...]:
    return (Weights(repo=repo, files=("model.ckpt",), gib=9.72), TOKENIZER)


def _pruned(file: str) -> tuple[Weights, ...]:
    return (Weights(repo=PRUNED, files=(file,), gib=2.93), WHOLE)


BASE = VideoSpec(
    name="dynamicrafter-512",
    title="DynamiCrafter 512",
    family="DynamiCrafter",
    about="Two seconds of free motion from a photo and a sentence, at 320 x 512; was trained on wide pictures.",
    licence="Apache-2.0",
    commercial=True,
    source="https://arxiv.org/abs/2310.12190",
    weights=_published("Doubiiu/DynamiCrafter_512"),
    footprint=_footprint(UNET),
    reads=frozenset({"look", "prompt"}),
    rank=80,
    extra="gpu",
    sizes=((320, 512), (480, 640), (720, 1280)),
    native=((320, 512), (512, 320)),
    stride=64,
    frames=(16, 16),
    fps=(8, 30, 8),
    native_fps=8,
    seconds=2.0,
    steps=(2, 60, 50),
    guidance=(1.0, 15.0, 7.5),
    prompting=Prompting(template="{motion}", tokens=77),
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="dynamicrafter-512-pruned",
        title="DynamiCrafter 512, half precision",
        about="The same as DynamiCrafter 512 with a smaller download.",
        weights=_pruned("dynamicrafter_512_fp16_pruned.safetensors"),
        rank=81,
    ),
    replace(
        BASE,
        name="dynamicrafter-1024",
        title="DynamiCrafter 1024",
        about="Two seconds of free motion at 576 x 1024, its sharpest; calm by default.",
        weights=_published("Doubiiu/DynamiCrafter_1024"),
        sizes=((576, 1024), (480, 640), (720, 1280)),
        native=((576, 1024), (1024, 576)),
        rank=78,
    ),
    replace(
        BASE,
        name="dynamicrafter-1024-pruned",
        title="DynamiCrafter 1024, half precision",
        about="The same as DynamiCrafter 1024 with a smaller download.",
        weights=_pruned("dynamicrafter_1024_fp16_pruned.safetensors"),
        sizes=((576, 1024), (480, 640), (720, 1280)),
        native=((576, 1024), (1024, 576)),
        rank=79,
    ),
    replace(
        BASE,
        name="dynamicrafter-256",
        title="DynamiCrafter 256",
        about="The first and smallest: quick, square, 256 x 256.",
        weights=_published("Doubiiu/DynamiCrafter"),
        footprint=_footprint(UNET + 16),
        sizes=((256, 256), (480, 640), (720, 1280)),
        native=((256, 256),),
        rank=84,
    ),
    replace(
        BASE,
        name="dynamicrafter-loop",
        title="DynamiCrafter loop",
        about="A look that loops without a seam: it ends as it began. Two seconds at 320 x 512.",
        weights=_published("Doubiiu/DynamiCrafter_512_Interp"),
        frames=(15, 15),
        seconds=15 / 8,
        loops=True,
        rank=82,
    ),
    replace(
        BASE,
        name="dynamicrafter-loop-pruned",
        title="DynamiCrafter loop, half precision",
        about="The same as DynamiCrafter loop with a smaller download.",
        weights=_pruned("dynamicrafter_512_interp_fp16_pruned.safetensors"),
        frames=(15, 15),
        seconds=15 / 8,
        loops=True,
        rank=83,
    ),
    replace(
        BASE,
        name="dynamicrafter-change",
        title="DynamiCrafter change",
        about="From your own photo to the dressed one: the clothes change within two seconds, at 320 x 512.",
        weights=_published("Doubiiu/DynamiCrafter_512_Interp"),
        rank=85,
    ),
)
RECIPES: dict[str, Recipe] = {
    "dynamicrafter-512": recipes.DYNAMICRAFTER_512,
    "dynamicrafter-512-pruned": recipes.DYNAMICRAFTER_512,
    "dynamicrafter-1024": recipes.DYNAMICRAFTER_1024,
    "dynamicrafter-1024-pruned": recipes.DYNAMICRAFTER_1024,
    "dynamicrafter-256": recipes.DYNAMICRAFTER_256,
    "dynamicrafter-loop": recipes.DYNAMICRAFTER_LOOP,
    "dynamicrafter-loop-pruned": recipes.DYNAMICRAFTER_LOOP,
    "dynamicrafter-change": recipes.DYNAMICRAFTER_CHANGE,
}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, RECIPES[runtime.spec.name])
