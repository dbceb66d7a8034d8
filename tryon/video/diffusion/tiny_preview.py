"""Previews by a tiny video decoder, where somebody has put its weights into the weights folder; else a linear fit is
used (tap.LinearPreview). Never downloaded: they are on no hub, and no film needs them.

    git clone https://github.com/madebyollin/taehv ~/.cache/tryon/madebyollin/taehv
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.errors import TryonError, WeightsMissing
from tryon.settings import read_settings
from tryon.spec import Runtime, Weights
from tryon.types import Pixels
from tryon.weights.files import read_shapes, read_tensors
from tryon.weights.hub import INSTEAD, fetch

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.tiny_video import TinyDecoder

TAEHV, TAEM1 = "madebyollin/taehv", "madebyollin/taem1"
# Class of the autoencoder and channels of its latents (0: any) -> repository and name of the file.
NETWORKS: Mapping[tuple[str, int], tuple[str, str]] = {
    ("AutoencoderKLWan", 48): (TAEHV, "taew2_2"),
    ("AutoencoderKLWan", 0): (TAEHV, "taew2_1"),
    ("AutoencoderKLHunyuanVideo", 0): (TAEHV, "taehv"),
    ("AutoencoderKLHunyuanVideo15", 0): (TAEHV, "taehv1_5"),
    ("AutoencoderKLCogVideoX", 0): (TAEHV, "taecvx"),
    ("AutoencoderKLLTX2Video", 0): (TAEHV, "taeltx_2"),
    ("AutoencoderKLMochi", 0): (TAEM1, "taem1"),
}
PLACES = "{}.safetensors", "safetensors/{}.safetensors", "{}.pth"  # of a file in its repository

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TinyPreview:
    """Latents to colours by a network."""

    network: TinyDecoder
    name: str

    def __call__(self, latents: Tensor, side: int) -> Pixels:
        """(C, f, h, w) as the denoiser has them -> (f, H, W, 3) uint8, the longer side at least `side` px where the
        network can."""
        from tryon.nets.tiny_video import STAGES

        longest, doublings = max(latents.shape[-2:]) * self.network.params.patch, 0
        while longest * 2**doublings < side and doublings < STAGES:
            doublings += 1
        weight = next(self.network.parameters())
        frames = self.network(latents.transpose(0, 1).to(weight), doublings)
        return (frames.float() * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def tiny_preview(vae: Any, runtime: Runtime) -> TinyPreview | None:
    """The preview network of an autoencoder's latents, on the device; None where it is not here or cannot be used:
    the reason is logged, and a film is no worse for it."""
    channels = vae.config.get("z_dim") or vae.config.get("latent_channels")
    kind = type(vae).__name__
    known = NETWORKS.get((kind, channels)) or NETWORKS.get((kind, 0))
    if known is None:
        return None
    try:
        path = _found(*known, runtime)
        return None if path is None else TinyPreview(_read(path, channels, runtime), known[1])
    except TryonError as error:
        log.warning("previews of %s stay plain: %s", runtime.spec.title, error.text)
        return None


def _found(repo: str, name: str, runtime: Runtime) -> Path | None:
    settings = runtime.settings or read_settings()
    folder = (runtime.weights or settings.weights) / repo
    file = next((place.format(name) for place in PLACES if (folder / place.format(name)).is_file()), None)
    if file is None:
        return None
    if runtime.weights is None:  # what was once used must not change
        page = f"https://github.com/{repo}"
        fetch(Weights(repo=repo, files=(file,), page=page, optional=True), settings, title=name)
    return folder / file


def _read(path: Path, channels: int, runtime: Runtime) -> TinyDecoder:
    """Raises WeightsMissing and WeightsRefused."""
    import torch

    from tryon.nets.tiny_video import Growing, TinyDecoder, TinyParams

    title = path.stem
    try:
        params = TinyParams.of(read_shapes(path, title=title))
        with torch.device("meta"):
            network = TinyDecoder(params)
        tensors = dict(read_tensors(path, title=title, keep=lambda key: key.startswith("decoder.")))
        for index, layer in enumerate(network.decoder):
            if isinstance(layer, Growing):  # holds all frames that grow; the last one's rows are the last
                key = f"decoder.{index}.conv.weight"
                tensors[key] = tensors[key][-layer.conv.out_channels :]
        network.load_state_dict(tensors, assign=True)
    except (KeyError, IndexError, RuntimeError):
        raise WeightsMissing(model=title, missing="its layers are not the published ones", instead=INSTEAD) from None
    if params.latents != channels:
        raise WeightsMissing(model=title, missing=f"it reads {params.latents} channels", instead=INSTEAD)
    dtype = torch.float16 if runtime.device.startswith("cuda") else torch.float32
    return network.eval().requires_grad_(False).to(runtime.device, dtype)
