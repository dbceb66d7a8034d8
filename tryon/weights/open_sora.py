"""Open_Sora_v2.safetensors as FluxTransformer2DModel has it. Layer for layer it is FLUX; what differs is

* names, and unfused projections;
* the rotation of queries and keys: half against half in the file, neighbours in diffusers, so that their rows (and
  the gains of their norms) change places;
* the condition's own first layer, added to the latents': side by side both are one layer over both inputs;
* the order of shift and scale before the last layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tryon.weights.rules import Rules

if TYPE_CHECKING:
    from torch import Tensor

Shapes = Mapping[str, tuple[int, ...]]
RULES: Rules = (
    (r"^txt_in\.", "context_embedder."),
    (r"^time_in\.", "time_text_embed.timestep_embedder."),
    (r"^vector_in\.", "time_text_embed.text_embedder."),
    (r"\.in_layer\.", ".linear_1."),
    (r"\.out_layer\.", ".linear_2."),
    (r"^final_layer\.linear\.", "proj_out."),
    (r"^final_layer\.adaLN_modulation\.1\.", "norm_out.linear."),
    (r"^double_blocks\.(\d+)\.", r"transformer_blocks.\1."),
    (r"\.img_attn\.norm\.(q|k)(?:uery|ey)_norm\.scale$", r".attn.norm_\1.weight"),
    (r"\.txt_attn\.norm\.(q|k)(?:uery|ey)_norm\.scale$", r".attn.norm_added_\1.weight"),
    (r"\.img_attn\.([qkv])_proj\.", r".attn.to_\1."),
    (r"\.txt_attn\.([qkv])_proj\.", r".attn.add_\1_proj."),
    (r"\.img_attn\.proj\.", ".attn.to_out.0."),
    (r"\.txt_attn\.proj\.", ".attn.to_add_out."),
    (r"\.img_mod\.lin\.", ".norm1.linear."),
    (r"\.txt_mod\.lin\.", ".norm1_context.linear."),
    (r"\.img_mlp\.0\.", ".ff.net.0.proj."),
    (r"\.img_mlp\.2\.", ".ff.net.2."),
    (r"\.txt_mlp\.0\.", ".ff_context.net.0.proj."),
    (r"\.txt_mlp\.2\.", ".ff_context.net.2."),
    (r"^single_blocks\.(\d+)\.", r"single_transformer_blocks.\1."),
    (r"\.norm\.(q|k)(?:uery|ey)_norm\.scale$", r".attn.norm_\1.weight"),
    (r"(single_transformer_blocks\.\d+)\.([qk])_proj\.", r"\1.attn.to_\2."),
    (r"\.linear2\.", ".proj_out."),
    (r"\.modulation\.lin\.", ".norm.linear."),
)
ROTATED = re.compile(r"\.(to_q|to_k|add_q_proj|add_k_proj)\.(weight|bias)$|\.norm_(added_)?[qk]\.weight$")


def flux_config(shapes: Shapes, axes: tuple[int, ...]) -> dict[str, Any]:
    """FluxTransformer2DModel's configuration. `axes`: channels of a head that turn with time, row and column, the one
    thing that no weight tells. Raises KeyError where it is another model's file."""
    width, head = shapes["img_in.weight"][0], _head(shapes)
    return {
        "patch_size": 1,  # the tokens come packed
        "in_channels": shapes["img_in.weight"][1] + shapes["cond_in.weight"][1],
        "out_channels": shapes["final_layer.linear.weight"][0],
        "num_layers": _count(shapes, "double_blocks."),
        "num_single_layers": _count(shapes, "single_blocks."),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": shapes["txt_in.weight"][1],
        "pooled_projection_dim": shapes["vector_in.in_layer.weight"][1],
        "guidance_embeds": False,
        "axes_dims_rope": axes,
    }


class Rearranged:
    """Splits, joins and re-orders the tensors of one file; a `Split` of weights.fill."""

    def __init__(self, shapes: Shapes) -> None:
        self._width, self._head = shapes["img_in.weight"][0], _head(shapes)
        self._first: dict[str, Tensor] = {}

    def __call__(self, key: str, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
        import torch

        layer, _, kind = key.rpartition(".")
        if layer in ("img_in", "cond_in"):
            self._first[key] = tensor
            both = [self._first.get(f"{name}.{kind}") for name in ("img_in", "cond_in")]
            if all(part is not None for part in both):
                joined = torch.cat(both, dim=1) if kind == "weight" else sum(both)  # type: ignore[arg-type]
                yield f"x_embedder.{kind}", joined
        elif layer.endswith(".v_mlp"):
            block = layer.removesuffix("v_mlp")
            yield f"{block}attn.to_v.{kind}", tensor[: self._width].clone()
            yield f"{block}proj_mlp.{kind}", tensor[self._width :].clone()
        elif layer == "norm_out.linear":
            yield key, torch.cat(tensor.chunk(2)[::-1])
        elif ROTATED.search(key):
            yield key, interleaved(tensor, self._head)
        else:
            yield key, tensor


def interleaved(rows: Tensor, head: int) -> Tensor:
    """Rows of each head in the order 0, n/2, 1, n/2 + 1, ..., where they were 0, 1, ..., n - 1."""
    return rows.unflatten(0, (-1, 2, head // 2)).transpose(1, 2).flatten(0, 2).contiguous()


def _head(shapes: Shapes) -> int:
    return shapes["double_blocks.0.img_attn.norm.query_norm.scale"][0]


def _count(shapes: Shapes, lead: str) -> int:
    return 1 + max(int(key.split(".")[1]) for key in shapes if key.startswith(lead))
