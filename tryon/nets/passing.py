"""UNets without text: what is left of a cross-attention that reads nothing."""

from __future__ import annotations

from torch import Tensor, nn

from tryon.nets.reference_attention import transformer_blocks


class Passing(nn.Module):  # type: ignore[misc,unused-ignore]
    """Gives its input back. The block around it then adds norm2(x) to x, as CatVTON and Leffa were trained: leaving
    the whole step out would be another network."""

    def forward(self, hidden_states: Tensor, *unused: object, **unused_words: object) -> Tensor:
        return hidden_states


def without_second_step(unet: nn.Module) -> nn.Module:
    """Takes the whole cross-attention step out of a UNet's blocks, in place: nothing is added to x (ViViD computes the
    step and never uses it)."""
    for block in transformer_blocks(unet).values():
        block.attn2 = None
    return unet


def without_cross_attention(unet: nn.Module) -> nn.Module:
    """Replaces every attn2 of a UNet by Passing, in place; encoder_hidden_states may be None then."""
    for block in transformer_blocks(unet).values():
        block.attn2 = Passing()
    return unet
