"""Frames are whole, rendered once, and the same however they came about."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from lsblender.errors import LsbError
from lsblender.look.lighting import LIGHTS
from lsblender.look.materials import MATERIALS
from lsblender.look.palettes import PALETTES
from lsblender.render import frames
from lsblender.render.frames import FrameArtist, render_frames
from lsblender.render.pictures import Region, read_picture, render_picture, write_picture
from lsblender.render.plates import Backdrop, lay_in, moving_region, pose, trail_ends
from lsblender.render.quality import LEVELS
from lsblender.scene.compat import input_path
from lsblender.scene.library import role
from lsblender.storyboard.films import H264
from lsblender.storyboard.storyboard import Results
from tests.conftest import Film, make_shot
from tests.landscapes import landscape
from tests.render.conftest import FRAMES, frame_path, opened, pixels, prepared

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def kept_names(folder: Path) -> list[str]:
    """Without the temporary folders that a killed process leaves."""
    return [name for name in names(folder) if not name.startswith(".")]


WHOLE = [*(f"{frame:06d}.png" for frame in FRAMES), "frames.json"]


# -- pictures ------------------------------------------------------------------------------------------------


def test_frames_are_pictures_of_the_size(rendered: Path) -> None:
    assert names(rendered) == WHOLE
    for frame in FRAMES:
        picture = pixels(frame_path(rendered, frame))
        assert picture.shape == (54, 96, 3)
        assert picture.mean() > 10
        assert picture.std() > 10


def test_ball_is_where_it_is(film: Film, rendered: Path) -> None:
    """What differs between the first and the last frame lies where the balls were or are."""
    scene = prepared(film)
    first, last = (pixels(frame_path(rendered, frame)) for frame in (1, 12))
    change = abs(first - last).max(axis=2)
    for frame in (1, 12):
        scene.frame_set(frame)
        for ball in (item for item in scene.objects if role(item) == "ball"):
            x, y, _ = world_to_camera_view(scene, scene.camera, ball.matrix_world.translation)
            column, row = int(x * 96), int((1 - y) * 54)
            assert change[row - 1 : row + 2, column - 1 : column + 2].max() > 20


def test_first_and_last_frames_of_a_rest_are_copies(rendered: Path) -> None:
    """The balls rest for 0.2 s at both ends."""
    files = [pixels(frame_path(rendered, frame)).tobytes() for frame in FRAMES]
    assert files[0] == files[1]
    assert files[-1] == files[-2]
    assert len(set(files)) > 6


def one_ball(film: Film, radius: float = 0.6) -> Film:
    """The film with its first ball only."""
    (shot,) = film[0].shots
    shot = dataclasses.replace(shot, ball=dataclasses.replace(shot.ball, radius=radius))
    return dataclasses.replace(film[0], shots=(shot,)), Results.of(
        dataclasses.replace(film[1].landscapes[0], paths=film[1].landscapes[0].paths[:1])
    )


def test_patched_frames_are_what_full_frames_would_be(film: Film, tmp_path: Path) -> None:
    """With so many samples that noise does not matter; the last frame stands on eleven patches."""
    from skimage.metrics import structural_similarity

    scene = prepared(one_ball(film))
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    scene.cycles.samples = 16
    folder = tmp_path / "patched"
    artist = FrameArtist(scene)
    for frame in FRAMES:
        artist.make(frame, frame_path(folder, frame))
    assert artist.count["patched"] >= 6, "most frames were not rendered as a whole"
    for frame in (5, 8, 12):
        scene.frame_set(frame)
        full = tmp_path / "full.png"
        render_picture(scene, full)
        ours, whole = pixels(frame_path(folder, frame)), pixels(full)
        assert structural_similarity(ours, whole, channel_axis=2, data_range=255) > 0.985
        assert np.percentile(abs(ours - whole), 99.5) < 16
        # no seams and no ghosts of earlier balls
        assert abs(ours - whole).mean() < 1.2


def test_a_stretch_begins_with_a_whole_frame(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it can be made without what went before."""
    monkeypatch.setattr(frames, "STRETCH", 6)
    scene = prepared(one_ball(film))
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    artist = FrameArtist(scene)
    ways = [artist.make(frame, frame_path(tmp_path, frame)) for frame in range(5, 9)]
    assert ways == ["rendered", "patched", "rendered", "patched"]


def test_frames_are_the_same_in_any_order(two_shots: Film, tmp_path: Path) -> None:
    """Whatever Blender has kept of frames that show other things."""
    scene = prepared(two_shots)
    for name, order in (("forth", (3, 10)), ("back", (10, 3))):
        artist = FrameArtist(scene)
        for frame in order:
            artist.make(frame, frame_path(tmp_path / name, frame))
    for frame in (3, 10):
        assert frame_path(tmp_path / "forth", frame).read_bytes() == frame_path(tmp_path / "back", frame).read_bytes()


def test_growing_trail_is_in_the_region(tmp_path: Path) -> None:
    """Between two frames the trail can go far from where the ball is in either: many steps a frame."""
    steps = np.array([[0.2, 0.0], [-0.9, 0.8], [0.9, -0.9], [0.25, 0.0]])
    ways = Results.of(landscape("bowl", np.tile(steps, (12, 1))))
    storyboard = dataclasses.replace(make_film(), shots=(make_shot(),))
    scene = prepared((storyboard, ways))
    scene.frame_set(5)
    before = trail_ends(scene)
    scene.frame_set(6)
    region = moving_region(scene, before)
    (trail,) = (item for item in scene.objects if role(item) == "trail")
    points = np.array([point.co[:3] for point in trail.data.splines[0].points])
    share = np.append(0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    share /= share[-1]
    fresh = points[(share > before[trail.name][1]) & (share < trail_ends(scene)[trail.name][1])]
    assert len(fresh) > 10
    seen = np.array(
        [world_to_camera_view(scene, scene.camera, trail.matrix_world @ place) for place in map(vector, fresh)]
    )
    column, row = seen[:, 0] * 96, seen[:, 1] * 54
    assert column.min() > region.left
    assert column.max() < region.right
    assert row.min() > region.bottom
    assert row.max() < region.top


def vector(place: np.ndarray):
    from mathutils import Vector

    return Vector(place.tolist())


def make_film():
    from lsblender.storyboard.storyboard import Render, Storyboard

    return Storyboard(fps=12, render=Render(size=(96, 54), quality="draft"))


def test_lay_in() -> None:
    frame = np.zeros((60, 80, 3), dtype=np.float32)
    region = Region(20, 60, 0, 40)
    laid = lay_in(frame, np.ones((40, 40, 3), dtype=np.float32), region)
    assert not frame.any(), "the frame before is not written to"
    assert laid[0:25, 32:48].min() == 1.0, "up to the picture's own edge"
    assert not laid[40:].any()
    assert not laid[:, :20].any()
    row = laid[10, :, 0]
    assert np.all(np.diff(row[20:30]) >= 0)
    assert 0 < row[20] < 0.2


def test_union_with_nothing() -> None:
    nothing, some = Region(96, 0, 54, 0), Region(3, 9, 4, 8)
    assert nothing.pixels == 0
    assert nothing.union(some) == some.union(nothing) == some


# -- what stands still ---------------------------------------------------------------------------------------


def key(owner, path: str, first, last, frames=(1, 12)) -> None:
    """Key a property from one value to another."""
    from lsblender.scene.animation import set_keyframes

    set_keyframes(owner, path, np.array(frames), np.array([first, last], dtype=float))


def key_node_group(scene: bpy.types.Scene) -> None:
    """A ground that Geometry Nodes change."""
    (terrain,) = (item for item in scene.objects if role(item) == "terrain")
    group = bpy.data.node_groups.new("Deform", "GeometryNodeTree")
    for side in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=side, socket_type="NodeSocketGeometry")
    socket = group.interface.new_socket("Amount", in_out="INPUT", socket_type="NodeSocketFloat")
    group.links.new(group.nodes.new("NodeGroupInput").outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    modifier = terrain.modifiers.new("Deform", "NODES")
    modifier.node_group = group
    key(terrain, input_path(modifier, socket.identifier), 0, 1)


def key_custom_property(scene: bpy.types.Scene) -> None:
    (terrain,) = (item for item in scene.objects if role(item) == "terrain")
    key(terrain, '["stage"]', 1, 12)


def of(scene: bpy.types.Scene, kind: str) -> bpy.types.Object:
    return next(item for item in scene.objects if kind in (item.type, role(item)))


CHANGES = {
    "camera": lambda scene: key(scene.camera, "location", (0, -20, 5), (0, -20, 6)),
    "lens": lambda scene: key(scene.camera.data, "lens", 50, 60),
    "focus": lambda scene: key(scene.camera.data, "dof.focus_distance", 10, 12),
    "lamp": lambda scene: key(of(scene, "LIGHT").data, "energy", 1, 2),
    "lamp's colour": lambda scene: key(of(scene, "LIGHT").data, "color", (1, 1, 1), (1, 0, 0)),
    "air": lambda scene: key(scene.world.node_tree, 'nodes["Background"].inputs[1].default_value', 1, 2),
    "material": lambda scene: key(
        of(scene, "terrain").data.materials[0].node_tree, 'nodes["Principled BSDF"].inputs[2].default_value', 0, 1
    ),
    "the ball's material": lambda scene: key(
        of(scene, "ball").data.materials[0].node_tree, 'nodes["Principled BSDF"].inputs[2].default_value', 0, 1
    ),
    "ground": lambda scene: key(of(scene, "terrain"), "location", (0, 0, 0), (0, 0, 1)),
    "trail's place": lambda scene: key(of(scene, "trail"), "location", (0, 0, 0), (0, 0, 1)),
    "hidden": lambda scene: key(of(scene, "terrain"), "hide_render", 0, 1, (1, 2)),
    "hidden ball": lambda scene: key(of(scene, "ball"), "hide_render", 0, 1, (1, 2)),
    "custom property": key_custom_property,
    "Geometry Nodes": key_node_group,
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_changes_the_whole_picture_is_seen(change: str, film: Film) -> None:
    scene = prepared(film)
    CHANGES[change](scene)
    backdrop = Backdrop(scene)
    seen = []
    for frame in (1, 6, 6):
        scene.frame_set(frame)
        seen.append(backdrop.now())
    assert seen[0] != seen[1]
    assert seen[1] == seen[2]


def test_balls_and_trails_do_not_change_the_backdrop(film: Film) -> None:
    scene = prepared(film)
    backdrop = Backdrop(scene)
    seen, poses = set(), set()
    for frame in FRAMES:
        scene.frame_set(frame)
        seen.add(backdrop.now())
        poses.add(pose(scene))
    assert len(seen) == 1
    assert len(poses) > 6


def test_what_is_hidden_does_not_count(film: Film) -> None:
    scene = prepared(film)
    lamp = of(scene, "LIGHT")
    key(lamp, "location", (0, 0, 5), (0, 0, 9))
    lamp.hide_render = True
    backdrop = Backdrop(scene)
    scene.frame_set(1)
    first = backdrop.now()
    scene.frame_set(6)
    assert backdrop.now() == first


def test_a_camera_that_stops_is_patched_from_then_on(film: Film, tmp_path: Path) -> None:
    scene = prepared(one_ball(film, 0.3))
    place = np.array(scene.camera.location)
    key(scene.camera, "location", place + np.array([0, 0, 0.3]), place, (1, 4))
    artist = FrameArtist(scene)
    for frame in FRAMES:
        artist.make(frame, frame_path(tmp_path / "f", frame))
    assert artist.count["rendered"] >= 4
    assert sum(artist.count.values()) == 12
    assert artist.count["patched"] + artist.count["copied"] >= 4


def plumb_line(scene: bpy.types.Scene) -> bpy.types.Object:
    """A thin line from the first ball upwards, that moves with it."""
    from lsblender.scene.library import new_object

    data = bpy.data.meshes.new("Plumb")
    data.from_pydata([(0, 0, 0), (0.02, 0, 0), (0, 0, 3)], [], [(0, 1, 2)])
    line = new_object("Plumb", data, scene.collection, "plumb")
    key(line, "location", (0, 0, 0), (1, 0, 0))
    return line


def test_plumb_lines_move_like_balls(film: Film) -> None:
    scene = prepared(one_ball(film, 0.2))
    scene.frame_set(6)
    without = moving_region(scene, trail_ends(scene))
    line = plumb_line(scene)
    backdrop = Backdrop(scene)
    scene.frame_set(5)
    before, pose_before = backdrop.now(), pose(scene)
    scene.frame_set(6)
    assert backdrop.now() == before
    assert pose(scene) != pose_before
    region = moving_region(scene, trail_ends(scene))
    assert region != without
    for corner in line.bound_box:
        x, y, _ = world_to_camera_view(scene, scene.camera, line.matrix_world @ vector(np.array(corner)))
        if 0 <= x <= 1 and 0 <= y <= 1:
            assert region.left <= x * 96 <= region.right
            assert region.bottom <= y * 54 <= region.top


def test_a_trail_that_shortens_is_in_the_region(film: Film) -> None:
    scene = prepared(one_ball(film, 0.2))
    scene.frame_set(12)
    trail = of(scene, "trail")
    ends = trail_ends(scene)
    full = moving_region(scene, ends)
    trail.data.bevel_factor_start = 0.5
    region = moving_region(scene, ends)
    start = trail.matrix_world @ trail.data.splines[0].points[0].co.to_3d()
    x, y, _ = world_to_camera_view(scene, scene.camera, start)
    assert region.left <= x * 96 <= region.right
    assert region.bottom <= y * 54 <= region.top
    assert region.pixels > full.pixels


def test_two_shots_render(two_shots: Film, tmp_path: Path) -> None:
    scene = prepared(two_shots)
    assert render_frames(scene, [6, 7, 14], opened(tmp_path / "f", scene)) == 3
    ice, fire = (pixels(frame_path(tmp_path / "f", frame)).mean(axis=(0, 1)) for frame in (6, 7))
    assert ice[2] > ice[0], "blue"
    assert fire[0] > fire[2], "red"


@pytest.mark.parametrize("size", [(97, 55), (16, 16), (33, 64)])
def test_odd_sizes(size: tuple[int, int], film: Film, tmp_path: Path) -> None:
    storyboard = dataclasses.replace(film[0], render=dataclasses.replace(film[0].render, size=size))
    scene = prepared((storyboard, film[1]))
    render_frames(scene, [3, 4, 5, 6], opened(tmp_path / "f", scene))
    for frame in (3, 6):
        assert pixels(frame_path(tmp_path / "f", frame)).shape == (size[1], size[0], 3)


def test_a_landscape_without_paths(film: Film, tmp_path: Path) -> None:
    scene = prepared((film[0], Results.of(dataclasses.replace(film[1].landscapes[0], paths=()))))
    assert render_frames(scene, [1, 2, 3], opened(tmp_path / "f", scene)) == 3
    assert frame_path(tmp_path / "f", 1).read_bytes() == frame_path(tmp_path / "f", 3).read_bytes()


def test_pictures_go_through_files_unchanged(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, size=(31, 47, 4))
    values[..., 3] = 255
    write_picture((values / 255).astype(np.float32), tmp_path / "a.png")
    assert np.array_equal(pixels(tmp_path / "a.png")[::-1], values[..., :3])
    again = read_picture(tmp_path / "a.png")
    assert np.array_equal(np.round(again[..., :3] * 255), values[..., :3])


def test_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no")
    with pytest.raises(LsbError, match="is not a picture"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("folder", ["with space", "sömé 夏", "a{x}b", "a#b##", "50%d"])
def test_names_of_folders(folder: str, film: Film, tmp_path: Path) -> None:
    from lsblender.render.video import encode

    target = tmp_path / folder
    scene = prepared(film)
    assert render_frames(scene, [1, 2], opened(target, scene)) == 2
    encode([frame_path(target, frame) for frame in (1, 2)], target / "film{1}.mp4", 12, H264())
    assert names(target) == ["000001.png", "000002.png", "film{1}.mp4", "frames.json"]


# -- looks ---------------------------------------------------------------------------------------------------


LOOKS = {"material": MATERIALS, "light": LIGHTS}


@pytest.mark.parametrize(
    ("family", "kind", "quality"),
    [
        *((name, kind, quality) for name, family in LOOKS.items() for kind in family for quality in LEVELS),
        *(("palette", kind, "draft") for kind in PALETTES),
    ],
)
def test_every_look_is_neither_black_nor_burnt(
    quality: str, family: str, kind: str, film: Film, tmp_path: Path
) -> None:
    registry = (LOOKS | {"palette": PALETTES})[family]
    shot = make_shot(**{family: registry[kind]()})
    scene = prepared((dataclasses.replace(film[0], shots=(shot,)), film[1]), quality)
    scene.frame_set(6)
    render_picture(scene, tmp_path / "a.png")
    picture = pixels(tmp_path / "a.png")
    assert picture.mean() > 12
    assert picture.std() > 12
    assert (picture.max(axis=2) >= 255).mean() <= 0.005
    assert (picture.max(axis=2) <= 2).mean() <= 0.05
