"""Axes and grid walls: behind the block, with numbers where the landscape has them."""

from __future__ import annotations

import numpy as np
import pytest

from lsblender.storyboard.camera import CAMERAS, Subject
from lsblender.storyboard.camera.framing import half_picture
from lsblender.storyboard.storyboard import Look
from lsblender.storyboard.surroundings import Surroundings
from lsblender.storyboard.terrain import Relief, build_terrain
from lsblender.storyboard.walls import Walls, reach, round_numbers, walls_of
from tests.landscapes import landscape

BOTH = Surroundings(axes=True, walls=True)
MADE = landscape(lambda x, y: 1 + x**2 + 0.5 * y, x=(-3.0, 5.0, 41), y=(10.0, 10.5, 31))
TERRAIN = build_terrain(MADE, Relief(detail=40))
AZIMUTHS = [20.0, 70.0, 125.0, 200.0, 290.0, -45.0]


def walls(azimuth: float, around: Surroundings = BOTH) -> Walls:
    made = walls_of(TERRAIN, MADE, around, azimuth, "#202020")
    assert made is not None
    return made


def towards(azimuth: float) -> np.ndarray:
    return np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth)), 0.0])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1.2, 1.2, [-1.0, -0.5, 0.0, 0.5, 1.0]),
        (0.0, 10.0, [0, 2, 4, 6, 8, 10]),
        (10.0, 10.5, [10.0, 10.1, 10.2, 10.3, 10.4, 10.5]),
        (-3e-4, 1e-4, [-3e-4, -2e-4, -1e-4, 0, 1e-4]),
        (2.0, 2.0, []),
    ],
)
def test_round_numbers(low: float, high: float, expected: list[float]) -> None:
    assert round_numbers(low, high) == pytest.approx(expected, abs=1e-12)


def test_nothing_unless_it_is_asked_for() -> None:
    assert Look().around == Surroundings(axes=False, walls=False, floor=True)
    assert walls_of(TERRAIN, MADE, Surroundings(), 30.0, "#202020") is None
    assert reach(TERRAIN, Surroundings()).shape == (0, 3)
    only_axes, only_walls = (walls(30.0, Surroundings(axes=a, walls=not a)) for a in (True, False))
    assert len(only_axes.axes)
    assert only_axes.numbers
    assert not len(only_axes.grid)
    assert len(only_walls.grid)
    assert not len(only_walls.axes)
    assert not only_walls.numbers


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_walls_stand_behind_the_block(azimuth: float) -> None:
    """Seen from above, each line lies outside of the block, on one of its two far sides."""
    made = walls(azimuth)
    far = np.where(towards(azimuth)[:2] > 0, -1.0, 1.0)
    for lines in (made.grid, made.axes):
        places = lines.mean(axis=1)[:, :2] * far
        assert (places.max(axis=1) > 5.0).all()
        assert (lines[..., 2] >= -1e-9).all()


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_numbers_stand_at_their_places(azimuth: float) -> None:
    made = walls(azimuth)
    found = {"x": 0, "y": 0, "loss": 0}
    for text in made.numbers:
        kind = text.name.split()[0]
        value = float(text.text.replace("\N{MINUS SIGN}", "-"))
        found[kind] += 1
        if kind == "x":
            assert text.place[0] == pytest.approx((value - 1.0) * 10 / 8)
        elif kind == "y":
            assert text.place[1] == pytest.approx((value - 10.25) * 10 / 0.5)
        else:
            assert text.place[2] + 0.34 * text.size == pytest.approx(float(TERRAIN.z_of(np.array(value))), abs=1e-6)
        # upright, and not from behind: what is to the right on the wall is not to the left in the picture
        assert text.up == pytest.approx([0, 0, 1])
        assert np.cross(text.right, text.up) @ towards(azimuth) > 0
    assert min(found.values()) >= 2


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_losses_stand_on_the_left(azimuth: float) -> None:
    right = np.array([-towards(azimuth)[1], towards(azimuth)[0], 0.0])
    places = [text.place @ right for text in walls(azimuth).numbers if text.name.startswith("loss")]
    others = [text.place @ right for text in walls(azimuth).numbers if not text.name.startswith("loss")]
    assert max(places) < min(others)


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_the_reach_holds_all_of_it(azimuth: float) -> None:
    points = reach(TERRAIN, BOTH)
    low, high = points.min(axis=0), points.max(axis=0)
    made = walls(azimuth)
    ends = [line for lines in (made.grid, made.axes) for line in lines.reshape(-1, 3)]
    ends += [text.place + text.up * text.size for text in made.numbers]
    for end in ends:
        assert (end[:2] > low[:2]).all()
        assert (end[:2] < high[:2]).all()
        assert end[2] < high[2] + 1e-9


def test_the_camera_sees_the_walls() -> None:
    """Projected with Blender's camera, every end of every line and number is in the picture."""
    from scipy.spatial.transform import Rotation

    frames = np.arange(1, 3)
    subject = Subject(TERRAIN, (), frames, 16 / 9, beside=reach(TERRAIN, BOTH))
    motion = CAMERAS["still"]().shoot(subject)
    made = walls(float(motion.azimuth[0]))
    ends = np.concatenate([made.grid.reshape(-1, 3), made.axes.reshape(-1, 3), [text.place for text in made.numbers]])
    w, x, y, z = motion.rotation[0]
    view = Rotation.from_quat([x, y, z, w]).inv().apply(ends - motion.location[0])
    seen = abs(view[:, :2] / -view[:, 2:])
    assert (seen <= half_picture(float(motion.lens[0]), 16 / 9, 0.0)).all()
