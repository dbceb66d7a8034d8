"""Opening tensors: safetensors and pickles, damaged and dangerous files, strict filling with exact names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from safetensors.torch import load_file, save_file  # noqa: E402

from tryon.errors import WeightsMissing, WeightsRefused  # noqa: E402
from tryon.weights.files import converted, model_files, read_tensors, write_tensors  # noqa: E402
from tryon.weights.fill import built, fill  # noqa: E402
from tryon.weights.lock import read_known, sha256_of  # noqa: E402
from tryon.weights.rules import (  # noqa: E402
    IP_ADAPTER,
    OLD_VAE,
    RESAMPLER,
    RESAMPLER_PARTED,
    below,
    parts,
    renamed,
)

TENSORS = {
    "a.weight": torch.arange(6.0).reshape(2, 3),
    "a.bias": torch.ones(2, dtype=torch.float16),
    "b": torch.tensor(5, dtype=torch.int64),
    "c": torch.zeros(0, 4, dtype=torch.bfloat16),
    "turned": torch.arange(6.0).reshape(2, 3).t(),
}


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"state_dict": t, "epoch": 3}], ids=["plain", "nested"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("suffix", [".bin", ".pth", ".ckpt"])
def test_a_pickle_is_converted_once(tmp_path: Path, suffix: str, zipped: bool, wrap: Any) -> None:
    path = tmp_path / f"model{suffix}"
    torch.save(wrap(TENSORS), path, _use_new_zipfile_serialization=zipped)
    assert same(dict(read_tensors(path, title="M")), TENSORS)
    beside = tmp_path / f"model{suffix}.safetensors"
    assert same(load_file(beside), TENSORS)
    stamp = beside.stat().st_mtime_ns
    assert same(dict(read_tensors(path, title="M")), TENSORS)
    assert beside.stat().st_mtime_ns == stamp
    torch.save({"x": torch.ones(1)}, path)
    os.utime(path, ns=(stamp + 10**9, stamp + 10**9))
    assert set(dict(read_tensors(path, title="M"))) == {"x"}
    assert {item.name for item in tmp_path.iterdir()} == {path.name, beside.name, f"{beside.name}.lock"}


@pytest.mark.parametrize("change", ["flipped", "cut", "unknown"])
def test_a_damaged_conversion_is_made_again(tmp_path: Path, change: str) -> None:
    """Its SHA-256 is kept beside it; a copy with another date is read through once and taken."""
    path = tmp_path / "model.bin"
    torch.save(TENSORS, path)
    assert same(dict(read_tensors(path, title="M")), TENSORS)
    beside = tmp_path / "model.bin.safetensors"
    whole, stamp, lock = beside.read_bytes(), beside.stat().st_mtime_ns, tmp_path / "model.bin.safetensors.lock"
    assert read_known(lock).sha256 == sha256_of(beside)  # type: ignore[union-attr]
    os.utime(beside, ns=(stamp + 10**9, stamp + 10**9))
    assert converted(path, title="M") == beside
    assert beside.stat().st_mtime_ns == read_known(lock).seen == stamp + 10**9  # type: ignore[union-attr]
    if change == "unknown":
        lock.unlink()
    else:
        beside.write_bytes(whole[:-1] + b"?" if change == "flipped" else whole[:-1])
        os.utime(beside, ns=(stamp + 2 * 10**9, stamp + 2 * 10**9))
    assert same(dict(read_tensors(path, title="M")), TENSORS)
    assert beside.read_bytes() == whole and read_known(lock).sha256 == sha256_of(beside)  # type: ignore[union-attr]


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "ran"),))

    torch.save({"a": torch.ones(1), "b": Evil()}, tmp_path / "model.bin")
    with pytest.raises(WeightsRefused):
        converted(tmp_path / "model.bin", title="M")
    assert not (tmp_path / "ran").exists()
    assert [item.name for item in tmp_path.iterdir()] == ["model.bin"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"x" * 5000])
@pytest.mark.parametrize("name", ["model.safetensors", "model.bin"])
def test_damaged_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((WeightsMissing, WeightsRefused)):
        dict(read_tensors(tmp_path / name, title="M"))


@pytest.mark.parametrize(
    "header",
    [
        {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 160]}},  # beyond the end
        {"a": {"dtype": "F32", "shape": [400], "data_offsets": [0, 16]}},  # shape and size differ
        {"a": {"dtype": "Q7", "shape": [4], "data_offsets": [0, 16]}},
        {"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}},
        [],
    ],
)
def test_malformed_safetensors(tmp_path: Path, header: object) -> None:
    text = json.dumps(header).encode()
    (tmp_path / "m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))
    with pytest.raises(WeightsMissing, match="damaged"):
        dict(read_tensors(tmp_path / "m.safetensors", title="M"))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_partial_file(tmp_path: Path, share: float) -> None:
    path = tmp_path / "m.safetensors"
    save_file({"a": torch.ones(1000)}, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(WeightsMissing, match="damaged"):
        dict(read_tensors(path, title="M"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"gone\.safetensors is not there"):
        dict(read_tensors(tmp_path / "gone.safetensors", title="M"))
    with pytest.raises(WeightsMissing, match="no model"):
        model_files(tmp_path, title="M")


def test_writer_equals_the_library(tmp_path: Path) -> None:
    write_tensors(tmp_path / "ours.safetensors", TENSORS)
    assert same(load_file(tmp_path / "ours.safetensors"), TENSORS)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"], "diffusion_pytorch_model.safetensors"),
        (["diffusion_pytorch_model.bin"], "diffusion_pytorch_model.bin"),
        (["diffusion_pytorch_model.fp16.safetensors"], "diffusion_pytorch_model.fp16.safetensors"),
        (["pytorch_model.bin"], "pytorch_model.bin"),
        (["pytorch_model.bin", "model.safetensors"], "model.safetensors"),
    ],
)
def test_model_files(tmp_path: Path, there: list[str], expected: str) -> None:
    for name in there:
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in model_files(tmp_path, title="M")] == [expected]


def test_shards(tmp_path: Path) -> None:
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    save_file({"a": torch.ones(1)}, tmp_path / "model-1.safetensors")
    with pytest.raises(WeightsMissing, match=r"model-2\.safetensors"):
        model_files(tmp_path, title="M")
    save_file({"b": torch.ones(1)}, tmp_path / "model-2.safetensors")
    assert [path.name for path in model_files(tmp_path, title="M")] == sorted(shards.values())
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(WeightsMissing, match="cannot be read"):
        model_files(tmp_path, title="M")


# ------------------------------------------------------------------------------------------------- filling


def module() -> Any:
    return built(lambda: torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2), torch.nn.Linear(2, 2)))


def state() -> dict[str, Any]:
    plain = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2), torch.nn.Linear(2, 2))
    return {key: value.clone() for key, value in plain.state_dict().items()}


def filled(tmp_path: Path, tensors: dict[str, Any], **words: Any) -> Any:
    save_file(tensors, tmp_path / "m.safetensors")
    return fill(module(), [tmp_path / "m.safetensors"], title="M", **words)


def test_fill(tmp_path: Path) -> None:
    tensors = state()
    made = filled(tmp_path, tensors, dtype=torch.float16)
    assert not made.training and not any(p.requires_grad for p in made.parameters())
    assert all(torch.equal(made.state_dict()[key], value.half()) for key, value in tensors.items())


def test_fill_with_prefix_and_unused(tmp_path: Path) -> None:
    tensors = {f"net.{key}": value for key, value in state().items()}
    tensors |= {"net.old.weight": torch.ones(1), "other.weight": torch.ones(1), "net.position_ids": torch.arange(3)}
    filled(tmp_path, tensors, prefix="net.", unused=(r"^old\.",), known=("net.", "other."))
    with pytest.raises(WeightsMissing, match="belong to no part"):
        filled(tmp_path, tensors, prefix="net.", unused=(r"^old\.",), known=("net.",))
    with pytest.raises(WeightsMissing, match=r"1 weights in its file belong to no part of it \(old\.weight\)"):
        filled(tmp_path, tensors, prefix="net.", known=("net.", "other."))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    tensors = state()
    for key in ("0.bias", "0.weight", "1.bias", "1.weight"):
        del tensors[key]
    with pytest.raises(WeightsMissing, match=r"4 of 6 weights are missing \(0\.bias, 0\.weight, 1\.bias, \.\.\.\)"):
        filled(tmp_path, tensors)


def test_misshapen_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"1 of 6 weights have another shape \(2\.weight\)"):
        filled(tmp_path, {**state(), "2.weight": torch.ones(2, 3)})


# --------------------------------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("rules", "key", "expected"),
    [
        (OLD_VAE, "encoder.mid_block.attentions.0.query.weight", "encoder.mid_block.attentions.0.to_q.weight"),
        (OLD_VAE, "decoder.mid_block.attentions.0.proj_attn.bias", "decoder.mid_block.attentions.0.to_out.0.bias"),
        (OLD_VAE, "encoder.mid_block.attentions.0.to_q.weight", "encoder.mid_block.attentions.0.to_q.weight"),
        (RESAMPLER, "layers.3.0.norm2.bias", "layers.3.ln1.bias"),
        (RESAMPLER, "layers.0.0.to_out.weight", "layers.0.attn.to_out.0.weight"),
        (RESAMPLER, "layers.10.1.3.weight", "layers.10.ff.1.net.2.weight"),
        (RESAMPLER, "proj_in.weight", "proj_in.weight"),
        (IP_ADAPTER, "x.attn2.processor.to_k_ip.weight", "x.attn2.processor.to_k_ip.0.weight"),
    ],
)
def test_renamed(rules: Any, key: str, expected: str) -> None:
    assert renamed(key, rules) == expected


def test_parts() -> None:
    found = dict(parts("l.to_kv.weight", torch.arange(4), RESAMPLER_PARTED))
    assert {key: value.tolist() for key, value in found.items()} == {"l.to_k.weight": [0, 1], "l.to_v.weight": [2, 3]}
    assert [key for key, _ in parts("l.to_q.weight", torch.arange(4), RESAMPLER_PARTED)] == ["l.to_q.weight"]


def test_below() -> None:
    assert below({"a.b": 1, "ab": 2, "a.c": 3}, "a.") == {"b": 1, "c": 3}
