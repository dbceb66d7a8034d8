"""What all image-to-video models of diffusers share: opening, telling, framing, the run itself, previews, decoding."""
