"""What most pipelines are called with, and the picture as their autoencoder sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tryon.video.diffusion.method import Shot

if TYPE_CHECKING:
    from torch import Tensor


def pictured(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The arguments of a usual image-to-video call, but text and generator."""
    return {"image": shot.image, **sized(shot), "num_frames": shot.frames}


def sized(shot: Shot) -> dict[str, Any]:
    """What every call is told."""
    return {
        "height": shot.height,
        "width": shot.width,
        "num_inference_steps": shot.steps,
        "guidance_scale": shot.guidance,
    }


def encoded_picture(pipe: Any, shot: Shot) -> Tensor:
    """(1, C, 1, h, w) of the first frame, as the autoencoder gives it, without scaling; float32."""
    from diffusers.utils.torch_utils import get_module_execution_device

    pixels = pipe.video_processor.preprocess(shot.image, height=shot.height, width=shot.width)[:, :, None]
    pixels = pixels.to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
    return pipe.vae.encode(pixels).latent_dist.mode().float()
