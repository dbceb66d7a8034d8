"""What is trained: all networks of one system in one module, so that there is one wrap, one average, one export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from tryon.nets.fashion import Adapter, AppearanceNet, Control, FashionParams, FashionUNet, PoseNet
from tryon.nets.fashion_diffusion import training_loss, training_pair
from tryon.video.fashion.checkpoint import CLEAN
from tryon.weights.files import read_tensors

System = Literal["fashionflow", "x2fashion"]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Of the networks. The defaults are the published ones; the rest follows from what was projected."""

    width: int = 64
    widths: tuple[int, ...] = (1, 2, 4, 8)
    context: int = 768  # of CLIP's tokens
    tokens: int = 50  # of CLIP's picture (FashionFlow)
    height_latents: int = 80
    width_latents: int = 64
    channels: int = 4

    def unet(self) -> FashionUNet:
        return FashionUNet(
            FashionParams(width=self.width, widths=self.widths, context=self.context, channels=self.channels)
        )


class FashionFlow(nn.Module):  # type: ignore[misc,unused-ignore]
    """UNet and adapter. Names are those of the published file."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.net = sizes.unet()
        pooled = (sizes.height_latents // 2) * (sizes.width_latents // 2)
        self.adapter = Adapter(pooled, sizes.context, sizes.tokens, sizes.channels)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """The loss of a batch of data.Windows."""
        latents, times = batch["latents"], batch["time"]
        noisy, target = training_pair(latents, batch["noise"], times)
        context = self.adapter(batch["clip"], latents[:, :, 0])
        return training_loss(self.net(noisy, times.float(), context), target)


class X2Fashion(nn.Module):  # type: ignore[misc,unused-ignore]
    """UNet, appearance and pose network. Names are those of the published file."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.unet = sizes.unet()
        outer = [sizes.width * times for times in sizes.widths]
        self.app_net = AppearanceNet(sizes.channels, outer[-1], (*outer, outer[-1]))
        self.pose_net = PoseNet(sizes.width)
        # In the published file, read by nobody: without gradients they would stop a distributed step.
        for unused in (self.app_net.zero_conv, self.app_net.zero_blocks[-1]):
            unused.requires_grad_(False)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """The loss of a batch of data.Windows."""
        latents, times = batch["latents"], batch["time"]
        noisy, target = training_pair(latents, batch["noise"], times)
        skips, middle = self.app_net(latents[:, :, 0])
        control = Control(self.pose_net(batch["pose"]), skips, middle)
        return training_loss(self.unet(noisy, times.float(), batch["text"], control), target)


def built(system: System, sizes: Sizes, seed: int) -> FashionFlow | X2Fashion:
    """A new model; the seed decides its first weights."""
    torch.manual_seed(seed)
    return FashionFlow(sizes) if system == "fashionflow" else X2Fashion(sizes)


def begin_with(model: nn.Module, path: Path) -> None:
    """Fills a model from a published or an exported file, strictly."""
    found = dict(read_tensors(path, title=path.name, keep=lambda key: key != CLEAN))
    model.load_state_dict(found)


def export(model: FashionFlow | X2Fashion, path: Path) -> None:
    """The published form: a pickle with a table of tensors for each network. It opens with weights_only, says that its
    pictures were scaled right, and is there whole or not at all."""
    tables = {
        name: {key: value.detach().cpu().clone() for key, value in part.state_dict().items()}
        for name, part in model.named_children()
    }
    part = path.with_name(path.name + ".part")
    torch.save({**tables, CLEAN: torch.tensor(1)}, part)
    part.replace(path)
