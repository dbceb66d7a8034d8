"""Stock diffusers models from a latent-diffusion checkpoint, one file without a configuration.

What a configuration would say is read off the shapes of the weights; only the number of heads leaves no trace in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tryon.transfer.diffusion.models import sized
from tryon.weights.files import read_shapes, read_tensors
from tryon.weights.fill import take
from tryon.weights.rules import below

Shapes = Mapping[str, tuple[int, ...]]
UNET, VAE = "model.diffusion_model.", "first_stage_model."
HEADS = 8  # Stable Diffusion 1.x, at every level


def unet(path: Path, *, title: str, dtype: Any) -> Any:
    """The UNet2DConditionModel in a checkpoint. Raises WeightsMissing when it is not whole."""
    from diffusers import UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    return _read(path, UNET, unet_config, UNet2DConditionModel, convert_ldm_unet_checkpoint, title, dtype)


def autoencoder(path: Path, *, title: str, dtype: Any, lead: str = "") -> Any:
    """The AutoencoderKL in a checkpoint, every key of which starts with `lead`. Raises WeightsMissing when it is not
    whole."""
    from diffusers import AutoencoderKL
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    return _read(path, VAE, autoencoder_config, AutoencoderKL, convert_ldm_vae_checkpoint, title, dtype, lead)


def unet_config(shapes: Shapes) -> dict[str, Any]:
    """Constructor values of the UNet whose weights (keys without prefix) have these shapes. KeyError for others."""
    widths, attending, layers, index = [shapes["input_blocks.0.0.weight"][0]], [False], [0], 1
    while any(key.startswith(f"input_blocks.{index}.") for key in shapes):
        if f"input_blocks.{index}.0.op.weight" in shapes:  # halves the size: a new level begins
            widths.append(0)
            attending.append(False)
            layers.append(0)
        else:
            widths[-1] = shapes[f"input_blocks.{index}.0.in_layers.2.weight"][0]
            attending[-1] = f"input_blocks.{index}.1.proj_in.weight" in shapes
            layers[-1] += 1
        index += 1
    text = shapes[min((key for key in shapes if key.endswith(".attn2.to_k.weight")), default="")]
    return {
        "in_channels": shapes["input_blocks.0.0.weight"][1],
        "out_channels": shapes["out.2.weight"][0],
        "block_out_channels": tuple(widths),
        "layers_per_block": layers[0],
        "cross_attention_dim": text[1],
        "attention_head_dim": HEADS,
        "down_block_types": tuple("CrossAttnDownBlock2D" if looks else "DownBlock2D" for looks in attending),
        "up_block_types": tuple("CrossAttnUpBlock2D" if looks else "UpBlock2D" for looks in reversed(attending)),
    }


def autoencoder_config(shapes: Shapes) -> dict[str, Any]:
    """Constructor values of the autoencoder whose weights (keys without prefix) have these shapes."""
    levels = 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("encoder.down."))
    widths = tuple(shapes[f"encoder.down.{level}.block.0.conv1.weight"][0] for level in range(levels))
    return {
        "in_channels": shapes["encoder.conv_in.weight"][1],
        "out_channels": shapes["decoder.conv_out.weight"][0],
        "latent_channels": shapes["decoder.conv_in.weight"][1],
        "block_out_channels": widths,
        "layers_per_block": sum(
            key.startswith("encoder.down.0.block.") and key.endswith(".conv1.weight") for key in shapes
        ),
        "down_block_types": ("DownEncoderBlock2D",) * levels,
        "up_block_types": ("UpDecoderBlock2D",) * levels,
    }


def _read(
    path: Path,
    prefix: str,
    settings: Callable[[Shapes], dict[str, Any]],
    cls: Any,
    convert: Any,
    title: str,
    dtype: Any,
    lead: str = "",
) -> Any:
    shapes = below(read_shapes(path, title=title), lead + prefix)
    module = sized(lambda given: cls(**settings(given)), shapes, title)
    state = {
        key.removeprefix(lead): tensor.to(dtype)
        for key, tensor in read_tensors(path, title=title, keep=lambda key: key.startswith(lead + prefix))
    }
    found = convert(dict(state), module.config)
    used = {tensor.data_ptr() for tensor in found.values()}
    # What the conversion passes over is passed on, to be named as belonging to no part.
    left = {key: tensor for key, tensor in state.items() if tensor.data_ptr() not in used}
    return take(module, {**found, **left}.items(), title=title)
