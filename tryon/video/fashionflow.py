"""FashionFlow (Islam et al. 2023, arXiv:2310.00106): a film from one fashion photo, no words.

The published checkpoint was trained with two slips, which it needs again to be asked: its autoencoder is fed 0..1
instead of -1..1, and CLIP's picture is divided by 255 twice. What tryon.train.fashion exports has neither, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Runtime, VideoModel, VideoSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.sampling import Place
from tryon.types import Pixels
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.running import Film
from tryon.video.fashion import checkpoint
from tryon.video.fashion.engine import FashionEngine, opening
from tryon.video.fashion.system import PUBLISHED_HEADS, PUBLISHED_STEPS, Fashion

if TYPE_CHECKING:
    from torch import Tensor

CHECKPOINT = Weights(
    repo="1702609/FashionFlow",
    files=("FashionFlow_checkpoint.pth",),
    gib=0.27,
    page="https://github.com/1702609/FashionFlow",
)
VAE = Weights(
    repo="CompVis/stable-diffusion-v1-4",
    files=("vae/config.json", "vae/diffusion_pytorch_model.safetensors"),
    gib=0.31,
)
CLIP = Weights(repo="openai/clip-vit-base-patch32", files=("config.json", "pytorch_model.bin"), gib=0.56)
UNET, DECODER = Component("unet", "denoiser", 71_671_548), Component("vae", "vae", 83_653_863)


def footprint(*beside: Component) -> Footprint:
    """Of a system on this UNet."""
    # Estimated from the sizes of its feature maps: the widest are 128 channels at an eighth of the picture.
    return Footprint(
        components=(UNET, *beside, DECODER),
        denoise=Peak(fixed=0.3, volume=0.06),
        decode=Peak(fixed=0.2, megapixel=5.0),
        dtype="float32",
        savings=frozenset({"model"}),
    )


SPEC = VideoSpec(
    name="fashionflow",
    title="FashionFlow",
    family="FashionFlow",
    about="Trained on catwalk films: a standing model turns and poses. Reads no sentence.",
    licence="none published",
    commercial=False,
    source="https://arxiv.org/abs/2310.00106",
    weights=(CHECKPOINT, VAE, CLIP),
    footprint=footprint(Component("adapter", "other", 986_558), Component("clip", "image", 87_456_000)),
    reads=frozenset({"look"}),
    rank=90,
    extra="gpu",
    sizes=((512, 640), (480, 640), (720, 1280)),
    native=((512, 640),),
    stride=128,
    frame_rule=(2, 0),
    frames=(8, 70),
    fps=(8, 30, 25),
    native_fps=25,
    seconds=2.8,
    steps=(10, PUBLISHED_STEPS, 40),
    prompted=False,
    clamps_first=True,
)


@dataclass(frozen=True)
class Seen:
    """The picture as CLIP and the autoencoder see it. `twice`: see seen_by_clip."""

    clip: Any
    adapter: Any
    place: Place
    twice: bool
    tokenizer: None = None

    def __call__(self, shot: Shot, first: Tensor) -> tuple[Tensor, None]:
        return self.context(seen_by_clip(shot.picture, self.twice), first), None

    def context(self, pixels: Tensor, first: Tensor) -> Tensor:
        """pixels (b, 3, 224, 224), first (b, c, h, w) -> (b, tokens, width)."""
        with self.place.using(self.clip, self.adapter):
            hidden = self.clip(pixels.to(self.place.device, self.clip.dtype)).last_hidden_state
            return self.adapter(hidden, first.to(hidden))


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return Film(runtime, open_engine(runtime))


def open_engine(runtime: Runtime, heads: tuple[int, int] = PUBLISHED_HEADS) -> FashionEngine:
    """The networks on their device. `heads`: heads and channels of a head of the UNet's attentions."""
    at = opening(runtime)
    slips = checkpoint.has_slips(at.path, title=runtime.spec.title)
    home = at.place.home
    vae = home(models.autoencoder(at.folders[VAE.repo] / "vae", **at.how))
    system = Fashion(home(checkpoint.open_unet(at.path, "net", heads, **at.how)), vae, at.place, unsigned=slips)
    clip = home(image_tower(at.folders[CLIP.repo], **at.how))
    adapter = home(checkpoint.open_adapter(at.path, **at.how))
    return FashionEngine(system, Seen(clip, adapter, at.place, twice=slips))


def image_tower(folder: Path, *, title: str, dtype: Any) -> Any:
    """CLIP ViT-B/32's vision tower."""
    return models.vision_tower(folder, title=title, dtype=dtype)


def seen_by_clip(pixels: Pixels, twice: bool) -> Tensor:
    """(h, w, 3) -> (1, 3, 224, 224). `twice`: divided by 255 twice, so that CLIP sees next to nothing."""
    import numpy as np
    import torch
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    picture = pixels.transpose(2, 0, 1)
    given = picture.astype(np.float32) / 255 if twice else picture
    values = CLIPImageProcessorPil()(images=given, return_tensors="np")["pixel_values"]
    return torch.from_numpy(np.stack(values))
