"""Loop subdivision of triangle meshes with corner data (Blender's own modifier needs gigabytes on such meshes)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Array = npt.NDArray[Any]


def loop(
    points: Array, faces: Array, corner: Array | None = None, values: Array | None = None
) -> tuple[Array, Array, Array | None, Array | None]:
    """One step. `corner` (F, 3, k) goes along linearly (UV); `values` (N, k) per vertex too."""
    n, f = len(points), np.asarray(faces)
    pairs = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), 1)
    edges, at, count = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    at = at.reshape(-1)
    opposite = np.zeros((len(edges), points.shape[1]))
    np.add.at(opposite, at, points[np.concatenate([f[:, 2], f[:, 0], f[:, 1]])])
    inner = count == 2
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    mid = (a + b) / 2
    mid[inner] = (3 * (a + b) + opposite)[inner] / 8
    i, j = edges.T
    ring = sp.csr_matrix((np.ones(2 * len(i)), (np.r_[i, j], np.r_[j, i])), shape=(n, n))
    valence = np.maximum(np.asarray(ring.sum(1)).ravel(), 1)
    beta = np.where(valence > 3, 3 / (8 * valence), 3 / 16)[:, None]
    smooth = points * (1 - beta * valence[:, None]) + beta * (ring @ points)
    border = edges[~inner]
    rim = sp.csr_matrix((np.ones(2 * len(border)), (border.T.ravel(), border[:, ::-1].T.ravel())), shape=(n, n))
    on = np.asarray(rim.sum(1)).ravel()
    smooth[on == 2] = (points * 0.75 + (rim @ points) / 8)[on == 2]
    smooth[(on > 0) & (on != 2)] = points[(on > 0) & (on != 2)]
    m = len(f)
    e0, e1, e2 = at[:m] + n, at[m : 2 * m] + n, at[2 * m :] + n
    new = np.concatenate(
        [np.stack(t, 1) for t in ((f[:, 0], e0, e2), (e0, f[:, 1], e1), (e2, e1, f[:, 2]), (e0, e1, e2))]
    )
    uv = None
    if corner is not None:
        c0, c1, c2 = (corner[:, k] for k in range(3))
        h0, h1, h2 = (c0 + c1) / 2, (c1 + c2) / 2, (c2 + c0) / 2
        uv = np.concatenate([np.stack(t, 1) for t in ((c0, h0, h2), (h0, c1, h1), (h2, h1, c2), (h0, h1, h2))])
    vals = None
    if values is not None:
        vals = np.concatenate([values, (values[i] + values[j]) / 2])
    return np.concatenate([smooth, mid]), new, uv, vals
