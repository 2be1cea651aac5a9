"""Transitions: how one landscape gives way to the next. Data only: what is where in each frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...registry import Registry
from ...settings import setting
from ..motion.rotation import rolled

if TYPE_CHECKING:
    from ..film import Cloud
    from ..ground import Ground
    from ..physics import Simulator
    from ..terrain import Terrain

Array = NDArray[np.float64]

EASINGS = ("smooth", "smoother", "linear")


@dataclass(frozen=True, eq=False)
class BallPose:
    """A ball at one moment: centre `location` (3,) and `contact` (3,) in the world, `rotation` (4,) as w, x, y, z."""

    location: Array
    contact: Array
    rotation: Array
    radius: float


@dataclass(frozen=True, eq=False)
class Side:
    """One end of a transition: a shot's number, its terrain with its place (3,) in the world, and its balls."""

    shot: int
    terrain: Terrain
    place: Array
    balls: tuple[BallPose, ...]

    @property
    def width(self) -> float:
        return float(self.terrain.x[-1] - self.terrain.x[0])


@dataclass(frozen=True, eq=False)
class Turning:
    """The plane's turn from one landscape's axes to the next ones': S terrains, and the places (S, n, 2) on each, in
    its metres, of the parameters at which the n balls of the next shot are.
    """

    terrains: tuple[Terrain, ...]
    places: Array


@dataclass(frozen=True, eq=False)
class Passage:
    """What a transition is told: its K frames, the two sides between them, and who works out a fall."""

    frames: NDArray[np.int64]
    fps: float
    before: Side
    after: Side
    simulate: Simulator
    turning: Turning | None = None

    @property
    def share(self) -> Array:
        """The share of the time (K + 2,) that has passed: 0 in the frame before the transition, 1 in the one after."""
        return np.linspace(0.0, 1.0, len(self.frames) + 2)

    def pairs(self) -> list[tuple[BallPose, BallPose]]:
        """For each ball of the next shot, where it comes from and where it begins; what is missing comes from the
        first one.
        """
        sources, goals = self.before.balls, self.after.balls if self.before.balls else ()
        return [(sources[k if k < len(sources) else 0], goal) for k, goal in enumerate(goals)]


@dataclass(frozen=True, eq=False)
class BallWay:
    """A ball during a transition, with the frame before and the one after: K + 2 rows. See `BallTrack`."""

    location: Array
    contact: Array
    rotation: Array
    radius: Array


@dataclass(frozen=True, eq=False)
class Interlude:
    """What a transition shows in its K frames. `blend` (K,) goes from the look before, 0, to the next, 1; the camera
    turns to the first ball to the share `attention`.
    """

    grounds: tuple[Ground, ...]
    balls: tuple[BallWay, ...]
    blend: Array
    clouds: tuple[Cloud, ...] = ()
    attention: float = 0.0


class Transition(ABC):
    """A way from the shot before into this one."""

    #: Whether the trail of the shot before is gathered first, since its ground moves or opens.
    gathers: ClassVar[bool] = True

    @property
    @abstractmethod
    def length(self) -> float:
        """Seconds that it takes."""

    @property
    def between(self) -> int:
        """How many landscapes on the way from the one plane to the other it wants to have computed."""
        return 0

    def place(self, before: Side, after: Side, right: Array) -> Array:
        """Where the next landscape lies (3,); both sides are told where they are, the next one as if at the origin.

        `right` (3,) is to the right as the camera sees the shot before. On the same spot, floor on floor.
        """
        return np.asarray(before.place + np.array([0.0, 0.0, before.terrain.base - after.terrain.base]))

    @abstractmethod
    def play(self, passage: Passage) -> Interlude:
        """What is seen between the two shots."""


TRANSITIONS: Registry[Transition] = Registry("transition", Transition)


@TRANSITIONS.register("cut")
@dataclass(frozen=True)
class Cut(Transition):
    """The next landscape is there from one frame to the next."""

    @property
    def length(self) -> float:
        return 0.0

    def place(self, before: Side, after: Side, right: Array) -> Array:
        return np.zeros(3)

    def play(self, passage: Passage) -> Interlude:
        return Interlude((), (), np.zeros(0))


@dataclass(frozen=True)
class Timed(Transition):
    """A transition that takes its time."""

    seconds: float = setting(3.0, "Duration", min=0.1, max=600.0, soft_max=20.0, unit="s")
    easing: str = setting("smooth", "How it sets off and arrives", choices=EASINGS)

    @property
    def length(self) -> float:
        return self.seconds

    def eased(self, share: Array) -> Array:
        """The share of the way at a share of the time, 0 to 1."""
        share = np.clip(share, 0.0, 1.0)
        if self.easing == "smoother":
            return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
        return share**2 * (3.0 - 2.0 * share) if self.easing == "smooth" else share


def smooth(share: Array, low: float = 0.0, high: float = 1.0) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((share - low) / (high - low), 0.0, 1.0)
    return np.asarray(share**2 * (3.0 - 2.0 * share))


def chained(rotation: Array, first: Array) -> Array:
    """Rotations (K, 4) that begin upright, of a body that stood at `first` (4,); w, x, y, z."""
    from scipy.spatial.transform import Rotation

    order = [1, 2, 3, 0]
    turned = Rotation.from_quat(rotation[:, order]) * Rotation.from_quat(first[order])
    quaternions = turned.as_quat()[:, [3, 0, 1, 2]]
    flips = np.sign(np.sum(quaternions * np.vstack([first, quaternions[:-1]]), axis=1))
    return np.asarray(quaternions * np.cumprod(np.where(flips < 0, -1.0, 1.0))[:, None])


def rolling(location: Array, contact: Array, radius: Array, first: Array) -> BallWay:
    """A ball that rolls along location (K, 3), touching the ground at contact (K, 3), from the rotation `first` on."""
    return BallWay(location, contact, chained(rolled(location, contact, float(radius.mean())), first), radius)


def lerp(first: Array | float, last: Array | float, share: Array) -> Array:
    """From first to last (...) by shares (K,): (K, ...)."""
    first, last = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
    share = share.reshape(-1, *[1] * first.ndim)
    return np.asarray((1.0 - share) * first + share * last)
