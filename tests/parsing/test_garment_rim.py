import numpy as np

from tryon.parsing.garment_rim import within_rim


def striped(rim: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Difference from a pale ground, a form `rim` px too wide, and the cloth, whose every other stripe is pale."""
    cloth = np.zeros((240, 200), bool)
    cloth[:, 60:140] = True
    rest = np.zeros((240, 200, 3), np.float32)
    dark = np.arange(240)[:, None] // 12 % 2 == 0
    rest[cloth & dark] = (-60, 0, -10)
    form = np.zeros((240, 200), np.float32)
    form[:, 60 - rim : 140 + rim] = 1
    return rest, form, cloth


def test_an_outline_is_drawn_in_to_the_cloth_in_its_pale_stripes_too() -> None:
    rest, form, cloth = striped(3)
    found = within_rim(rest, form, 0.3, 2.0)
    middle = slice(40, 200)
    assert found[middle][:, :58].max() < 0.5
    assert found[middle][:, 62:138].min() > 0.9
    assert found[middle][cloth[middle]].mean() > 0.98


def test_an_outline_that_is_right_stays() -> None:
    rest, form, cloth = striped(0)
    assert np.abs(within_rim(rest, form, 0.3, 2.0) - cloth).max() < 0.3


def test_white_on_white_stays() -> None:
    _, form, _ = striped(3)
    assert np.array_equal(within_rim(np.zeros((240, 200, 3), np.float32), form, 0.3, 2.0), form)


def test_a_pale_edging_stays() -> None:
    rest, form, _ = striped(0)
    rest[:, 60:140] = (-60, 0, -10)
    rest[:, 60:68] = rest[:, 132:140] = 0
    assert within_rim(rest, form, 0.3, 2.0)[:, 62:138].min() > 0.9


def test_a_strap_stays_as_wide_as_it_is() -> None:
    rest, form, _ = striped(3)
    form[:120] = 0
    form[:120, 91:109] = 1
    rest[:120, :94] = rest[:120, 106:] = 0
    assert np.array_equal(within_rim(rest, form, 0.3, 2.0)[:110, 85:115], form[:110, 85:115])
    assert within_rim(rest, form, 0.3, 2.0)[190:210, :58].max() < 0.5
