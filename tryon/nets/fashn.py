"""FASHN VTON 1.5's network on diffusers' FLUX blocks: person and garment as two streams of one pixel-space transformer.

Source: github.com/fashn-AI/fashn-vton-1.5 (Apache-2.0). Both pictures are cut into patches of the same grid with the
same positions; the garment takes the place that text has in FLUX.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TIME_SCALE, WAVES, THETA = 1000.0, 256, 10_000
POSE, RGB = 1, 3  # channels


@dataclass(frozen=True, kw_only=True)
class FashnParams:
    """Sizes, which the published file does not hold."""

    height: int  # px of the network's pictures
    width: int
    patch: int  # px
    dim: int
    heads: int
    mixers: int  # person-only blocks at the start
    doubles: int
    singles: int
    axes: tuple[int, int, int]  # rotary channels of a head: picture, row, column
    categories: int  # besides "none"


PUBLISHED = FashnParams(
    height=864,
    width=576,
    patch=12,
    dim=1280,
    heads=10,
    mixers=4,
    doubles=8,
    singles=16,
    axes=(16, 56, 56),
    categories=3,
)


class FashnTransformer(nn.Module):  # type: ignore[misc,unused-ignore]
    """Velocity of noisy pictures."""

    def __init__(self, params: FashnParams) -> None:
        super().__init__()
        from diffusers.models.embeddings import TimestepEmbedding, Timesteps
        from diffusers.models.normalization import AdaLayerNormContinuous
        from diffusers.models.transformers.transformer_flux import (
            FluxPosEmbed,
            FluxSingleTransformerBlock,
            FluxTransformerBlock,
        )

        dim, heads, patch = params.dim, params.heads, params.patch
        self.params = params
        self.waves = Timesteps(WAVES, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.time = TimestepEmbedding(WAVES, dim)
        self.category = nn.Embedding(params.categories + 1, dim)
        self.person_in = nn.Conv2d(2 * RGB + POSE, dim, patch, patch)
        self.garment_in = nn.Conv2d(RGB + POSE, dim, patch, patch)

        def alone(count: int) -> nn.ModuleList:
            return nn.ModuleList(FluxSingleTransformerBlock(dim, heads, dim // heads) for _ in range(count))

        self.mixer, self.single = alone(params.mixers), alone(params.singles)
        # Not named `double`: nn.Module.double() would hide it.
        self.joint = nn.ModuleList(FluxTransformerBlock(dim, heads, dim // heads) for _ in range(params.doubles))
        self.norm_out = AdaLayerNormContinuous(dim, dim, elementwise_affine=False, eps=1e-6)
        self.proj_out = nn.Linear(dim, RGB * patch * patch)
        self.rotary = FluxPosEmbed(THETA, list(params.axes))

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        person: Tensor,
        person_pose: Tensor,
        garment: Tensor,
        garment_pose: Tensor,
        category: Tensor,
    ) -> Tensor:
        """(n, 3, h, w). Pictures (n, 3, h, w) and poses (n, 1, h, w) in -1..1; time (n,) 0 noise .. 1 picture;
        category (n,) 0 none, 1 tops, 2 bottoms, 3 one-pieces."""
        one, both = self.positions(noisy.device)
        image = _tokens(self.person_in, noisy, person, person_pose)
        cloth = _tokens(self.garment_in, garment, garment_pose)
        # The scale belongs into the time, not behind the frequencies (Timesteps' own `scale`): 6e-5 otherwise.
        told = self.time(self.waves(time * TIME_SCALE).to(noisy.dtype)) + self.category(category)
        for block in self.mixer:
            _, image = block(image, image[:, :0], told, one)
        for block in self.joint:
            cloth, image = block(image, cloth, told, both)
        for block in self.single:
            cloth, image = block(image, cloth, told, both)
        out = self.proj_out(self.norm_out(image, told))
        return F.pixel_shuffle(out.transpose(1, 2).unflatten(2, self.grid), self.params.patch)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.params.height // self.params.patch, self.params.width // self.params.patch

    def positions(self, device: torch.device) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Rotary tables (cosine, sine) of one picture, and of garment and person, which share their positions."""
        rows, columns = torch.meshgrid(*(torch.arange(n, device=device) for n in self.grid), indexing="ij")
        where = torch.stack([torch.zeros_like(rows), rows, columns], -1).reshape(-1, 3)
        cos, sin = self.rotary(where)
        return (cos, sin), (torch.cat([cos, cos]), torch.cat([sin, sin]))


def _tokens(patches: nn.Conv2d, *pictures: Tensor) -> Tensor:
    tokens: Tensor = patches(torch.cat(pictures, 1)).flatten(2).transpose(1, 2)
    return tokens


# ------------------------------------------------------------------------------------- the published file

_TOP = {
    "t_embedder.mlp.in_layer": "time.linear_1",
    "t_embedder.mlp.out_layer": "time.linear_2",
    "y_embedder": "category",
    "x_embedder.proj": "person_in",
    "garment_embedder.proj": "garment_in",
    "final_layer.linear": "proj_out",
}
_STREAM = {"img": ("", "to_q", "to_k", "to_v", "norm_q", "norm_k", "to_out.0", "ff"),
           "txt": ("_context", "add_q_proj", "add_k_proj", "add_v_proj", "norm_added_q", "norm_added_k",
                   "to_add_out", "ff_context")}  # fmt: skip


def published_parts(key: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    """A weight of the published file under the names of FashnTransformer; some are several weights in one."""
    name, _, end = key.rpartition(".")
    if name in _TOP:
        yield f"{_TOP[name]}.{end}", tensor
    elif name == "final_layer.adaLN_modulation.1":  # published: shift, scale; diffusers: scale, shift
        shift, scale = tensor.chunk(2)
        yield f"norm_out.linear.{end}", torch.cat([scale, shift])
    elif key.startswith(("x_patch_mixer.", "single_blocks.")):
        kind, number, rest = key.split(".", 2)
        block = f"{'mixer' if kind == 'x_patch_mixer' else 'single'}.{number}"
        yield from ((f"{block}.{own}", part) for own, part in _alone(rest, tensor))
    elif key.startswith("double_blocks."):
        _, number, rest = key.split(".", 2)
        yield from ((f"joint.{number}.{own}", part) for own, part in _joint(rest, tensor))
    else:
        yield key, tensor


def _alone(rest: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    name, _, end = rest.rpartition(".")
    if name == "linear1":  # query, key, value, and the input of the MLP
        dim = tensor.shape[0] // 7
        names = ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
        for own, part in zip(names, tensor.split([dim, dim, dim, tensor.shape[0] - 3 * dim]), strict=True):
            yield f"{own}.{end}", part
        return
    names_ = {"modulation.lin": "norm.linear", "linear2": "proj_out"}
    if name.startswith("norm."):
        yield f"attn.norm_{name.removeprefix('norm.')[0]}.weight", tensor
    else:
        yield f"{names_.get(name, name)}.{end}", tensor


def _joint(rest: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    name, _, end = rest.rpartition(".")
    context, query, key, value, norm_q, norm_k, out, mlp = _STREAM[rest[:3]]
    own = name[4:]
    if own == "attn.qkv":
        for part_name, part in zip((query, key, value), tensor.chunk(3), strict=True):
            yield f"attn.{part_name}.{end}", part
        return
    names = {
        "mod.lin": f"norm1{context}.linear",
        "attn.proj": f"attn.{out}",
        "mlp.0": f"{mlp}.net.0.proj",
        "mlp.2": f"{mlp}.net.2",
    }
    if own.startswith("attn.norm."):
        yield f"attn.{norm_q if 'query' in own else norm_k}.weight", tensor
    else:
        yield f"{names.get(own, own)}.{end}", tensor
