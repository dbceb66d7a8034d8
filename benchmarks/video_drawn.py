"""Pipelines of diffusers whose networks are drawn instead of read, and texts that were never written."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.video_published import Network
from tryon.video.diffusion.method import Shot


def drawn(network: Network, device: str, dtype: Any) -> Any:
    """The network with the weights of its own initialisation, made on the device in its type."""
    before = torch.get_default_dtype()
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        module = network.built(device)
    finally:
        torch.set_default_dtype(before)
    module.eval().requires_grad_(False)
    for name, part in module.named_modules():  # what from_pretrained leaves in float32
        if any(kept in name.split(".") for kept in getattr(module, "_keep_in_fp32_modules", None) or ()):
            part.float()
    return module


def extras(cls: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """What a pipeline needs besides networks: schedulers, preparations of pictures; None for what reads text."""
    import inspect

    import diffusers

    flow = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=5.0
    )
    schedulers = {
        "Wan": flow,
        "SkyReels": flow,
        "CogVideoX": diffusers.CogVideoXDPMScheduler(
            prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
            snr_shift_scale=1.0, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
        ),
        "StableVideo": diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear",
            prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002, steps_offset=1,
            timestep_spacing="leading", timestep_type="continuous", use_karras_sigmas=True,
        ),
        "Mochi": diffusers.FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
    }  # fmt: skip
    named = [made for start, made in schedulers.items() if cls.__name__.startswith(start)]
    found: dict[str, Any] = {"scheduler": named[0] if named else diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0)}
    wanted = inspect.signature(cls.__init__).parameters
    encoder = parts.get("image_encoder")
    if encoder is not None:
        side = encoder.config.image_size
        clip = _processor("clip", "CLIP")(crop_size={"height": side, "width": side}, size={"shortest_edge": side})
        siglip = _processor("siglip", "Siglip")(size={"height": side, "width": side})
        made = siglip if "Siglip" in type(encoder).__name__ else clip
        found |= {name: made for name in ("image_processor", "feature_extractor") if name in wanted}
    elif "image_processor" in wanted and wanted["image_processor"].default is wanted["image_processor"].empty:
        found["image_processor"] = None
    if "guider" in wanted:
        from diffusers.guiders import ClassifierFreeGuidance

        found["guider"] = ClassifierFreeGuidance(guidance_scale=6.0)
    if "expand_timesteps" in wanted and parts["vae"].config.z_dim == 48:
        found["expand_timesteps"] = True
    if "boundary_ratio" in wanted and "transformer_2" in parts:
        found["boundary_ratio"] = 0.9
    for name in ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"):
        if name in wanted:
            found[name] = None
    return found


def driven(clip: Any, shot: Shot) -> tuple[list[Any], list[Any]]:
    """In place of wan_animate.driven: noise instead of the skeletons and faces of a person's clip."""
    draw = np.random.default_rng(1)
    skeleton = draw.integers(0, 255, (shot.height, shot.width, 3), np.uint8)
    face = draw.integers(0, 255, (512, 512, 3), np.uint8)
    return [skeleton] * shot.frames, [face] * shot.frames


def _processor(module: str, name: str) -> Any:
    """A picture preparation that needs no torchvision, by its name of transformers 5."""
    import importlib

    import transformers

    try:
        found = importlib.import_module(f"transformers.models.{module}.image_processing_pil_{module}")
        return getattr(found, f"{name}ImageProcessorPil")
    except (ImportError, AttributeError):
        return getattr(transformers, f"{name}ImageProcessor")


def drawn_words(pipe: Any, shot: Shot, device: str, dtype: Any) -> dict[str, Any]:
    """A text's encoding as the pipeline takes it, drawn."""
    if not shot.spec.prompted:
        return {}
    name, config = type(pipe).__name__, pipe.transformer.config

    def text(length: int, width: int) -> Any:
        generator = torch.Generator("cpu").manual_seed(1)
        return torch.randn(1, length, width, generator=generator).to(device, dtype)

    def seen(length: int) -> Any:
        return torch.ones(1, length, device=device, dtype=torch.bool)

    both = ("", "negative_")
    if name.startswith(("Wan", "SkyReels")):
        return {f"{sign}prompt_embeds": text(512, config.text_dim) for sign in both}
    if name.startswith("CogVideoX"):
        return {f"{sign}prompt_embeds": text(226, config.text_embed_dim) for sign in both}
    if name.startswith("LTX2"):
        width = pipe.connectors.config.caption_channels * pipe.connectors.config.text_proj_in_factor
        return {"prompt_embeds": text(1024, width), "prompt_attention_mask": seen(1024).long()}
    if name.startswith("Sana"):
        embeds = {f"{sign}prompt_embeds": text(300, config.caption_channels) for sign in both}
        embeds |= {f"{sign}prompt_attention_mask": seen(300).long() for sign in both}
        return embeds | {"negative_prompt": None}  # empty by default
    if name.startswith(("Mochi", "LTX")):
        width = config.text_embed_dim if name.startswith("Mochi") else config.caption_channels
        embeds = {f"{sign}prompt_embeds": text(256, width) for sign in both}
        return embeds | {f"{sign}prompt_attention_mask": seen(256) for sign in both}
    if name.startswith("HunyuanVideo15"):
        found = {f"{sign}prompt_embeds": text(256, config.text_embed_dim) for sign in both}
        found |= {f"{sign}prompt_embeds_mask": seen(256) for sign in both}
        found |= {f"{sign}prompt_embeds_2": text(256, config.text_embed_2_dim) for sign in both}
        return found | {f"{sign}prompt_embeds_mask_2": seen(256) for sign in both}
    assert name.startswith("HunyuanVideo"), name
    return {
        "prompt_embeds": text(400, config.text_embed_dim),
        "pooled_prompt_embeds": text(1, config.pooled_projection_dim)[:, 0],
        "prompt_attention_mask": seen(400),
    }
