"""What a training run shows of itself: a short film from a known first frame, as mp4 and as a strip in tensorboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import torch
from accelerate import Accelerator
from torch import Tensor

from tryon.nets.fashion import Control
from tryon.nets.fashion_diffusion import quick_steps
from tryon.train.fashion.data import Windows
from tryon.train.fashion.model import FashionFlow, X2Fashion
from tryon.train.fashion.train import TrainParams
from tryon.transfer.diffusion.pictures import as_pixels

STEPS = 25
FPS = {"fashionflow": 25, "x2fashion": 12}
SHOWN = 8  # frames of the strip


@dataclass(frozen=True)
class Clips:
    """Films sample number 0 of the data with the weights it is given."""

    params: TrainParams
    vae: Any  # on the CPU; float32

    def __call__(self, model: FashionFlow | X2Fashion, step: int, accelerator: Accelerator) -> None:
        device = accelerator.device
        sample = {key: value[None].to(device) for key, value in self._windows()[0].items()}
        with torch.inference_mode():
            latents = filmed(model, sample)
            self.vae.to(device)
            frames = [as_pixels(self.vae.decode(frame / self._scale).sample)[0] for frame in latents.unbind(2)]
            self.vae.to("cpu")
        folder = self.params.out / "clips"
        folder.mkdir(parents=True, exist_ok=True)
        path: Path = folder / f"step_{step:07d}.mp4"
        iio.imwrite(path, frames, plugin="FFMPEG", fps=FPS[self.params.system])
        strip = torch.stack([torch.from_numpy(frame) for frame in frames[:: max(1, len(frames) // SHOWN)]])
        tracker = accelerator.get_tracker("tensorboard", unwrap=True)
        tracker.add_images("film", strip, step, dataformats="NHWC")

    @property
    def _scale(self) -> float:
        return float(self.vae.config.scaling_factor)

    def _windows(self) -> Windows:
        params = self.params
        posed = params.system == "x2fashion"
        return Windows(params.data, params.frames, seed=params.seed, first=0, length=1, posed=posed)


def filmed(model: FashionFlow | X2Fashion, sample: dict[str, Tensor]) -> Tensor:
    """Scaled latents (1, c, f, h, w) from a sample's first frame and its noise, by the quick sampler."""
    first = sample["latents"][:, :, :1]
    if isinstance(model, FashionFlow):
        unet, control = model.net, None
        context = model.adapter(sample["clip"], first[:, :, 0])
    else:
        unet, context = model.unet, sample["text"]
        skips, middle = model.app_net(first[:, :, 0])
        control = Control(model.pose_net(sample["pose"]), skips, middle)
    return quick_steps(
        lambda latents, times: unet(latents, times, context, control),
        sample["noise"],
        first,
        STEPS,
        lambda step: None,
    )
