"""What a camera move is given, and what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...registry import Registry
from ...settings import setting
from ..motion import BallMotion
from ..terrain import Terrain
from .views import without_flips

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """One row per frame (K): `frames`, `location` (K, 3), `rotation` (K, 4) as w, x, y, z, `focus` (K,) distance
    in metres, `lens` (K,) in mm, `f_stop` (K,) (0: everything is sharp).

    `azimuth` (K,) is that of the view, in degrees, for which the lamps are set: constant during a shot, also when
    the camera goes round. A camera that stands still has equal rows, to the last bit.
    """

    frames: NDArray[np.int64]
    location: Array
    rotation: Array
    focus: Array
    lens: Array
    f_stop: Array
    azimuth: Array

    def moved(self, place: ArrayLike) -> CameraMotion:
        """The same motion, carried by place (3,) in metres."""
        return replace(self, location=self.location + np.asarray(place, dtype=np.float64))


def joined(motions: Sequence[CameraMotion]) -> CameraMotion:
    """The motions one after the other; rotations keep the sign that is near the one before."""
    parts = {field.name: [getattr(motion, field.name) for motion in motions] for field in fields(CameraMotion)}
    whole = CameraMotion(**{name: np.concatenate(arrays) for name, arrays in parts.items()})
    return replace(whole, rotation=without_flips(whole.rotation))


@dataclass(frozen=True, eq=False)
class Subject:
    """What a camera has to show: the terrain, the motions of its balls over the `frames` (K,) (none without a path;
    the first ball leads), the picture's width / height, the film's frames per second, and the azimuth in degrees of
    the shot before, if one leads into this; `beside` (N, 3) are points that are to be seen with the block.
    """

    terrain: Terrain
    motions: tuple[BallMotion, ...]
    frames: NDArray[np.int64]
    aspect: float
    fps: float = 24.0
    before: float | None = None
    beside: Array = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def width(self) -> float:
        """Side of the terrain in metres."""
        return float(self.terrain.x[-1] - self.terrain.x[0])

    def lowest(self, above: float = 0.0) -> Array:
        """The place (3,) that many metres above the terrain's lowest point."""
        terrain = self.terrain
        row, column = np.unravel_index(int(terrain.z.argmin()), terrain.z.shape)
        return np.array([terrain.x[column], terrain.y[row], terrain.z[row, column] + above])


def radius_of(motion: BallMotion) -> float:
    """The ball's radius: how near its centre ever comes to the ground that it touches."""
    return float(np.linalg.norm(motion.location - motion.contact, axis=1).min())


@dataclass(frozen=True)
class CameraMove(ABC):
    """A way to move the camera during a shot."""

    facing: str = setting("open_side", "What the azimuth is counted from", choices=("open_side", "x_axis"))
    azimuth: float = setting(0.0, "Turn to the left of where it would stand", min=-360.0, max=360.0, unit="degrees")
    elevation: float = setting(27.0, "Height of that direction above the horizon", min=1.0, max=89.0, unit="degrees")
    clear: bool = setting(True, "Stands higher where hills would hide the lowest point or the ball at its end")
    lens: float = setting(50.0, "Focal length", min=10.0, max=300.0, unit="mm")
    sky: float = setting(
        0.5, "Where there is room to spare, the share of it that is above the landscape", min=0.0, max=1.0
    )
    margin: float = setting(0.07, "Free border, as a share of the picture", min=0.0, max=0.45)
    f_stop: float = setting(
        0.6,
        "Aperture; small numbers blur more before and behind the ball, 0 keeps all sharp",
        min=0.0,
        max=64.0,
    )

    @abstractmethod
    def shoot(self, subject: Subject) -> CameraMotion:
        """The camera's motion over the subject's frames."""

    def shows_all(self) -> bool:
        """Whether the whole block is in every picture."""
        return False


CAMERAS: Registry[CameraMove] = Registry("camera move", CameraMove)
