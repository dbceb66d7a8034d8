"""Frames out of latents, the first ones while the rest is still latent, with exactly the numbers of vae.decode().

Every function yields (3, f, H, W) in about -1..1, float32 on the CPU, in the order of time; latents come as
vae.decode() takes them (1, C, f, h, w). With offload the autoencoder is fetched before its parts are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def fetched(module: Any) -> Any:
    """The module on its device: calling parts of it does not trigger the hook of model offload that calling it does."""
    hook = getattr(module, "_hf_hook", None)
    if hook is not None and hasattr(hook, "pre_forward"):
        hook.pre_forward(module)
    return module


def whole(vae: Any, latents: Tensor, **words: Any) -> Iterator[Tensor]:
    """All frames at once, for autoencoders that cannot do it in parts."""
    yield _out(vae.decode(placed(vae, latents), return_dict=False, **words)[0])


def wan(vae: Any, latents: Tensor) -> Iterator[Tensor]:
    """1 frame, then 4 with each further frame of the latents; in tiles all at once (time is inside the tile)."""
    from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

    if vae.use_tiling:
        yield from whole(vae, latents)
        return
    fetched(vae)
    vae.clear_cache()
    try:
        ready = vae.post_quant_conv(placed(vae, latents))
        for index in range(ready.shape[2]):
            vae._conv_idx = [0]
            first = {"first_chunk": True} if index == 0 else {}
            part = vae.decoder(
                ready[:, :, index : index + 1], feat_cache=vae._feat_map, feat_idx=vae._conv_idx, **first
            )
            if vae.config.patch_size is not None:
                part = unpatchify(part, patch_size=vae.config.patch_size)
            yield _out(part.clamp(-1, 1))
    finally:
        vae.clear_cache()


def cogvideox(vae: Any, latents: Tensor) -> Iterator[Tensor]:
    """8 frames (9 first, where the latents are odd in number) with each two of the latents."""
    if vae.use_tiling:
        yield from whole(vae, latents)
        return
    fetched(vae)
    count, batch, cache = latents.shape[2], vae.num_latent_frames_batch_size, None
    rest = count % batch
    for index in range(max(count // batch, 1)):
        start = batch * index + (rest if index else 0)
        part = placed(vae, latents[:, :, start : batch * (index + 1) + rest])
        if vae.post_quant_conv is not None:
            part = vae.post_quant_conv(part)
        part, cache = vae.decoder(part, conv_cache=cache)
        yield _out(part)


def temporal_tiles(vae: Any, latents: Tensor, *, drops_last: bool = False, time: Any = None) -> Iterator[Tensor]:
    """Overlapping pieces of time, blended, as HunyuanVideo and LTX decode with use_framewise_decoding; spatial tiles
    inside where they are on. `drops_last`: LTX leaves a later piece's last frame out, HunyuanVideo its first. `time`:
    LTX's timestep of decoding. Without framewise decoding, or for short clips, all at once."""
    ratio, count = vae.temporal_compression_ratio, latents.shape[2]
    least, stride = vae.tile_sample_min_num_frames // ratio, vae.tile_sample_stride_num_frames // ratio
    if not vae.use_framewise_decoding or count <= least:
        yield from whole(vae, latents, **({"temb": time} if drops_last else {}))
        return
    fetched(vae)
    blend = vae.tile_sample_min_num_frames - vae.tile_sample_stride_num_frames
    left, before = (count - 1) * ratio + 1, None
    for start in range(0, count, stride):
        part = _piece(vae, placed(vae, latents[:, :, start : start + least + 1]), drops_last, time)
        if before is not None:
            part = vae.blend_t(before, part[:, :, :-1] if drops_last else part[:, :, 1:], blend)
        out = part[:, :, : vae.tile_sample_stride_num_frames + (before is None)][:, :, :left]
        before, left = part, left - out.shape[2]
        if out.shape[2]:
            yield _out(out)


def _piece(vae: Any, latents: Tensor, is_ltx: bool, time: Any) -> Tensor:
    ratio = vae.spatial_compression_ratio
    height, width = latents.shape[-2:]
    if vae.use_tiling and (width > vae.tile_sample_min_width // ratio or height > vae.tile_sample_min_height // ratio):
        tiled = vae.tiled_decode(latents, time, return_dict=True) if is_ltx else vae.tiled_decode(latents)
        return tiled.sample
    return vae.decoder(latents, time) if is_ltx else vae.decoder(vae.post_quant_conv(latents))


def normalised(vae: Any, latents: Tensor) -> Tensor:
    """A video autoencoder's latents as Wan's denoiser has them: (z - mean) / std of the configuration."""
    mean, std = _statistics(vae, latents)
    return (latents - mean) / std


def unnormalised(vae: Any, latents: Tensor) -> Tensor:
    """The way back."""
    mean, std = _statistics(vae, latents)
    return latents * std + mean


def _statistics(vae: Any, latents: Tensor) -> tuple[Tensor, Tensor]:
    import torch

    shape = (1, -1, *([1] * (latents.dim() - 2)))
    mean, std = (torch.tensor(values).view(shape) for values in (vae.config.latents_mean, vae.config.latents_std))
    return mean.to(latents), std.to(latents)


def placed(vae: Any, latents: Tensor) -> Tensor:
    """Where the autoencoder computes, in its type."""
    from diffusers.utils.torch_utils import get_module_execution_device

    return latents.to(get_module_execution_device(vae), next(vae.parameters()).dtype)


def _out(frames: Tensor) -> Tensor:
    return frames[0].float().cpu()
