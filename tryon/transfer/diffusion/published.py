"""Weights that several systems build on, as their authors published them."""

from __future__ import annotations

from tryon.spec import Weights

VAE = Weights(repo="stabilityai/sd-vae-ft-mse", files=("config.json", "diffusion_pytorch_model.safetensors"), gib=0.31)
CLIP = Weights(
    repo="openai/clip-vit-large-patch14",
    files=("config.json", "preprocessor_config.json", "model.safetensors"),
    gib=1.6,
)
