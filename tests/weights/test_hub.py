"""Fetching: lock file, check sums, resuming, offline, gated and broken hubs. A real client against a small server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.weights.hub_server import REVISION, Hub, serving
from tryon.errors import DiskFull, WeightsGated, WeightsMissing, WeightsUnreachable
from tryon.settings import Settings
from tryon.spec import Weights
from tryon.weights.hub import chosen, fetch, named
from tryon.weights.layout import to_fetch_gib
from tryon.weights.lock import read_lock

REPO = "somebody/model"
DATA = bytes(range(256)) * 4000
WEIGHTS = Weights(repo=REPO, files=("unet/*", "*.json"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub")
    files = {"config.json": b"{}", "unet/model.safetensors": DATA, "unet/model.bin": DATA, "other/big.bin": b"0"}
    with serving(Hub(files={REPO: files})) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield served


def names(hub: Hub) -> list[str]:
    return [name for name, _ in hub.asked]


def test_fetches_what_is_asked_once(hub: Hub, settings: Settings) -> None:
    heard: list[float] = []
    folder = fetch(WEIGHTS, settings, heard.append)
    assert folder == settings.weights / REPO
    assert (folder / "unet/model.safetensors").read_bytes() == DATA
    assert (folder / "config.json").is_file()
    assert not (folder / "other").exists() and not (folder / "unet/model.bin").exists()
    assert heard == sorted(heard) and heard[-1] == 1.0
    hub.asked.clear()
    assert fetch(WEIGHTS, settings) == folder
    assert hub.asked == []


def test_lock_file(hub: Hub, settings: Settings) -> None:
    fetch(WEIGHTS, settings)
    entry = json.loads((settings.weights / "lock.json").read_text())[REPO]
    assert entry["revision"] == REVISION
    assert all(len(known["sha256"]) == 64 for known in entry["files"].values())


def test_a_locked_revision_is_kept(hub: Hub, settings: Settings) -> None:
    fetch(WEIGHTS, settings)
    (settings.weights / REPO / "config.json").unlink()
    hub.revision = "f" * 40
    with pytest.raises(WeightsMissing):  # the hub does not have it any more: nothing else is taken for it
        fetch(WEIGHTS, settings)
    assert read_lock(settings.weights, REPO).revision == REVISION  # type: ignore[union-attr]


def test_a_pinned_revision_wins(hub: Hub, settings: Settings) -> None:
    with pytest.raises(WeightsMissing):
        fetch(replace(WEIGHTS, revision="a" * 40), settings)
    assert fetch(replace(WEIGHTS, revision=REVISION), settings).is_dir()


def test_more_files_of_a_repository_later(hub: Hub, settings: Settings) -> None:
    fetch(WEIGHTS, settings)
    hub.asked.clear()
    folder = fetch(replace(WEIGHTS, files=("other/*",)), settings)
    assert (folder / "other/big.bin").is_file()
    assert names(hub) == ["other/big.bin"]
    hub.asked.clear()
    fetch(WEIGHTS, settings)
    assert hub.asked == []


@pytest.mark.parametrize("change", ["flipped", "short", "gone"])
def test_damage_is_seen_and_mended(hub: Hub, settings: Settings, change: str) -> None:
    path = fetch(WEIGHTS, settings) / "unet/model.safetensors"
    before = path.stat().st_mtime_ns
    if change == "gone":
        path.unlink()
    else:
        data = bytearray(DATA) if change == "flipped" else bytearray(DATA[:-1])
        data[1000] ^= 4
        path.write_bytes(bytes(data))
        os.utime(path, ns=(before + 10**9, before + 10**9))
    said = "not found" if change == "gone" else r"changed since the first use \(the check sum differs\)"
    with pytest.raises(WeightsMissing, match=rf"the file unet/model\.safetensors {said}"):
        fetch(WEIGHTS, replace(settings, offline=True))
    hub.asked.clear()
    fetch(WEIGHTS, settings)
    assert path.read_bytes() == DATA
    assert names(hub) == ["unet/model.safetensors"]


def test_a_file_that_is_not_the_published_one_is_refused(hub: Hub, settings: Settings) -> None:
    hub.wrong.add("unet/model.safetensors")
    with pytest.raises(WeightsMissing, match="check sum"):
        fetch(WEIGHTS, settings)
    assert not (settings.weights / REPO / "unet/model.safetensors").exists()
    hub.wrong.clear()
    assert (fetch(WEIGHTS, settings) / "unet/model.safetensors").read_bytes() == DATA


def test_a_stopped_download_goes_on(hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that leaves in the middle (report raises) keeps what came; the rest is asked for as a range."""
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 64 * 1024)

    class Left(BaseException):
        pass

    def leaves(share: float) -> None:
        if share > 0.5:
            raise Left

    with pytest.raises(Left):
        fetch(WEIGHTS, settings, leaves)
    hub.asked.clear()
    heard: list[float] = []
    folder = fetch(WEIGHTS, settings, heard.append)
    assert (folder / "unet/model.safetensors").read_bytes() == DATA
    asked = dict(hub.asked)["unet/model.safetensors"]
    assert int(asked.removeprefix("bytes=").rstrip("-")) >= 64 * 1024
    assert heard[0] > 0.05


def test_a_broken_connection_goes_on(hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 64 * 1024)
    hub.break_after = 100_000
    assert (fetch(WEIGHTS, settings) / "unet/model.safetensors").read_bytes() == DATA
    ranges = [asked for name, asked in hub.asked if name == "unet/model.safetensors"]
    assert ranges[0] == "" and ranges[-1].startswith("bytes=")


def test_offline(hub: Hub, settings: Settings) -> None:
    offline = replace(settings, offline=True)
    with pytest.raises(WeightsMissing, match="never downloaded"):
        fetch(WEIGHTS, offline)
    fetch(WEIGHTS, settings)
    hub.asked.clear()
    assert fetch(WEIGHTS, offline).is_dir()
    assert hub.asked == []


def test_a_copied_folder_serves(hub: Hub, settings: Settings) -> None:
    folder = settings.weights / REPO
    (folder / "unet").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    with pytest.raises(WeightsMissing, match=r"unet/\* not found"):
        fetch(WEIGHTS, replace(settings, offline=True))
    (folder / "unet/model.safetensors").write_bytes(DATA)
    assert fetch(WEIGHTS, replace(settings, offline=True)) == folder
    assert read_lock(settings.weights, REPO).revision == "local"  # type: ignore[union-attr]
    assert fetch(WEIGHTS, settings) == folder
    assert hub.asked == []
    (folder / "unet/model.safetensors").write_bytes(DATA[::-1])
    with pytest.raises(WeightsMissing):
        fetch(WEIGHTS, replace(settings, offline=True))


def test_a_folder_filled_by_hand_is_ready_offline(settings: Settings) -> None:
    """It is what runs when no model is chosen; half of one is not, and online nothing is promised before the hub is
    asked."""
    from tryon.catalog import build_catalog
    from tryon.plan import default_entry
    from tryon.spec import Machine

    catalog, card = build_catalog(), Machine(device="cuda", name="a card", gpu_gib=24, ram_gib=64, cores=8, torch=True)
    offline = replace(settings, offline=True)
    spec = catalog.get("transfer", "fashn-vton").spec
    for weights in spec.weights:
        assert default_entry("transfer", catalog, card, offline).spec.name == "warp"
        assert to_fetch_gib(spec, offline) > 0
        for name in weights.files:
            (settings.weights / weights.repo / name).parent.mkdir(parents=True, exist_ok=True)
            (settings.weights / weights.repo / name).write_bytes(b"by hand")
    assert to_fetch_gib(spec, offline) == 0 < to_fetch_gib(spec, settings)
    assert default_entry("transfer", catalog, card, offline).spec is spec


def test_a_copied_folder_is_compared_with_the_hub(hub: Hub, settings: Settings) -> None:
    folder = settings.weights / REPO
    (folder / "unet").mkdir(parents=True)
    (folder / "unet/model.safetensors").write_bytes(DATA)
    fetch(WEIGHTS, settings)
    assert names(hub) == ["config.json"]
    assert read_lock(settings.weights, REPO).revision == REVISION  # type: ignore[union-attr]


def test_gated(hub: Hub, settings: Settings) -> None:
    hub.gated.add(REPO)
    with pytest.raises(WeightsGated, match=f"https://huggingface.co/{REPO}"):
        fetch(WEIGHTS, settings, title="Model")


def test_unknown_repository(hub: Hub, settings: Settings) -> None:
    with pytest.raises(WeightsMissing, match="nobody/nothing"):
        fetch(Weights(repo="nobody/nothing"), settings)
    with pytest.raises(WeightsGated):  # to strangers the hub denies that a gated repository exists
        fetch(Weights(repo="nobody/nothing", gated=True), settings)


def test_no_network(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsUnreachable):
        fetch(WEIGHTS, settings)


def test_no_space(hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from tryon.weights import hub as room

    class Usage:
        free = 1000

    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: Usage())
    with pytest.raises(DiskFull):
        fetch(WEIGHTS, settings)


def test_a_file_that_is_no_lock_file_is_forgotten(hub: Hub, settings: Settings) -> None:
    settings.weights.mkdir(parents=True)
    for text in ("no json", "[]", json.dumps({REPO: 5}), json.dumps({REPO: {"revision": "x"}})):
        (settings.weights / "lock.json").write_text(text)
        assert read_lock(settings.weights, REPO) is None
    assert fetch(WEIGHTS, settings).is_dir()


@pytest.mark.parametrize(
    ("there", "patterns", "expected"),
    [
        (["a/model.safetensors", "a/pytorch_model.bin"], ["a/*"], ["a/model.safetensors"]),
        (["a/x.bin", "b/x.safetensors"], ["*"], ["a/x.bin", "b/x.safetensors"]),
        (["m.fp16.safetensors", "m.safetensors"], ["*"], ["m.safetensors"]),
        (["m.fp16.safetensors", "m.bin"], ["*"], ["m.fp16.safetensors"]),
        (
            ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "m.safetensors.index.json", "m.bin"],
            ["*"],
            ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "m.safetensors.index.json"],
        ),
        (["config.json", "vocab.txt"], ["*.json"], ["config.json"]),
        (["t/openvino_model.bin", "t/flax_model.msgpack", "t/model.bin"], ["t/*"], ["t/model.bin"]),
        (["../up.json", "/etc/x.json", "a\\b.json", "c:x.json", "ok.json"], ["*"], ["ok.json"]),
    ],
)
def test_chosen(there: list[str], patterns: list[str], expected: list[str]) -> None:
    assert chosen(there, patterns) == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["b"], "the file b"),
        (["b", "a"], "2 files: a, b"),
        (["d", "c", "b", "a"], "4 files, among them a, b, c"),
    ],
)
def test_named(listed: list[str], expected: str) -> None:
    assert named(listed, "file") == expected


def test_locate_takes_a_local_folder(tmp_path: Path) -> None:
    from tryon.catalog import build_catalog
    from tryon.spec import Runtime
    from tryon.weights.layout import locate

    catalog = build_catalog()
    alone = locate(Runtime(spec=catalog.get("transfer", "leffa").spec, weights=tmp_path))
    assert alone == {"franciszzj/Leffa": tmp_path}
    (tmp_path / "franciszzj/Leffa").mkdir(parents=True)
    assert locate(Runtime(spec=catalog.get("transfer", "leffa").spec, weights=tmp_path)) == {
        "franciszzj/Leffa": tmp_path / "franciszzj/Leffa"
    }
    several = locate(Runtime(spec=catalog.get("transfer", "catvton").spec, weights=tmp_path))
    assert all(path == tmp_path / repo for repo, path in several.items()) and len(several) == 3


def test_locate_fetches_and_reports(hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from tryon.catalog import build_catalog
    from tryon.spec import Runtime
    from tryon.weights.layout import locate

    hub.files["other/model"] = {"a.json": b"{}"}
    spec: Any = build_catalog().get("transfer", "leffa").spec
    spec = replace(spec, weights=(replace(WEIGHTS, gib=3.0), Weights(repo="other/model", files=("*.json",), gib=1.0)))
    heard: list[float] = []
    folders = locate(Runtime(spec=spec, settings=settings, report=heard.append))
    assert set(folders) == {REPO, "other/model"} and all(path.is_dir() for path in folders.values())
    assert heard == sorted(heard) and heard[-1] == 1.0 and 0.7 < heard[-2] <= 1.0
