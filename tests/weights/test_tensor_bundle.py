"""TensorFlow's checkpoints: what is read exactly, and that nothing odd in a file does more than be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.weights.bundles import entry, field, table, write_bundle
from tryon.errors import WeightsMissing
from tryon.weights.tensor_bundle import read_bundle

ARRAYS = {
    "a/conv/filter": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "a/conv/filter/Adam": np.ones((2, 3, 4), np.float32),
    "a/scale": np.array([1.5, -2.0], np.float64),
    "b/half": np.array([[0.5]], np.float16),
    "empty": np.zeros((0, 3), np.float32),
    "global_step": np.array(15000, np.int64),
    "small": np.array([1, 2], np.int32),
}


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "model-7", ARRAYS)
    return tmp_path / "model-7"


def read(prefix: Path, **words: Any) -> dict[str, Any]:
    return dict(read_bundle(prefix, title="M", **words))


def index_of(prefix: Path) -> Path:
    return prefix.with_name(prefix.name + ".index")


def data_of(prefix: Path) -> Path:
    return prefix.with_name(prefix.name + ".data-00000-of-00001")


def test_every_kind_of_number(prefix: Path) -> None:
    found = read(prefix)
    assert found.keys() == ARRAYS.keys()
    for name, value in ARRAYS.items():
        assert found[name].dtype == value.dtype and found[name].shape == value.shape
        assert (found[name] == value).all()


def test_keep(prefix: Path) -> None:
    data_of(prefix).unlink()  # nothing is read of what is not kept
    assert read(prefix, keep=lambda name: False) == {}


def test_several_shards(tmp_path: Path) -> None:
    one, two = np.arange(3, dtype=np.float32), np.arange(5, dtype=np.float32)
    pairs = [(b"", field(1, 2)), (b"one", entry(one, 0)), (b"two", entry(two, 4, shard=field(3, 1)))]
    (tmp_path / "m.index").write_bytes(table(pairs))
    (tmp_path / "m.data-00000-of-00002").write_bytes(one.tobytes())
    (tmp_path / "m.data-00001-of-00002").write_bytes(b"1234" + two.tobytes())
    found = read(tmp_path / "m")
    assert (found["one"] == one).all() and (found["two"] == two).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": field(1, 7)}, "type"),
        ({"slices": field(7, b"x")}, "slices"),
        ({"size": field(5, 999)}, "another size"),
        ({"place": field(4, 1 << 40)}, "cut off"),
        ({"shape": field(2, field(2, field(1, 1 << 62)))}, "shape"),
        ({"shape": field(2, 5)}, "shape"),
        ({"kind": field(1, b"x")}, "another type"),
        ({"shard": field(3, 9)}, "not there"),
    ],
    ids=str,
)
def test_odd_entries(tmp_path: Path, change: dict[str, bytes], said: str) -> None:
    array = np.ones((2, 2), np.float32)
    (tmp_path / "m.index").write_bytes(table([(b"", field(1, 1)), (b"x", entry(array, 0, **change))]))
    (tmp_path / "m.data-00000-of-00001").write_bytes(array.tobytes())
    with pytest.raises(WeightsMissing, match=said):
        read(tmp_path / "m")


def test_other_files(tmp_path: Path, prefix: Path) -> None:
    with pytest.raises(WeightsMissing, match="not there"):
        read(tmp_path / "model-8")
    index_of(prefix).write_bytes(table([(b"", field(1, 1) + field(2, 1))]))
    with pytest.raises(WeightsMissing, match="big-endian"):
        read(prefix)
    index_of(prefix).write_bytes(table([(b"", field(1, 1))], kind=1))
    with pytest.raises(WeightsMissing, match="compressed"):
        read(prefix)
    index_of(prefix).write_bytes(b"\x80\x04pickle" * 20)
    with pytest.raises(WeightsMissing, match="another kind"):
        read(prefix)


def test_missing_and_short_numbers(prefix: Path) -> None:
    whole = data_of(prefix).read_bytes()
    data_of(prefix).write_bytes(whole[:-1])
    with pytest.raises(WeightsMissing, match="cut off"):
        read(prefix)
    data_of(prefix).unlink()
    with pytest.raises(WeightsMissing, match="not there"):
        read(prefix)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_any_damage_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """Cut off anywhere, or with any bytes exchanged: refused with a sentence, or read as some other numbers."""
    prefix = tmp_path_factory.mktemp("bundle") / "m"
    write_bundle(prefix, ARRAYS)
    index = bytearray(index_of(prefix).read_bytes())
    if data.draw(st.booleans()):
        index = index[: data.draw(st.integers(0, len(index) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            index[data.draw(st.integers(0, len(index) - 1))] = data.draw(st.integers(0, 255))
    index_of(prefix).write_bytes(bytes(index))
    try:
        found = read(prefix)
    except WeightsMissing:
        return
    assert all(isinstance(value, np.ndarray) for value in found.values())
