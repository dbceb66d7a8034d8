"""Fixtures written out as the folders that the hub has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.golden.common import ROOT, Golden, torch, write_json, write_model, write_tensors
from tryon.nets.fashn import FashnParams


def catvton(fixture: Golden, root: Path, variant: str = "mix-48k-1024") -> Path:
    """The three repositories of CatVTON; the base UNet as the pickle that it is published as."""
    base = root / "booksforcharlie/stable-diffusion-inpainting"
    write_model(base / "unet", fixture.config("unet/"), fixture.part("unet/"), "diffusion_pytorch_model.bin")
    write_json(base / "scheduler/scheduler_config.json", fixture.meta["scheduler"]["config"])
    _catvton_rest(fixture, root, "zhengchong/CatVTON", variant)
    return root


def catvton_maskfree(fixture: Golden, root: Path) -> Path:
    base = root / "timbrooks/instruct-pix2pix"
    write_model(base / "unet", fixture.config("unet/"), fixture.part("unet/"), "diffusion_pytorch_model.safetensors")
    write_json(base / "scheduler/scheduler_config.json", fixture.meta["scheduler"]["config"])
    _catvton_rest(fixture, root, "zhengchong/CatVTON-MaskFree", "mix-48k-1024")
    return root


def _catvton_rest(fixture: Golden, root: Path, repo: str, variant: str) -> None:
    vae = root / "stabilityai/sd-vae-ft-mse"
    write_model(vae, fixture.config("vae/"), fixture.part("vae/"), "diffusion_pytorch_model.safetensors")
    write_tensors(root / repo / variant / "attention/model.safetensors", fixture.part("attention/"))


def ootdiffusion(fixture: Golden, root: Path) -> Path:
    """One repository with both variants (the fixture has one set of weights for both), and CLIP's."""
    base = root / "levihsu/OOTDiffusion/checkpoints/ootd"
    for kind in ("hd", "dc"):
        for name in ("unet_garm", "unet_vton"):
            folder = base / f"ootd_{kind}/checkpoint-36000" / name
            part = fixture.part(f"{name}/")
            write_model(folder, fixture.config(f"{name}/"), part, "diffusion_pytorch_model.safetensors")
    write_model(base / "vae", fixture.config("vae/"), fixture.part("vae/"), "diffusion_pytorch_model.bin")
    text = fixture.config("text_encoder/")
    write_model(base / "text_encoder", text, fixture.part("text_encoder/"), "pytorch_model.bin")
    tokenizer(base / "tokenizer", text["bos_token_id"], text["eos_token_id"])
    write_json(base / "scheduler/scheduler_config.json", fixture.meta["scheduler"]["stored_json"])
    clip(fixture, root / "openai/clip-vit-large-patch14")
    return root


def clip(fixture: Golden, folder: Path) -> None:
    """A whole CLIP model, as its authors publish it: both towers in one file, one configuration inside another."""
    config, preparation = fixture.config("image_encoder/"), fixture.meta["components"]["image_encoder/"]
    tensors = fixture.part("image_encoder/")
    tensors |= {"logit_scale": torch.ones(()), "text_projection.weight": torch.zeros(2, 2)}
    tensors["text_model.embeddings.position_ids"] = torch.arange(3)[None]
    whole = {
        "model_type": "clip",
        "vision_config": config,
        "text_config": {},
        "projection_dim": config["projection_dim"],
    }
    write_model(folder, whole, tensors, "model.safetensors")
    sides = preparation["image_processor"]
    write_json(folder / "preprocessor_config.json", {"size": sides["shortest_edge"], "crop_size": sides["crop"]})


def tokenizer(folder: Path, start: int, end: int) -> None:
    """A CLIP tokenizer that knows letters only."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(f"{letter}</w>" for letter in letters), ",</w>", "!</w>", "!"]
    vocabulary = {word: index for index, word in enumerate(words)}
    vocabulary |= {"<|startoftext|>": start, "<|endoftext|>": end}
    write_json(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    write_json(folder / "special_tokens_map.json", {**special, "pad_token": "<|endoftext|>"})


def leffa(fixture: Golden, root: Path, file: str = "virtual_tryon.pth") -> Path:
    """One repository; its configurations are those of the inpainting model, with 9 channels."""
    configs = root / "stable-diffusion-inpainting"
    write_json(configs / "unet/config.json", {**fixture.config("unet."), "in_channels": 9})
    write_json(configs / "vae/config.json", fixture.config("vae."))
    write_json(configs / "scheduler/scheduler_config.json", fixture.meta["scheduler"]["published_json"])
    write_tensors(root / file, dict(fixture.weights))
    return root


def idm_vton(fixture: Golden, root: Path) -> Path:
    """One repository, without the text encoders, which the fixture does not have."""
    published = {
        "unet": "diffusion_pytorch_model.bin",
        "unet_encoder": "diffusion_pytorch_model.safetensors",
        "vae": "diffusion_pytorch_model.safetensors",
        "image_encoder": "model.safetensors",
    }
    for name, file in published.items():
        config = fixture.config(f"{name}/")
        if name == "unet":  # as the authors' training left it
            config = {**config, "decay": 0.9999, "inv_gamma": 1.0, "optimization_step": 37000, "power": 0.75}
        write_model(root / name, config, fixture.part(f"{name}/"), file)
    sides = fixture.meta["components"]["image_encoder/"]["image_processor"]
    if sides["crop"] != fixture.config("image_encoder/")["image_size"]:
        write_json(
            root / "image_encoder/preprocessor_config.json",
            {"size": sides["shortest_edge"], "crop_size": sides["crop"]},
        )
    write_json(root / "scheduler/scheduler_config.json", fixture.meta["scheduler"]["config"])
    return root


def fashn_vton(fixture: Golden, root: Path) -> Path:
    """One file; DWPose's repository is not in the fixture."""
    write_tensors(root / "fashn-ai/fashn-vton-1.5/model.safetensors", dict(fixture.weights))
    return root


def fashn_params(fixture: Golden) -> FashnParams:
    """The sizes of the fixture's network."""
    config = fixture.meta["config"]
    return FashnParams(
        height=config["input_shape"][0],
        width=config["input_shape"][1],
        patch=config["patch_size"],
        dim=config["hidden_size"],
        heads=config["n_heads"],
        mixers=config["patch_mixer_depth"],
        doubles=config["double_blocks_depth"],
        singles=config["single_blocks_depth"],
        axes=tuple(config["axes_dim"]),
        categories=config["n_classes"],
    )


def dci_vton(fixture: Golden, root: Path) -> Path:
    """The checkpoint as Lightning writes it, beside CLIP's configuration; the warper is not there."""
    folder = root / "bcmi/DCI-VTON-Virtual-Try-On"
    folder.mkdir(parents=True)
    torch.save({"state_dict": dict(fixture.weights), "global_step": 1, "epoch": 0}, folder / "viton512.ckpt")
    clip_config = {"model_type": "clip", "vision_config": fixture.meta["clip"], "text_config": {}}
    write_json(root / "openai/clip-vit-large-patch14/config.json", clip_config)
    return root


def dci_vton_warper(fixture: Golden, root: Path) -> Path:
    """The warper's file, with the filter that training leaves in it."""
    tensors = {**fixture.weights, "aflow_net.weight": torch.zeros(1, 1, 3, 3)}
    write_tensors(root / "bcmi/DCI-VTON-Virtual-Try-On/warp_viton.pth", tensors)
    return root


def viton(fixture: Golden, root: Path) -> Path:
    """TensorFlow's own checkpoint files, as they are published."""
    for stage in ("stage1", "stage2"):
        shutil.copytree(ROOT / "viton" / stage, root / stage, ignore=shutil.ignore_patterns("checkpoint"))
    return root


def vivid(fixture: Golden, root: Path, *, split: bool = False) -> Path:
    """The three files of ViViD, the base's configuration and picture tower, the autoencoder. `split`: the motion
    modules lie in AnimateDiff's repository."""

    def part(name: str) -> dict[str, Any]:
        return {key: value.float() for key, value in fixture.part(f"{name}::").items()}

    folder, config = root / "alibaba-yuanjing-aigclab/ViViD", fixture.meta["config"]
    denoiser = part("denoising_unet")
    if split:
        motion = {f"module.{key}": value for key, value in denoiser.items() if "motion_modules" in key}
        denoiser = {key: value for key, value in denoiser.items() if "motion_modules" not in key}
        write_tensors(root / "guoyww/animatediff/mm_sd_v15_v2.ckpt", motion)
    for name, tensors in (("denoising_unet", denoiser), ("reference_unet", part("reference_unet")),
                          ("pose_guider", part("pose_guider"))):  # fmt: skip
        write_tensors(folder / f"{name}.pth", tensors)
    base, levels = root / "lambdalabs/sd-image-variations-diffusers", len(config["block_out_channels"])
    unet = {
        "block_out_channels": config["block_out_channels"],
        "layers_per_block": config["layers_per_block"],
        "cross_attention_dim": config["cross_attention_dim"],
        "attention_head_dim": 8,
        "in_channels": 4,
        "down_block_types": ["CrossAttnDownBlock2D"] * (levels - 1) + ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * (levels - 1),
    }
    write_json(base / "unet/config.json", unet)
    write_model(base / "image_encoder", fixture.meta["image_encoder"], part("image_encoder"), "pytorch_model.bin")
    vae = {key: fixture.meta["vae"][key] for key in ("block_out_channels", "layers_per_block", "norm_num_groups")}
    sides = {f"{side.lower()}_block_types": [f"{side}{coder}Block2D"] * len(vae["block_out_channels"])
             for side, coder in (("Down", "Encoder"), ("Up", "Decoder"))}  # fmt: skip
    write_model(
        root / "stabilityai/sd-vae-ft-mse", {**vae, **sides}, part("vae"), "diffusion_pytorch_model.safetensors"
    )
    return root
