"""The photo studio: Blender (the `bpy` module, Cycles) scenes built from plain arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import numpy.typing as npt

from patterns import Sewn
from subdivide import loop
from textures import Canvas, Print, rgb
from trims import button, collar, place_on_front

Array = npt.NDArray[Any]


def to_world(p: Array) -> Array:
    """Decimetres, y up, z front -> metres, z up, front at -y."""
    p = np.asarray(p, float)
    return np.stack([p[..., 0], -p[..., 2], p[..., 1]], -1) * 0.1


def reset(size: tuple[int, int], samples: int, look: str = "AgX - Base Contrast", exposure: float = 0.0) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.cycles.samples = samples
    s.cycles.use_adaptive_sampling = True
    s.cycles.adaptive_threshold = 0.02
    s.cycles.use_denoising = True
    s.cycles.denoiser = "OPENIMAGEDENOISE"
    s.cycles.denoising_prefilter = "FAST"
    s.cycles.use_light_tree = False
    s.cycles.max_bounces = 4
    s.cycles.diffuse_bounces = 2
    s.cycles.glossy_bounces = 2
    s.cycles.caustics_reflective = s.cycles.caustics_refractive = False
    s.render.threads_mode, s.render.threads = "FIXED", 2
    s.render.resolution_x, s.render.resolution_y = size
    s.render.image_settings.file_format = "PNG"
    s.view_settings.view_transform = look.split(" - ")[0]
    if " - " in look:
        s.view_settings.look = look
    s.view_settings.exposure = exposure
    s.world = bpy.data.worlds.new("world")
    s.world.use_nodes = True


def world_light(colour: tuple[float, float, float], strength: float) -> None:
    node = bpy.context.scene.world.node_tree.nodes["Background"]
    node.inputs[0].default_value = (*colour, 1)
    node.inputs[1].default_value = strength


def image(array: Array, name: str, data: bool = False) -> Any:
    """A Blender picture from an array with rows from the top."""
    h, w = array.shape[:2]
    img = bpy.data.images.new(name, w, h, float_buffer=data, is_data=data)
    rgba = np.ones((h, w, 4), np.float32)
    rgba[..., :3] = array if array.ndim == 3 else array[..., None]
    img.pixels.foreach_set(rgba[::-1].ravel())
    img.pack()
    return img


def mesh(
    name: str,
    points: Array,
    faces: Array,
    uv: Array | None = None,
    groups: Array | None = None,
    subdivide: int = 0,
    flush: Array | None = None,
) -> Any:
    """An object from arrays; uv is per corner (F, 3, 2), flush one number per vertex."""
    value = None if flush is None else flush[:, None]
    for _ in range(subdivide):
        points, faces, uv, value = loop(points, faces, uv, value)
    data = bpy.data.meshes.new(name)
    data.from_pydata(to_world(points).tolist(), [], np.asarray(faces).tolist())
    if uv is not None:
        layer = data.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", np.asarray(uv, np.float32).ravel())
    if value is not None:
        data.attributes.new("flush", "FLOAT", "POINT").data.foreach_set("value", value.astype(np.float32).ravel())
    data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), bool))
    if groups is not None:
        data.polygons.foreach_set("material_index", np.asarray(groups, np.int32))
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    return obj


class Nodes:
    """A thin way to wire a material."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.bsdf = self.tree.nodes["Principled BSDF"]

    def add(self, kind: str, **props: Any) -> Any:
        node = self.tree.nodes.new(kind)
        for key, value in props.items():
            if key in node.inputs:
                node.inputs[key].default_value = value
            else:
                setattr(node, key, value)
        return node

    def link(self, a: Any, b: Any) -> None:
        self.tree.links.new(a, b)

    def set(self, **values: Any) -> None:
        for key, value in values.items():
            self.bsdf.inputs[key.replace("_", " ")].default_value = value


def cloth_material(name: str, canvas: Canvas, style: Print) -> Any:
    n = Nodes(name)
    n.set(Roughness=style.roughness, Sheen_Weight=style.sheen, Sheen_Roughness=0.6)
    n.bsdf.inputs["Specular IOR Level"].default_value = 0.22
    tex = n.add("ShaderNodeTexImage", image=image(canvas.colour, name + "_c"))
    tex.interpolation = "Cubic"
    n.link(tex.outputs[0], n.bsdf.inputs["Base Color"])
    height = np.clip(canvas.height / 4 + 0.5, 0, 1)
    bump_tex = n.add("ShaderNodeTexImage", image=image(height, name + "_h", True))
    bump = n.add("ShaderNodeBump", Strength=0.9 * min(style.bump, 1.0), Distance=0.004)
    n.link(bump_tex.outputs[0], bump.inputs["Height"])
    if style.weave > 0:
        coord = n.add("ShaderNodeTexCoord")
        fine = n.add("ShaderNodeTexNoise", Scale=420.0, Detail=2.0)
        n.link(coord.outputs["Object"], fine.inputs["Vector"])
        second = n.add("ShaderNodeBump", Strength=style.weave, Distance=0.0006)
        n.link(fine.outputs[0], second.inputs["Height"])
        n.link(bump.outputs[0], second.inputs["Normal"])
        bump = second
    n.link(bump.outputs[0], n.bsdf.inputs["Normal"])
    return n.material


def garment(name: str, sewn: Sewn, points: Array, panels: list[Canvas], style: Print, subdivide: int = 1) -> Any:
    faces = sewn.cloth.faces
    corner = sewn.flat[faces]
    uv = np.zeros((len(faces), 3, 2))
    for side, canvas in enumerate(panels):
        m = sewn.side == side
        uv[m] = (corner[m] - canvas.lo) / (canvas.hi - canvas.lo)
    hem = np.clip(1 - (sewn.near_open - 0.18) / 0.08, 0, 1)[:, None]
    side = sewn.side
    for _ in range(subdivide):
        points, faces, uv, hem = loop(points, faces, uv, hem)
        side = np.tile(side, 4)
    obj = mesh(name, points, faces, uv, side)
    for k, canvas in enumerate(panels):
        obj.data.materials.append(cloth_material(f"{name}{k}", canvas, style))
    group = obj.vertex_groups.new(name="thick")
    level = np.round(hem[:, 0], 1)
    for value in np.unique(level):
        group.add(np.nonzero(level == value)[0].tolist(), 0.5 + 0.5 * float(value), "REPLACE")
    solid = obj.modifiers.new("solid", "SOLIDIFY")
    solid.thickness, solid.offset = style.thickness * 0.2, 0.0
    solid.vertex_group = "thick"
    return obj


def skin_material(tone: tuple[float, float, float], lips: Array, nails: Array, gloss: float = 0.5) -> Any:
    """Skin: patchy tone, redder hands, elbows and knees, lips, nails, pores and fine creases."""
    n = Nodes("skin")
    n.set(Subsurface_Weight=0.3, Subsurface_Scale=0.006, Sheen_Weight=0.06, Sheen_Roughness=0.4)
    n.bsdf.inputs["Subsurface Radius"].default_value = (1.0, 0.36, 0.2)
    n.bsdf.inputs["Specular IOR Level"].default_value = 0.38
    coord = n.add("ShaderNodeTexCoord")
    base = np.array(tone)

    def noisy(scale: float, detail: float) -> Any:
        node = n.add("ShaderNodeTexNoise", Scale=scale, Detail=detail, Roughness=0.62)
        n.link(coord.outputs["Object"], node.inputs["Vector"])
        return node.outputs[0]

    def mixed(factor: Any, below: Any, tint: Array) -> Any:
        node = n.add("ShaderNodeMixRGB")
        node.inputs[2].default_value = (*np.clip(tint, 0, 1), 1)
        n.link(factor, node.inputs[0])
        n.link(below, node.inputs[1])
        return node.outputs[0]

    ramp = n.add("ShaderNodeValToRGB")
    low, high = ramp.color_ramp.elements
    low.position, high.position = 0.30, 0.70
    low.color, high.color = (*(base * [0.93, 0.80, 0.75]), 1), (*np.clip(base * [1.04, 1.06, 1.07], 0, 1), 1)
    n.link(noisy(11.0, 6.0), ramp.inputs[0])
    freckle = n.add("ShaderNodeMapRange")
    for key, value in (("From Min", 0.60), ("From Max", 0.72), ("To Max", 0.30)):
        freckle.inputs[key].default_value = value
    n.link(noisy(140.0, 3.0), freckle.inputs["Value"])
    colour = mixed(freckle.outputs[0], ramp.outputs[0], base * [0.80, 0.68, 0.62])
    attribute = n.add("ShaderNodeAttribute", attribute_name="flush")
    colour = mixed(attribute.outputs["Fac"], colour, base * [0.92, 0.66, 0.60])
    for mask, tint, name in (
        (lips, base * [0.84, 0.52, 0.52], "lips"),
        (nails, base * [1.1, 0.95, 0.93], "nails"),
    ):
        tex = n.add("ShaderNodeTexImage", image=image(mask.astype(np.float32) / 255, name, True))
        colour = mixed(tex.outputs[0], colour, tint)
    n.link(colour, n.bsdf.inputs["Base Color"])
    shine = n.add("ShaderNodeMapRange")
    shine.inputs["To Min"].default_value, shine.inputs["To Max"].default_value = gloss - 0.12, gloss + 0.14
    n.link(noisy(60.0, 4.0), shine.inputs["Value"])
    n.link(shine.outputs[0], n.bsdf.inputs["Roughness"])
    normal = None
    for scale, strength, distance in ((70.0, 0.12, 0.0012), (900.0, 0.16, 0.0006)):
        bump = n.add("ShaderNodeBump", Strength=strength, Distance=distance)
        n.link(noisy(scale, 4.0), bump.inputs["Height"])
        if normal is not None:
            n.link(normal, bump.inputs["Normal"])
        normal = bump.outputs[0]
    n.link(normal, n.bsdf.inputs["Normal"])
    return n.material


def plain_material(name: str, colour: tuple[float, float, float], roughness: float = 0.6, **values: Any) -> Any:
    n = Nodes(name)
    n.set(Base_Color=(*colour, 1), Roughness=roughness, **values)
    return n.material


def area_light(
    at: tuple[float, float, float],
    look: tuple[float, float, float],
    size: float,
    power: float,
    colour: tuple[float, float, float] = (1, 1, 1),
) -> None:
    data = bpy.data.lights.new("area", "AREA")
    data.shape, data.size, data.energy, data.color = "DISK", size, power, colour
    obj = bpy.data.objects.new("area", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = at
    _aim(obj, look)


def _aim(obj: Any, look: tuple[float, float, float]) -> None:
    from mathutils import Vector

    obj.rotation_euler = (Vector(look) - Vector(obj.location)).to_track_quat("-Z", "Y").to_euler()


def camera(at: tuple[float, float, float], look: tuple[float, float, float], height: float) -> Any:
    """A camera whose picture is `height` metres tall at the point it looks at."""
    data = bpy.data.cameras.new("camera")
    obj = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = at
    dist = float(np.linalg.norm(np.array(at) - np.array(look)))
    data.sensor_fit = "VERTICAL"
    data.sensor_height = 24.0
    data.lens = 24.0 * dist / height
    _aim(obj, look)
    bpy.context.scene.camera = obj
    return data


def backdrop(
    depth: float,
    colour: tuple[float, float, float],
    floor: float,
    roughness: float = 0.9,
    radius: float = 0.6,
    glow: float = 0.0,
) -> Any:
    """A paper sweep: floor, round bend, wall at `depth` metres behind."""
    t = np.linspace(0, np.pi / 2, 24)
    prof = [(-6.0, floor)] + [(depth - radius + radius * np.sin(a), floor + radius - radius * np.cos(a)) for a in t]
    prof += [(depth, floor + 6)]
    pts = [(x, y, z) for y, z in prof for x in (-8.0, 8.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(prof) - 1)]
    data = bpy.data.meshes.new("sweep")
    data.from_pydata(pts, [], faces)
    data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), bool))
    obj = bpy.data.objects.new("sweep", data)
    bpy.context.scene.collection.objects.link(obj)
    paper = plain_material("paper", colour, roughness, Emission_Color=(*colour, 1), Emission_Strength=glow)
    obj.data.materials.append(paper)
    return obj


def shoot(out: Path, quality: int = 91) -> None:
    png = out.with_suffix(".render.png")
    bpy.context.scene.render.filepath = str(png)
    bpy.ops.render.render(write_still=True)
    picture = cv2.imread(str(png))
    cv2.imwrite(str(out), picture, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    png.unlink()


class Turn:
    """Rotation of a finished figure about the vertical axis, in degrees."""

    def __init__(self, degrees: float) -> None:
        a = np.radians(degrees)
        self.matrix = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])

    def __call__(self, points: Array) -> Array:
        return np.asarray(points @ self.matrix.T)


def add_trims(sewn: Sewn, points: Array, marks: dict[str, Any], style: Print, turn: Turn) -> None:
    """Buttons and collar of a draped garment."""
    extras = style.extras
    if "buttons" in extras:
        code, radius = extras["button"]
        shiny = plain_material("button", tuple(linear(rgb(code))), 0.35)
        for at in extras["buttons"](marks):
            p, f = button(*place_on_front(sewn, points, at), radius)
            mesh("button", turn(p), f).data.materials.append(shiny)
    if "collar" in extras:
        p, f, uv = collar(sewn, points, extras["stand"], extras["fall"])
        obj = mesh("collar", turn(p), f, uv, subdivide=1)
        obj.data.materials.append(
            plain_material("collar", tuple(linear(rgb(extras["collar"]))), style.roughness, Sheen_Weight=style.sheen)
        )
        solid = obj.modifiers.new("solid", "SOLIDIFY")
        solid.thickness, solid.offset = 0.0035, 0.0


def linear(colour: Array) -> Array:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
