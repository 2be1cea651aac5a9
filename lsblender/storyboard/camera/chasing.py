"""Cameras that travel with the ball.

With several balls the first one leads: it is in focus, and always in the picture. The others are kept in the picture
while they are near it, and the camera hangs on the middle of them all; one that goes its own way is let go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from .base import CAMERAS, CameraMotion, CameraMove, Subject, radius_of
from .framing import SENSOR, half_picture
from .rig import Rig, Watched, calm, held, smooth_step
from .sight import stand
from .standing import Still, filmed

Array = NDArray[np.float64]

#: Shares of the terrain's width: as far as `NEAR` a ball belongs to the leader, beyond `FAR` it is let go.
NEAR, FAR = 0.3, 0.55
#: The ball goes so far aside, of half a picture, to make room for where it goes.
ASIDE = 0.4
#: The lowest point may lie so far aside of what is straight behind the ball at a descent's end, and the most that the
#: camera goes round for it, in degrees.
BEYOND, MOST_TURN = 60.0, 45.0
#: The shape of picture for which elevations and places in the picture are meant.
USUAL = 16 / 9
#: Pieces into which the trailer's way of one frame is cut.
PARTS = 8


@dataclass(frozen=True)
class Chase(CameraMove):
    """Settings of a camera that travels with the ball."""

    view: float = setting(0.6, "What is seen at the ball, as a share of the terrain's width", min=0.05, max=5.0)
    low: float = setting(0.3, "How far below the middle it keeps the ball, of half a picture", min=-0.8, max=0.8)
    ahead: float = setting(1.2, "How far it looks ahead", min=0.0, max=20.0, unit="s")
    damping: float = setting(0.5, "Time over which its own movements are smoothed", min=0.0, max=10.0, unit="s")
    drift: float = setting(5.0, "Turn around a resting ball per second", min=-90.0, max=90.0, unit="degrees")
    clearance: float = setting(0.05, "Air between camera and ground, as a share of the width", min=0.0, max=1.0)

    def fallback(self) -> Still:
        """The still camera, for a landscape without a ball."""
        return Still(
            facing=self.facing,
            azimuth=self.azimuth,
            elevation=self.elevation,
            lens=self.lens,
            margin=self.margin,
            f_stop=self.f_stop,
        )

    def behind(self, subject: Subject, rod: float) -> Rig:
        """The rig behind the ball, as a trailer on a rod of that length follows it, not yet clear of the hills."""
        watched = companions(subject)
        middle = np.sum(watched.centres * watched.weights[..., None], axis=1) / watched.weights.sum(axis=1)[:, None]
        anchor = calm(middle, 0.5 * self.damping, subject.fps)
        # at this distance the picture's longer side is as long as `view` asks
        distance = np.full(len(anchor), self.view * subject.width * self.lens / SENSOR)
        azimuth = 180.0 + stand(self, subject)
        if self.facing == "open_side":
            azimuth = self.azimuth + np.degrees(first_heading(anchor[:, :2], rod, np.radians(azimuth - self.azimuth)))
        trailing = np.degrees(heading(anchor[:, :2], rod, np.radians(azimuth)))
        trailing = calm(trailing + drifted(anchor, self.drift, subject), self.damping, subject.fps)
        elevation = np.full(len(anchor), min(self.elevation + _taller(self.lens, subject.aspect), 80.0))
        return Rig(anchor, trailing + 180.0, elevation, distance, np.zeros((len(anchor), 2)))

    def composed(self, rig: Rig, watched: Watched, subject: Subject) -> Rig:
        """The rig that holds the ball low and on the side from which its way goes on, clear of the hills."""
        half = half_picture(self.lens, subject.aspect, self.margin)
        later = np.minimum(np.arange(len(rig.anchor)) + int(self.ahead * subject.fps), len(rig.anchor) - 1)
        towards = calm(rig.anchor[later], self.damping, subject.fps) - rig.anchor
        a = np.radians(rig.azimuth)
        aside = (-np.sin(a) * towards[:, 0] + np.cos(a) * towards[:, 1]) / rig.distance
        sideways = -ASIDE * half[0] * np.tanh(2.0 * aside / half[0])
        # in a tall picture the ball is held higher too, for the same reason as the camera stands higher
        usual = half_picture(self.lens, USUAL, self.margin)[1] / half[1]
        below = self.low * half[1] * min(2.0 * usual - 1.0, 1.0)
        rig = replace(rig, place=np.column_stack([sideways, np.full(len(a), -below)]))
        return held(rig, watched, subject, half, self.clearance * subject.width, self.damping)

    def filmed(self, subject: Subject, rig: Rig) -> CameraMotion:
        """The motion of the rig; the lamps are set for the view halfway."""
        return filmed(self, subject, rig.location(), rig.axes(), float(rig.azimuth[len(rig.azimuth) // 2]))


def _taller(lens: float, aspect: float) -> float:
    """The degrees by which half a picture is taller than at 16:9. By these the camera stands higher, so that a tall
    picture shows more ground and not more air.
    """
    tall, usual = (np.degrees(np.arctan(half_picture(lens, shape, 0.0)[1])) for shape in (aspect, USUAL))
    return float(max(tall - usual, 0.0))


def heading(way: Array, rod: float, start: float) -> Array:
    """Where a trailer on a rod of that length points (K,), in radians, whose hook goes along the way (K, 2).

    Its turn is v / rod * sin(angle between them): never faster than the hook goes, and blind to a zigzag that is
    short against the rod (the tractrix). Where the hook goes back the trailer backs away and turns without haste.
    """
    angle = start
    angles = [angle]
    for dx, dy in np.diff(way, axis=0):
        for _ in range(PARTS):
            angle += (np.cos(angle) * dy - np.sin(angle) * dx) / (rod * PARTS)
        angles.append(angle)
    return np.array(angles)


def first_heading(way: Array, rod: float, otherwise: float) -> float:
    """The direction in radians in which a way (K, 2) leaves its surroundings; `otherwise` where it does not move."""
    away = way - way[0]
    reach = np.linalg.norm(away, axis=1)
    if reach.max() < 1e-3 * rod:
        return otherwise
    k = int(np.argmax(reach >= min(rod, 0.9 * reach.max())))
    return float(np.arctan2(away[k, 1], away[k, 0]))


def drifted(way: Array, drift: float, subject: Subject) -> Array:
    """Turn (K,) in degrees that is added up while the ball rests on its way (K, 3)."""
    speed = np.linalg.norm(np.gradient(way, axis=0), axis=1) * subject.fps if len(way) > 1 else np.zeros(1)
    slow = 0.03 * subject.width
    rate = drift / (1.0 + (speed / slow) ** 2) / subject.fps
    return np.asarray(np.cumsum(rate) - rate[0])


def companions(subject: Subject) -> Watched:
    """The balls that belong to the leader, which is held in every frame."""
    leader = subject.motions[0].location
    centres = np.stack([motion.location for motion in subject.motions], axis=1)
    away = np.linalg.norm(centres - leader[:, None], axis=2) / subject.width
    weights = 1.0 - smooth_step(away, NEAR, FAR)
    return Watched(centres, np.array([radius_of(motion) for motion in subject.motions]), weights)


def with_lowest(watched: Watched, subject: Subject, weight: Array) -> Watched:
    """The lowest point as one more ball to be held, with a weight (K,)."""
    radius = watched.radii[0]
    place = np.broadcast_to(subject.lowest(radius), (len(weight), 1, 3))
    return Watched(
        np.concatenate([watched.centres, place], axis=1),
        np.append(watched.radii, radius),
        np.column_stack([watched.weights, weight]),
    )


@CAMERAS.register("follow")
@dataclass(frozen=True)
class Follow(Chase):
    """Stays behind and above the ball and looks ahead along its way."""

    elevation: float = setting(24.0, "Height above the ball's horizon", min=1.0, max=80.0, unit="degrees")
    lens: float = setting(35.0, "Focal length", min=10.0, max=300.0, unit="mm")

    def shoot(self, subject: Subject) -> CameraMotion:
        if not subject.motions:
            return self.fallback().shoot(subject)
        rod = self.view * subject.width * self.lens / SENSOR
        return self.filmed(subject, self.composed(self.behind(subject, rod), companions(subject), subject))


@CAMERAS.register("descent")
@dataclass(frozen=True)
class Descent(Chase):
    """Travels beside the ball, low and close, and ends with the ball and the lowest point in the picture."""

    elevation: float = setting(13.0, "Height above the ball's horizon", min=1.0, max=80.0, unit="degrees")
    view: float = setting(0.42, "What is seen at the ball, as a share of the terrain's width", min=0.05, max=5.0)
    f_stop: float = setting(
        0.5, "Aperture; small numbers blur more before and behind the ball, 0 keeps all sharp", min=0.0, max=64.0
    )
    side: float = setting(50.0, "How far beside the ball, counted from behind it", min=0.0, max=90.0, unit="degrees")
    ending: float = setting(0.5, "Share of the shot in which it turns to the lowest point", min=0.0, max=1.0)

    def shoot(self, subject: Subject) -> CameraMotion:
        if not subject.motions:
            return self.fallback().shoot(subject)
        behind = self.behind(subject, 0.5 * subject.width)
        weight = smooth_step(np.linspace(0.0, 1.0, len(behind.azimuth)), 0.97 - max(0.97 * self.ending, 0.02), 0.97)
        watched = with_lowest(companions(subject), subject, weight)
        sides = dict.fromkeys((self.side, -self.side, 2 * self.side, -2 * self.side))
        rigs = [self._turned(behind, side, weight, subject) for side in sides]
        rigs = [self.composed(rig, watched, subject) for rig in rigs]
        return self.filmed(subject, min(rigs, key=_trouble))

    def _turned(self, behind: Rig, side: float, weight: Array, subject: Subject) -> Rig:
        """The rig beside the ball; towards the end it goes round so that the lowest point is not behind its back."""
        azimuth = behind.azimuth + side
        away = subject.lowest() - behind.anchor[-1]
        beyond = np.degrees(np.arctan2(-away[1], -away[0]))
        aside = (azimuth[-1] - beyond + 180.0) % 360.0 - 180.0
        far = float(smooth_step(np.hypot(away[0], away[1]) / subject.width, 0.02, 0.15))
        turn = np.clip(np.clip(aside, -BEYOND, BEYOND) - aside, -MOST_TURN, MOST_TURN) * far
        return replace(behind, azimuth=azimuth + turn * weight)


def _trouble(rig: Rig) -> float:
    """How much hills and far things have lifted the camera (mean degrees) and driven it back (tenths)."""
    return float(rig.elevation.mean() + 10.0 * rig.distance.max() / rig.distance.min())
