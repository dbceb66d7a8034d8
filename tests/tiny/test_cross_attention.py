"""Words that are told once: the same numbers as when every step projects them again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from benchmarks.transfer_parts import unet  # noqa: E402
from benchmarks.transfer_scale import TINY  # noqa: E402
from tryon.nets.cross_attention import told_once  # noqa: E402
from tryon.nets.reference_attention import transformer_blocks  # noqa: E402
from tryon.transfer.diffusion import models  # noqa: E402


@contextmanager
def counted(net: Any) -> Iterator[list[str]]:
    """Names of the layers that project what is read, as they are called."""
    calls: list[str] = []
    hooks = []
    for name, module in net.named_modules():
        if ".attn2." in name and name.endswith(("to_k", "to_v", "to_k_ip.0", "to_v_ip.0")):
            hooks.append(module.register_forward_pre_hook(lambda *given, name=name: calls.append(name)))
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()


def noisy() -> Any:
    return torch.randn(2, 4, 16, 12, generator=torch.Generator().manual_seed(1))


def words(tokens: int, seed: int) -> Any:
    return torch.randn(2, tokens, TINY.context, generator=torch.Generator().manual_seed(seed))


def test_words() -> None:
    torch.manual_seed(0)
    net, text = unet(TINY.sd15, 4, "cpu", torch.float32), words(5, 2)
    blocks = len(transformer_blocks(net))
    with torch.inference_mode():
        expected = [net(noisy(), time, encoder_hidden_states=text).sample for time in (900, 100)]
        with counted(net) as calls, told_once(net, text):
            found = [net(noisy(), time, encoder_hidden_states=words(5, 3)).sample for time in (900, 100)]
        assert len(calls) == 2 * blocks, "projected once, not in every step"
        again = net(noisy(), 900, encoder_hidden_states=text).sample
        other = net(noisy(), 900, encoder_hidden_states=words(5, 3)).sample
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
    assert torch.equal(again, expected[0]) and not torch.equal(other, expected[0]), "the UNet is as it was"


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_words_and_an_image_adapter(scale: float) -> None:
    torch.manual_seed(0)
    net, text, image = unet(TINY.sd15, 4, "cpu", torch.float32), words(5, 2), words(3, 4)[:, None]
    models.add_image_adapter(net, tokens=3, scale=scale)
    for block in transformer_blocks(net).values():
        block.attn2.processor.to_empty(device="cpu")
        for weight in block.attn2.processor.parameters():
            torch.nn.init.normal_(weight)
    with torch.inference_mode():
        expected = net(noisy(), 500, encoder_hidden_states=(text, [image])).sample
        with counted(net) as calls, told_once(net, text, image):
            found = [net(noisy(), 500, encoder_hidden_states=(text, [image])).sample for _ in range(3)]
        other = net(noisy(), 500, encoder_hidden_states=(text, [words(3, 5)[:, None]])).sample
    assert len(calls) == 4 * len(transformer_blocks(net))
    assert all(torch.equal(one, expected) for one in found) and not torch.equal(other, expected)
    with pytest.raises(ValueError, match="tokens"), told_once(net, text):
        pass


def test_an_error_leaves_the_unet_as_it_was() -> None:
    net = unet(TINY.sd15, 4, "cpu", torch.float32)
    before = [block.attn2.processor for block in transformer_blocks(net).values()]
    with pytest.raises(RuntimeError, match="stopped"), told_once(net, words(5, 2)):
        raise RuntimeError("stopped")
    assert before == [block.attn2.processor for block in transformer_blocks(net).values()]
