"""Backgrounds and light of the people's pictures, and of the product pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import numpy.typing as npt

from studio import Nodes, area_light, backdrop, camera, linear, mesh, plain_material, world_light
from textures import rgb

Array = npt.NDArray[Any]
SWEEPS = {"grey": "#c9cbce", "sand": "#d8c9b4", "mist": "#b9c9cc", "rose": "#d9c2bd", "blue": "#9fb0c3"}
# HDRI of Blender's own CC0 set, the part of it that is seen (u, v, width, height), its strength as light
OUTSIDE = {
    "park": ("forest.exr", (0.30, 0.43, 0.16, 0.20), 0.9, 1.0),
    "court": ("courtyard.exr", (0.55, 0.42, 0.20, 0.25), 0.8, 1.0),
    "street": ("city.exr", (0.10, 0.42, 0.20, 0.25), 0.8, 1.0),
}


def product_light(mid: Array, height: float, wall: float, paper: str = "#f6f6f6") -> None:
    """White wall close behind, big soft key from the upper left, weak fill from the right."""
    z = float(mid[1])
    world_light((1, 1, 1), 0.55)
    r, g, b = linear(rgb(paper))
    backdrop(wall + 0.16, (r * 0.8, g * 0.8, b * 0.8), z - 4.0, glow=0.28)
    area_light((-1.7, -1.9, z + 1.6), (0, 0, z), 1.0, 47)
    area_light((2.2, -2.0, z + 0.2), (0, 0, z), 1.6, 12)
    camera((float(mid[0]), -5.0, z + 0.05), (float(mid[0]), 0.0, z), height)


def person_light(place: str, x: float, z: float, height: float, floor: float) -> None:
    if place in OUTSIDE:
        _outside(*OUTSIDE[place])
        area_light((-1.8, -2.4, z + 1.5), (0, 0, z + 0.2), 1.4, 60, (1.0, 0.97, 0.92))
        area_light((2.0, 1.6, z + 1.0), (0, 0, z + 0.3), 0.8, 45, (1.0, 0.95, 0.86))
    elif place == "room":
        _room(floor)
        world_light((1.0, 0.97, 0.93), 0.32)
        area_light((-2.2, -2.2, floor + 2.3), (0, 0, floor + 1.2), 1.5, 120, (1.0, 0.96, 0.90))
        area_light((2.6, -2.2, floor + 1.4), (0, 0, floor + 1.1), 1.6, 32, (0.93, 0.96, 1.0))
    else:
        r, g, b = linear(rgb(SWEEPS[place]))
        world_light((1, 1, 1), 0.32)
        backdrop(1.6, (r, g, b), floor)
        area_light((-1.9, -2.6, z + 1.5), (0, 0, z + 0.2), 1.2, 100)
        area_light((2.4, -2.2, z + 0.5), (0, 0, z), 1.6, 26)
        area_light((1.6, 1.2, z + 1.4), (0, 0, z + 0.4), 0.6, 22)
    cam = camera((x, -5.2, z + 0.02), (x, 0.0, z), height)
    if place == "room":
        cam.dof.use_dof, cam.dof.focus_distance, cam.dof.aperture_fstop = True, 5.2, 0.9


def _outside(name: str, window: tuple[float, float, float, float], seen: float, light: float) -> None:
    """The whole HDRI gives light; an enlarged, therefore blurred, part of it is what the camera sees behind."""
    folder = Path(bpy.utils.resource_path("LOCAL")) / "datafiles" / "studiolights" / "world"
    picture = bpy.data.images.load(str(folder / name))
    tree = bpy.context.scene.world.node_tree
    back = tree.nodes["Background"]
    env = tree.nodes.new("ShaderNodeTexEnvironment")
    env.image = picture
    tree.links.new(env.outputs[0], back.inputs[0])
    back.inputs[1].default_value = light
    coord, place = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    place.inputs["Location"].default_value = (window[0], window[1], 0)
    place.inputs["Scale"].default_value = (window[2], window[3], 1)
    flat = tree.nodes.new("ShaderNodeTexImage")
    flat.image, flat.interpolation = _blurred(picture, 4.0), "Cubic"
    view = tree.nodes.new("ShaderNodeBackground")
    view.inputs[1].default_value = seen
    tree.links.new(coord.outputs["Window"], place.inputs[0])
    tree.links.new(place.outputs[0], flat.inputs[0])
    tree.links.new(flat.outputs[0], view.inputs[0])
    ray, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(ray.outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(back.outputs[0], mix.inputs[1])
    tree.links.new(view.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["World Output"].inputs[0])


def _blurred(picture: Any, sigma: float) -> Any:
    """The picture out of focus, `sigma` in its own pixels."""
    w, h = picture.size
    pixels = np.empty(w * h * 4, np.float32)
    picture.pixels.foreach_get(pixels)
    soft = cv2.GaussianBlur(np.clip(pixels.reshape(h, w, 4), 0, 12), (0, 0), sigma)
    out = bpy.data.images.new("blurred", w, h, float_buffer=True)
    out.colorspace_settings.name = picture.colorspace_settings.name
    out.pixels.foreach_set(soft.ravel())
    out.pack()
    return out


def _box(name: str, lo: tuple[float, float, float], hi: tuple[float, float, float], material: Any) -> None:
    """A box between two corners in metres (x right, y away from the camera, z up)."""
    (x0, y0, z0), (x1, y1, z1) = lo, hi
    pts = np.array([[x, z, -y] for z in (z0, z1) for y in (y0, y1) for x in (x0, x1)]) * 10
    f = [
        (0, 2, 1),
        (1, 2, 3),
        (4, 5, 6),
        (5, 7, 6),
        (0, 1, 4),
        (1, 5, 4),
        (2, 6, 3),
        (3, 6, 7),
        (0, 4, 2),
        (2, 4, 6),
        (1, 3, 5),
        (3, 7, 5),
    ]
    obj = mesh(name, pts, np.array(f))
    obj.data.polygons.foreach_set("use_smooth", np.zeros(12, bool))
    obj.data.materials.append(material)


def _colour(code: str) -> tuple[float, float, float]:
    r, g, b = linear(rgb(code))
    return float(r), float(g), float(b)


def _room(floor: float) -> None:
    """A plain living room: warm wall, skirting board, wooden floor, sideboard, picture, plant."""
    wall = 2.3
    _box("wall", (-6, wall, floor), (6, wall + 0.1, floor + 5), plain_material("wall", _colour("#cfc3b2"), 0.9))
    _box(
        "skirting",
        (-6, wall - 0.02, floor),
        (6, wall, floor + 0.11),
        plain_material("skirting", _colour("#efebe3"), 0.5),
    )
    n = Nodes("planks")
    n.set(Roughness=0.42)
    coord = n.add("ShaderNodeTexCoord")
    brick = n.add("ShaderNodeTexBrick", Scale=1.0)
    brick.inputs["Color1"].default_value = (*_colour("#a9825a"), 1)
    brick.inputs["Color2"].default_value = (*_colour("#8f6a46"), 1)
    brick.inputs["Mortar"].default_value = (*_colour("#5d432c"), 1)
    brick.inputs["Mortar Size"].default_value = 0.003
    brick.inputs["Brick Width"].default_value = 1.4
    brick.inputs["Row Height"].default_value = 0.14
    n.link(coord.outputs["Object"], brick.inputs[0])
    n.link(brick.outputs[0], n.bsdf.inputs["Base Color"])
    _box("floor", (-6, -6, floor - 0.1), (6, wall + 0.1, floor), n.material)
    oak, dark = (
        plain_material("oak", _colour("#9a7247"), 0.5),
        plain_material("dark", _colour("#3a3631"), 0.5),
    )
    _box("sideboard", (0.55, wall - 0.45, floor + 0.16), (2.4, wall - 0.03, floor + 0.78), oak)
    for x in (0.65, 2.25):
        _box("leg", (x, wall - 0.4, floor), (x + 0.05, wall - 0.35, floor + 0.16), dark)
    _box("frame", (-1.15, wall - 0.03, floor + 1.25), (-0.45, wall - 0.005, floor + 2.15), dark)
    _box(
        "mat",
        (-1.11, wall - 0.035, floor + 1.29),
        (-0.49, wall - 0.03, floor + 2.11),
        plain_material("mat", _colour("#efe9dc"), 0.8),
    )
    _box(
        "art",
        (-0.98, wall - 0.04, floor + 1.45),
        (-0.62, wall - 0.035, floor + 1.92),
        plain_material("art", _colour("#b5563c"), 0.8),
    )
    _box(
        "books",
        (0.85, wall - 0.35, floor + 0.78),
        (1.1, wall - 0.15, floor + 0.98),
        plain_material("books", _colour("#55707c"), 0.7),
    )
    _plant(np.array([1.55, wall - 0.24, floor + 0.78]))


def _plant(at: Array) -> None:
    rng = np.random.default_rng(4)
    x, y, z = (float(v) for v in at)
    _box(
        "pot",
        (x - 0.1, y - 0.1, z),
        (x + 0.1, y + 0.1, z + 0.2),
        plain_material("pot", _colour("#e5ddd0"), 0.6),
    )
    pts, faces = [], []
    for _ in range(26):
        a, lean, size = rng.uniform(0, 6.28), rng.uniform(0.15, 0.8), rng.uniform(0.25, 0.5)
        d = np.array([np.cos(a), np.sin(a), 0])
        side = np.array([-np.sin(a), np.cos(a), 0]) * 0.045
        for t in np.linspace(0, 1, 6):
            mid = at + [0, 0, 0.2] + d * lean * size * t**1.5 + np.array([0, 0, 1]) * size * (t - 0.35 * lean * t * t)
            w = np.sin(np.pi * (0.08 + 0.9 * t))
            pts += [mid - side * w, mid + side * w]
        k = len(pts) - 12
        faces += [(k + 2 * i, k + 2 * i + 1, k + 2 * i + 3) for i in range(5)]
        faces += [(k + 2 * i, k + 2 * i + 3, k + 2 * i + 2) for i in range(5)]
    p = np.array(pts)
    obj = mesh("plant", np.stack([p[:, 0], p[:, 2], -p[:, 1]], 1) * 10, np.array(faces))
    obj.data.materials.append(plain_material("leaf", _colour("#3f6a3c"), 0.55))
