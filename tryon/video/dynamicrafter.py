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

TEXT = Component("text", "text", 340_387_840)
VISION = Component("vision", "image", 630_766_080)
VAE = Component("vae", "vae", 83_653_863)
PRUNED, HALVED = "Kijai/DynamiCrafter_pruned", "-pruned"


def footprint(unet: int, *beside: Component) -> Footprint:
    """Of a checkpoint of the family. `unet`: its parameters."""
    # Values beside the weights, from the peaks that the pruned checkpoints' user reports (8 GB at 512, 10 GB at 1024).
    return Footprint(
        components=(Component("unet", "denoiser", unet), TEXT, *beside, VAE),
        denoise=Peak(fixed=0.3, volume=0.4),
        decode=Peak(fixed=0.2, megapixel=5.0),
        dtype="float16",
        savings=frozenset({"model"}),
    )


def _parts(unet: int) -> Footprint:
    return footprint(unet, VISION, Component("resampler", "image", 48_787_456))


def _published(repo: str) -> tuple[Weights, ...]:
    return (Weights(repo=repo, files=("model.ckpt",), gib=9.72), TOKENIZER)


def _halved(spec: VideoSpec, file: str, rank: int) -> VideoSpec:
    """A variant from the pruned repository."""
    return replace(
        spec,
        name=f"{spec.name}{HALVED}",
        title=f"{spec.title}, half precision",
        about=f"The same as {spec.title} with a smaller download.",
        weights=(Weights(repo=PRUNED, files=(f"dynamicrafter_{file}_fp16_pruned.safetensors",), gib=2.93), WHOLE),
        rank=rank,
    )


BASE = VideoSpec(
    name="dynamicrafter-512",
    title="DynamiCrafter 512",
    family="DynamiCrafter",
    about="Two seconds of free motion from a photo and a sentence, at 320 x 512; was trained on wide pictures.",
    licence="Apache-2.0",
    commercial=True,
    source="https://arxiv.org/abs/2310.12190",
    weights=_published("Doubiiu/DynamiCrafter_512"),
    footprint=_parts(1_438_854_980),
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
LARGE = replace(
    BASE,
    name="dynamicrafter-1024",
    title="DynamiCrafter 1024",
    about="Two seconds of free motion at 576 x 1024, its sharpest; calm by default.",
    weights=_published("Doubiiu/DynamiCrafter_1024"),
    sizes=((576, 1024), (480, 640), (720, 1280)),
    native=((576, 1024), (1024, 576)),
    rank=78,
)
FIRST = replace(
    BASE,
    name="dynamicrafter-256",
    title="DynamiCrafter 256",
    about="The first and smallest: quick, square, 256 x 256.",
    weights=_published("Doubiiu/DynamiCrafter"),
    footprint=_parts(1_438_854_996),
    sizes=((256, 256), (480, 640), (720, 1280)),
    native=((256, 256),),
    rank=84,
)
LOOP = replace(
    BASE,
    name="dynamicrafter-loop",
    title="DynamiCrafter loop",
    about="A look that loops without a seam: it ends as it began. Two seconds at 320 x 512.",
    weights=_published("Doubiiu/DynamiCrafter_512_Interp"),
    frames=(15, 15),
    seconds=15 / 8,
    loops=True,
    rank=82,
)
CHANGE = replace(
    BASE,
    name="dynamicrafter-change",
    title="DynamiCrafter change",
    about="From your own photo to the dressed one: the clothes change within two seconds, at 320 x 512.",
    weights=LOOP.weights,
    rank=85,
)
SPECS = (BASE, _halved(BASE, "512", 81), LARGE, _halved(LARGE, "1024", 79), FIRST, LOOP,
         _halved(LOOP, "512_interp", 83), CHANGE)  # fmt: skip
_RECIPES: dict[str, Recipe] = {
    BASE.name: recipes.DYNAMICRAFTER_512,
    LARGE.name: recipes.DYNAMICRAFTER_1024,
    FIRST.name: recipes.DYNAMICRAFTER_256,
    LOOP.name: recipes.DYNAMICRAFTER_LOOP,
    CHANGE.name: recipes.DYNAMICRAFTER_CHANGE,
}
RECIPES = {spec.name: _RECIPES[spec.name.removesuffix(HALVED)] for spec in SPECS}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, RECIPES[runtime.spec.name])
