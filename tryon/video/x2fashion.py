"""X2Fashion (github.com/congwe11/x2fashion): a film from one fashion photo, a sentence and a sequence of poses.

The poses are those of the person's clip where there is one, else a walk on the spot from the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.spec import Component, Prompting, Runtime, VideoModel, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.sampling import Place
from tryon.video import fashionflow
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.running import Film
from tryon.video.fashion import checkpoint, poses
from tryon.video.fashion.engine import FashionEngine, opening
from tryon.video.fashion.system import PUBLISHED_HEADS, Fashion

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.fashion import Control

CHECKPOINT = Weights(
    repo="congwe11/x2fashion",
    files=("model_text_fineturning1000_133000.pth",),  # spelt so
    gib=1.0,
    page="https://github.com/congwe11/x2fashion",
)
VAE = Weights(repo="stabilityai/sd-vae-ft-mse", files=("config.json", "diffusion_pytorch_model.safetensors"), gib=0.31)
CLIP = Weights(
    repo="openai/clip-vit-large-patch14",
    files=("config.json", "model.safetensors", "vocab.json", "merges.txt", "special_tokens_map.json"),
    gib=1.6,
)
SPEC = replace(
    fashionflow.SPEC,
    name="x2fashion",
    title="X2Fashion",
    family="X2Fashion",
    about="Moves a standing model pose by pose: those of your clip, or a walk. Two seconds at 256 x 512.",
    source="https://github.com/congwe11/x2fashion",
    weights=(CHECKPOINT, VAE, CLIP),
    footprint=fashionflow.footprint(
        Component("pose_net", "other", 123_953),
        Component("app_net", "other", 15_765_524),
        Component("text", "text", 123_060_480),
    ),
    reads=frozenset({"look", "keypoints", "prompt", "driving"}),
    rank=91,
    sizes=((256, 512), (480, 640), (720, 1280)),
    native=((256, 512),),
    frames=(8, 24),
    fps=(8, 30, 12),
    native_fps=12,
    seconds=2.0,
    prompted=True,
    prompting=Prompting(still="", tokens=77),
)


@dataclass(frozen=True)
class Directed:
    """A sentence about the clothes, and the poses."""

    text: Any
    tokenizer: Any
    pose: Any
    look: Any
    place: Place

    def __call__(self, shot: Shot, first: Tensor) -> tuple[Tensor, Control]:
        """Context (1, tokens, width) and control for scaled latents (1, c, h, w) of the first frame."""
        from tryon.nets.fashion import Control

        length = self.text.config.max_position_embeddings
        ids = self.tokenizer([shot.prompt], padding="max_length", max_length=length, truncation=True)["input_ids"]
        with self.place.using(self.text, self.pose, self.look):
            context = self.text(_tensor(ids).to(self.place.device)).last_hidden_state
            pictures = _tensor(filmed(shot)).permute(3, 0, 1, 2)[None].to(self.place.device, context.dtype)
            skips, middle = self.look(first.to(context))
            return context, Control(self.pose(pictures / 127.5 - 1), skips, middle)


def filmed(shot: Shot) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Pictures of the skeletons of a shot, (f, h, w, 3)."""
    look = shot.scene.look
    points = shot.points(look.person.keypoints, look.photo.pixels, look.person.box)
    footage = shot.scene.driving
    track = (
        poses.walk(points, shot.frames, shot.fps)
        if footage is None
        else poses.follow(points, footage, shot.frames, shot.fps)
    )
    return np.stack([poses.skeleton(pose, shot.width, shot.height) for pose in track])


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return Film(runtime, open_engine(runtime))


def open_engine(runtime: Runtime, heads: tuple[int, int] = PUBLISHED_HEADS) -> FashionEngine:
    """The networks on their device. `heads`: heads and channels of a head of the UNet's attentions."""
    at = opening(runtime)
    home = at.place.home
    unet = home(checkpoint.open_unet(at.path, "unet", heads, **at.how))
    system = Fashion(unet, home(models.autoencoder(at.folders[VAE.repo], **at.how)), at.place)
    pose, look = map(home, checkpoint.open_controls(at.path, **at.how))
    text = home(text_tower(at.folders[CLIP.repo], **at.how))
    tokenizer = models.tokenizer(at.folders[CLIP.repo], title=runtime.spec.title)
    return FashionEngine(system, Directed(text, tokenizer, pose, look, at.place))


def text_tower(folder: Path, *, title: str, dtype: Any) -> Any:
    """CLIP ViT-L/14's text tower."""
    return models.text_encoder(folder, title=title, dtype=dtype)


def _tensor(values: Any) -> Tensor:
    import torch

    return torch.tensor(values)
