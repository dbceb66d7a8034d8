"""Speed and memory of the video models that are no pipelines of diffusers, on a GPU, with drawn weights.

    python benchmarks/own_video_gpu.py [--device cuda] [--steps 4] [--tiny]

Published weights are not needed: time and memory do not depend on their values. For each model: seconds a step (after
two to warm up), seconds for the autoencoder, and the peak of the card's memory beside what the plan expects of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from tryon.nets.ddim import Guidance
from tryon.nets.fashion import FashionParams, FashionUNet
from tryon.nets.lvdm import UNetParams, VideoUNet
from tryon.transfer.diffusion.sampling import Place
from tryon.video import dynamicrafter
from tryon.video.fashion.system import Fashion
from tryon.video.lvdm.checkpoint import Parts
from tryon.video.lvdm.system import Condition, Lvdm

GIB = 1024**3
SIZES = {"dynamicrafter-256": (256, 256), "dynamicrafter-512": (320, 512), "dynamicrafter-1024": (576, 1024)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--tiny", action="store_true", help="small networks, to try the script on a CPU")
    options = parser.parse_args()
    for name, (width, height) in SIZES.items():
        print(json.dumps({"model": name, **lvdm(name, width, height, options)}), flush=True)
    print(json.dumps({"model": "fashionflow", **fashion(options)}), flush=True)


def lvdm(name: str, width: int, height: int, options: argparse.Namespace) -> dict[str, float]:
    """DynamiCrafter's UNet and autoencoder; text and image tokens are drawn."""
    dtype = torch.float32 if options.device == "cpu" else torch.float16
    widths, context = ((64, 64), 64) if options.tiny else ((320, 640, 1280, 1280), 1024)
    if options.tiny:
        width, height = 128, 128
    params = UNetParams(
        channels_in=8, channels_out=4, widths=widths, blocks=2, attention=(True,) * (len(widths) - 1) + (False,),
        context=context, head=64, image_tokens=True, learnt_scale=False,
    )  # fmt: skip
    unet = drawn(lambda: VideoUNet(params), options.device, dtype)
    parts = Parts(unet, autoencoder(options, dtype), None, None, None)
    recipe = dynamicrafter.RECIPES[name]
    system = Lvdm(parts, recipe, None, Place(options.device))
    shape = (1, 4, 16, height // 8, width // 8)
    condition = Condition(
        {
            branch: torch.randn(1, 77 + 256, context, device=options.device, dtype=dtype)
            for branch in ("whole", "nothing")
        },
        torch.randn(shape, device=options.device),
        torch.full((1,), recipe.rate, device=options.device),
    )
    marks = [time.perf_counter()]

    def step(_: Any) -> None:
        wait(options.device)
        marks.append(time.perf_counter())

    reset(options.device)
    with torch.inference_mode():
        times = recipe.schedule.times(50)[: options.steps + 2]
        latents = system.sample(
            torch.randn(shape), condition, times, Guidance(scale=7.5, rescale=recipe.rescale), noise=torch.randn,
            on_step=step,
        )  # fmt: skip
        return measured(marks, system, latents, options.device)


def fashion(options: argparse.Namespace) -> dict[str, float]:
    """FashionFlow's UNet and autoencoder at 512 x 640 and 70 frames; what CLIP says is drawn."""
    width, height, frames = (128, 128, 8) if options.tiny else (512, 640, 70)
    params = FashionParams(width=8) if options.tiny else FashionParams()
    unet = drawn(lambda: FashionUNet(params), options.device, torch.float32)
    system = Fashion(unet, autoencoder(options, torch.float32), Place(options.device))
    marks = [time.perf_counter()]

    def step(_: Any) -> None:
        wait(options.device)
        marks.append(time.perf_counter())

    reset(options.device)
    with torch.inference_mode():
        first = torch.randn(1, 4, height // 8, width // 8, device=options.device)
        context = torch.randn(1, 50, 768, device=options.device)
        latents = system.sample(first, context, frames, steps=options.steps + 2, noise=torch.randn, on_step=step)
        return measured(marks, system, latents, options.device)


def measured(marks: list[float], system: Any, latents: Any, device: str) -> dict[str, float]:
    started = time.perf_counter()
    count = sum(1 for _ in system.decode(latents))
    wait(device)
    peak = torch.cuda.max_memory_allocated() / GIB if device != "cpu" else 0.0
    each = (marks[-1] - marks[2]) / (len(marks) - 3)
    decode = time.perf_counter() - started
    return {
        "seconds_a_step": round(each, 3),
        "decode_seconds": round(decode, 2),
        "frames": count,
        "gib": round(peak, 2),
    }


def drawn(make: Any, device: str, dtype: torch.dtype) -> Any:
    with torch.device(device):
        return make().to(dtype).eval().requires_grad_(False)


def autoencoder(options: argparse.Namespace, dtype: torch.dtype) -> Any:
    from diffusers import AutoencoderKL

    widths = (32,) * 4 if options.tiny else (128, 256, 512, 512)
    blocks = {"down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}
    return drawn(lambda: AutoencoderKL(block_out_channels=widths, layers_per_block=2, **blocks), options.device, dtype)


def wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def reset(device: str) -> None:
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()


if __name__ == "__main__":
    main()
