"""The film: all that Blender is told, as arrays.

A film is a row of segments: the first shot, the transition into the second, the second shot, ... What is seen in a
segment is there during its frames only. All lengths are metres in the one world in which every landscape has its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .camera import CameraMotion
from .ground import Ground
from .motion import BallMotion

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Skin:
    """Whose colours something has: those of the shot `looks[0]`, and to the share `blend` (K,) those of `looks[1]`, as
    the ball or trail of the path `number` in the shot; `free` marks the ball that only falls.
    """

    number: int
    looks: tuple[int, int]
    blend: Array
    free: bool = False


@dataclass(frozen=True, eq=False)
class Trail:
    """A line that grows behind a ball: points (M, 3), and per frame the shares of its length from which `start` (K,)
    and up to which `end` (K,) it is drawn; its radius is `radius`, times `thickness` (M,) at each point.
    """

    name: str
    skin: Skin
    points: Array
    thickness: Array
    radius: float
    start: Array
    end: Array


@dataclass(frozen=True, eq=False)
class PlumbLine:
    """A thin line from a ball straight down to the ground: `foot` (K, 3), `length` (K,) and its `radius`."""

    foot: Array
    length: Array
    radius: float


@dataclass(frozen=True, eq=False)
class BallTrack:
    """A ball: centre `location` (K, 3), `contact` (K, 3) on the ground, or the ball's lowest point in the air,
    `rotation` (K, 4) as w, x, y, z, `radius` (K,).
    """

    name: str
    skin: Skin
    location: Array
    contact: Array
    rotation: Array
    radius: Array
    plumb_line: PlumbLine | None = None


@dataclass(frozen=True, eq=False)
class Cloud:
    """A landscape as its grid points, on their way into another's: `start` and `goal` (N, 3), their levels (N,), the
    `delay` (N,) with which each sets out, 0 to 1, and `swerve` (N, 3), how far it leaves the straight way half
    way. `share` (K,) is how far all have come; a point's own is `spread` times its delay behind. `radius` of a point.
    """

    start: Array
    goal: Array
    start_level: Array
    goal_level: Array
    delay: Array
    swerve: Array
    spread: float
    radius: float
    share: Array
    presence: Array
    looks: tuple[int, int]
    blend: Array


@dataclass(frozen=True, eq=False)
class Segment:
    """What is seen during some frames (K,); `shot` is the number, from 0, of the shot, or of the one it leads into."""

    name: str
    shot: int
    is_transition: bool
    frames: NDArray[np.int64]
    grounds: tuple[Ground, ...]
    balls: tuple[BallTrack, ...]
    trails: tuple[Trail, ...] = ()
    clouds: tuple[Cloud, ...] = ()


@dataclass(frozen=True, eq=False)
class Film:
    """Segments in their order and the camera over all frames (N,).

    `places` (n_shots, 3): where the origin of each shot's landscape lies; `bases` (n_shots,): the height of its floor;
    `lowest` (n_shots, 3): half way between floor and lowest point, from its place.
    `presence` (n_shots, N): the share that each shot's light and air have in each frame; they add up to 1.
    `azimuths` (n_shots,): degrees, from x towards y, of the view that each shot's lamps are set for.
    `motions` (n_shots): how the balls of each shot go along their paths. `notes` (n_shots): sentences for people on
    what the picture shows.
    """

    fps: int
    frames: NDArray[np.int64]
    segments: tuple[Segment, ...]
    camera: CameraMotion
    places: Array
    bases: Array
    lowest: Array
    presence: Array
    azimuths: Array
    motions: tuple[tuple[BallMotion, ...], ...]
    notes: tuple[tuple[str, ...], ...]
