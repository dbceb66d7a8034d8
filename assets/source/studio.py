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
from textures import Canvas, Print

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
    s.cycles.max_bounces = 6
    s.cycles.diffuse_bounces = 3
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


def mesh(name: str, points: Array, faces: Array, uv: Array | None = None, groups: Array | None = None,
         subdivide: int = 0) -> Any:
    """An object from arrays; uv is per corner (F, 3, 2)."""
    for _ in range(subdivide):
        points, faces, uv, _none = loop(points, faces, uv)
    data = bpy.data.meshes.new(name)
    data.from_pydata(to_world(points).tolist(), [], np.asarray(faces).tolist())
    if uv is not None:
        layer = data.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", np.asarray(uv, np.float32).ravel())
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


def skin_material(tone: tuple[float, float, float], lips: Array, nails: Array, seed: int, gloss: float = 0.5) -> Any:
    n = Nodes("skin")
    n.set(Roughness=gloss, Subsurface_Weight=0.35, Subsurface_Scale=0.008)
    n.bsdf.inputs["Subsurface Radius"].default_value = (1.0, 0.36, 0.2)
    n.bsdf.inputs["Specular IOR Level"].default_value = 0.4
    coord = n.add("ShaderNodeTexCoord")
    base = np.array(tone)
    red = np.clip(base * np.array([0.98, 0.80, 0.76]), 0, 1)
    pale = np.clip(base * np.array([1.03, 1.05, 1.05]), 0, 1)
    patches = n.add("ShaderNodeTexNoise", Scale=9.0, Detail=4.0, Roughness=0.6)
    ramp = n.add("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.32, 0.68
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*red, 1), (*pale, 1)
    n.link(coord.outputs["Object"], patches.inputs["Vector"])
    n.link(patches.outputs[0], ramp.inputs[0])
    colour = ramp.outputs[0]
    for mask, tint, name in ((lips, base * np.array([0.80, 0.50, 0.50]), "lips"),
                             (nails, np.clip(base * np.array([1.05, 0.92, 0.92]), 0, 1), "nails")):
        tex = n.add("ShaderNodeTexImage", image=image(mask.astype(np.float32) / 255, name, True))
        mix = n.add("ShaderNodeMixRGB")
        mix.inputs[2].default_value = (*tint, 1)
        n.link(tex.outputs[0], mix.inputs[0])
        n.link(colour, mix.inputs[1])
        colour = mix.outputs[0]
    n.link(colour, n.bsdf.inputs["Base Color"])
    pores = n.add("ShaderNodeTexNoise", Scale=900.0, Detail=3.0)
    n.link(coord.outputs["Object"], pores.inputs["Vector"])
    bump = n.add("ShaderNodeBump", Strength=0.10, Distance=0.0008)
    n.link(pores.outputs[0], bump.inputs["Height"])
    n.link(bump.outputs[0], n.bsdf.inputs["Normal"])
    return n.material


def plain_material(name: str, colour: tuple[float, float, float], roughness: float = 0.6, **values: Any) -> Any:
    n = Nodes(name)
    n.set(Base_Color=(*colour, 1), Roughness=roughness, **values)
    return n.material


def area_light(at: tuple[float, float, float], look: tuple[float, float, float], size: float, power: float,
               colour: tuple[float, float, float] = (1, 1, 1)) -> None:
    data = bpy.data.lights.new("area", "AREA")
    data.shape, data.size, data.energy, data.color = "DISK", size, power, colour
    obj = bpy.data.objects.new("area", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = at
    _aim(obj, look)


def _aim(obj: Any, look: tuple[float, float, float]) -> None:
    from mathutils import Vector

    obj.rotation_euler = (Vector(look) - Vector(obj.location)).to_track_quat("-Z", "Y").to_euler()


def camera(at: tuple[float, float, float], look: tuple[float, float, float], height: float) -> None:
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


def backdrop(depth: float, colour: tuple[float, float, float], floor: float, roughness: float = 0.9,
             radius: float = 0.6) -> Any:
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
    obj.data.materials.append(plain_material("paper", colour, roughness))
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


def product_light(mid: Array, height: float, wall: float) -> None:
    """White wall close behind, big soft key from the upper left, weak fill from the right."""
    z = float(mid[1])
    world_light((1, 1, 1), 0.55)
    backdrop(wall + 0.10, (0.93, 0.93, 0.93), z - 4.0)
    area_light((-1.7, -1.9, z + 1.6), (0, 0, z), 1.1, 52)
    area_light((2.2, -2.0, z + 0.2), (0, 0, z), 1.6, 14)
    camera((float(mid[0]), -5.0, z + 0.05), (float(mid[0]), 0.0, z), height)


def person_light(place: str, z: float, height: float, floor: float) -> None:
    world_light((1, 1, 1), 0.35)
    backdrop(1.6, (0.62, 0.63, 0.65), floor)
    area_light((-1.9, -2.6, z + 1.6), (0, 0, z + 0.2), 1.2, 120)
    area_light((2.4, -2.4, z + 0.6), (0, 0, z), 1.6, 40)
    camera((0.0, -5.0, z), (0.0, 0.0, z), height)
