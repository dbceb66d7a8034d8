"""What the SD try-on systems need of memory.

Their parts are counted from the built modules (tests/tiny/test_sizes.py); their worst moment was measured on an H100 at
768 x 1024 in half precision: 2.0 GiB beside the weights, in the autoencoder.
"""

from __future__ import annotations

from tryon.spec import Component, Footprint, Peak, Saving

VAE = Component("vae", "vae", 83_653_863)
CLIP_TEXT = Component("text_encoder", "text", 123_060_480)  # CLIP ViT-L
BIGG_TEXT = Component("text_encoder_2", "text", 694_659_840)  # OpenCLIP bigG
CLIP_IMAGE = Component("image_encoder", "image", 303_966_208)  # CLIP ViT-L
CLIP_336_IMAGE = Component("image_encoder", "image", 303_507_456)  # CLIP ViT-L at 336 px, without its projection
VIT_H_IMAGE = Component("image_encoder", "image", 632_076_800)  # OpenCLIP ViT-H
DENOISE, DECODE = Peak(megapixel=2.4), Peak(megapixel=2.6)
# What is not used now waits in main memory, network by network; that is all these systems can do.
SAVINGS: frozenset[Saving] = frozenset({"model"})


def footprint(unets: int, *others: Component) -> Footprint:
    """Of a system whose UNets, `unets` parameters together, are on the card at the same time."""
    return Footprint(
        components=(Component("unet", "denoiser", unets), VAE, *others),
        denoise=DENOISE,
        decode=DECODE,
        savings=SAVINGS,
    )
