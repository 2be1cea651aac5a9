"""What a frame is a frame of: one hash of all that decides its picture, and one of the writing over it.

Everything that Blender will draw in the frame is read from the built scene: what is seen in it, with its data, its
materials and its keyed values as they are in that frame, the light, the camera, the settings of the renderer, this
program's version and Blender's. So a change of one setting changes the hashes of those frames that show it and of no
others, and a change that a person has made by hand counts like any other. What is hidden in a frame is not part of it;
neither is a shader whose share in a mix is nothing.

The device is left out: pictures of processors and graphics cards differ by less than their noise, and a film that was
begun on one may be finished on another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bpy

from ..scene.library import labels_of
from ..version import package_version
from .contents import Contents, read_block
from .folder import FrameFolder, Identity
from .shaders import Shader

#: Settings of a scene and its renderers that no picture depends on, or that are set anew for each picture.
RENDER_ONLY = (
    "filepath", "use_persistent_data", "threads", "threads_mode", "use_file_extension", "use_overwrite",
    "use_placeholder", "ffmpeg", "image_settings", "use_border", "use_crop_to_border", "border_min_x",
    "border_min_y", "border_max_x", "border_max_y", "fps", "fps_base", "frame_map_old", "frame_map_new",
    "use_compositing", "use_sequencer", "use_lock_interface", "use_render_cache", "preview_pixel_size",
    "compositor_device", "compositor_precision", "bake", "views", "stereo_views",
)  # fmt: skip
#: Changes when the same scene is rendered in another way, so that a film does not mix the two.
WAY = "light and lines apart"
CYCLES_ONLY = ("device", "denoising_use_gpu", "use_preview_denoising")


class Identities:
    """The identities of a built scene's frames. The scene must not change while they are asked for."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        labels = labels_of(scene)
        self._picture = Seen(scene)
        self._writing = None if labels is None else Seen(labels)

    def of(self, frame: int) -> Identity:
        """The identity of one frame."""
        writing = "" if self._writing is None else self._writing.digest(frame)
        return Identity(self._picture.digest(frame), writing)


def frame_folder(scene: bpy.types.Scene, path: Path, linear: bool = False) -> FrameFolder:
    """The folder for the frames of a built scene."""
    identities = Identities(scene)
    frames = range(scene.frame_start, scene.frame_end + 1)
    return FrameFolder(path, {frame: identities.of(frame) for frame in frames}, linear)


class Seen:
    """What is seen of a scene, frame by frame."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self.blocks = _Blocks()
        self.settings = _settings(scene)
        self.shown = [item for item in scene.objects if item.name in _rendered(scene)]
        cameras = [(marker.frame, marker.camera) for marker in scene.timeline_markers if marker.camera]
        self.cameras = sorted(cameras, key=lambda marked: marked[0])

    def digest(self, frame: int) -> str:
        """The hash of all that is seen in a frame."""
        seen = [self.blocks.digest(item, frame) for item in self.shown if self.blocks.is_rendered(item, frame)]
        whole = hashlib.sha256(self.settings)
        for block in (self._camera(frame), self.scene.world):
            whole.update(b"-" if block is None else self.blocks.digest(block, frame))
        # in which order things were made does not matter
        for part in sorted(seen):
            whole.update(part)
        return whole.hexdigest()[:32]

    def _camera(self, frame: int) -> bpy.types.Object | None:
        """The camera of a frame: a marker may have changed it."""
        cameras = [camera for start, camera in self.cameras if start <= frame]
        return cameras[-1] if cameras else self.scene.camera


class _Blocks:
    """Data-blocks with everything that they need, each read once."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[bytes, list[Any], list[Any]]] = {}
        self._closures: dict[int, list[Any]] = {}
        self._shaders: dict[int, Shader] = {}

    def is_rendered(self, item: bpy.types.Object, frame: int) -> bool:
        """Whether an object is rendered in a frame; a light or camera that is nobody's has no picture."""
        keyed = [curve for curve in self._of(item)[2] if curve.data_path == "hide_render"]
        hidden = keyed[0].evaluate(frame) >= 0.5 if keyed else item.hide_render
        return not hidden and item.type not in ("CAMERA", "SPEAKER")

    def digest(self, block: Any, frame: int) -> bytes:
        """The hash of a data-block and of all that it needs, in a frame."""
        whole = hashlib.sha256()
        for part in self._closure(block):
            if isinstance(part, bpy.types.ShaderNodeTree):
                whole.update(self._shader(part).digest(frame))
            else:
                static, _, curves = self._of(part)
                whole.update(static)
                whole.update(repr([curve.evaluate(frame) for curve in curves if not _hides(curve)]).encode())
            if _moves_by_itself(part):
                whole.update(repr(frame).encode())
        return whole.digest()

    def _shader(self, tree: bpy.types.ShaderNodeTree) -> Shader:
        key = tree.as_pointer()
        if key not in self._shaders:
            self._shaders[key] = Shader(tree)
        return self._shaders[key]

    def _of(self, block: Any) -> tuple[bytes, list[Any], list[Any]]:
        key = block.as_pointer()
        if key not in self._read:
            self._read[key] = read_block(block)
        return self._read[key]

    def _closure(self, block: Any) -> list[Any]:
        """The block and all that it leads to, each once, in the order in which they are met."""
        key = block.as_pointer()
        if key not in self._closures:
            found: dict[int, Any] = {}
            ahead = [block]
            while ahead:
                part = ahead.pop()
                if part.as_pointer() not in found:
                    found[part.as_pointer()] = part
                    ahead += reversed(self._of(part)[1])
            self._closures[key] = list(found.values())
        return self._closures[key]


def _hides(curve: Any) -> bool:
    return curve.data_path in ("hide_render", "hide_viewport")


def _moves_by_itself(block: Any) -> bool:
    """Whether something other than keys moves a data-block: then only the same frame number is the same frame."""
    data = getattr(block, "animation_data", None)
    return data is not None and bool(len(data.drivers) or len(data.nla_tracks))


def _rendered(scene: bpy.types.Scene) -> set[str]:
    """The names of the objects in collections that are rendered."""

    def below(collection: bpy.types.Collection) -> Iterator[bpy.types.Object]:
        yield from collection.objects
        for child in collection.children:
            if not child.hide_render:
                yield from below(child)

    return {item.name for item in below(scene.collection)}


def _settings(scene: bpy.types.Scene) -> bytes:
    """The hash of what a scene says about rendering."""
    contents = Contents({})
    contents.add((package_version(), bpy.app.version_string, WAY))
    parts: Iterable[tuple[Any, tuple[str, ...]]] = [
        (scene.render, RENDER_ONLY),
        (scene.view_settings, ()),
        (scene.display_settings, ()),
    ]
    for part, but in parts:
        contents.struct(part, but)
    name: str = scene.render.engine
    engine: Any = scene.cycles if name == "CYCLES" else scene.eevee
    contents.struct(engine, CYCLES_ONLY)
    return contents.digest
