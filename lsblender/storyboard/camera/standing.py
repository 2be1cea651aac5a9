"""Cameras that show the whole block: from one place, or going round it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..motion import eased
from .base import CAMERAS, CameraMotion, CameraMove, Subject
from .framing import circle, focus_of, frame_points, half_picture, outline
from .sight import clear_elevation, stand
from .views import quaternions, view_axes

Array = NDArray[np.float64]


def filmed(move: CameraMove, subject: Subject, location: Array, axes: Array, azimuth: float) -> CameraMotion:
    """The motion of a move with its lens and aperture, focused on the leading ball: location (K, 3), axes (K, 3, 3)
    and the azimuth that the lamps are set for.
    """
    count = len(subject.frames)
    focus = np.broadcast_to(focus_of(subject, location, axes), (count,))
    lens, f_stop, lit = (np.full(count, value) for value in (move.lens, move.f_stop, azimuth))
    return CameraMotion(subject.frames, location, quaternions(axes), focus.copy(), lens, f_stop, lit)


@CAMERAS.register("still")
class Still(CameraMove):
    """Stands where everything is in the picture."""

    def shoot(self, subject: Subject) -> CameraMotion:
        azimuth = stand(self, subject)
        axes = view_axes(azimuth, clear_elevation(self, subject, np.array([azimuth])))
        location = frame_points(outline(subject), axes, self.lens, subject.aspect, self.margin, self.sky)
        # it does not follow the ball: a picture that breathes would have to be rendered anew for every frame
        count = len(subject.frames)
        focus = np.full(count, focus_of(subject, location[None], axes[None]).mean())
        rotation = np.tile(quaternions(axes[None]), (count, 1))
        lens, f_stop, lit = (np.full(count, value) for value in (self.lens, self.f_stop, azimuth))
        return CameraMotion(subject.frames, np.tile(location, (count, 1)), rotation, focus, lens, f_stop, lit)

    def shows_all(self) -> bool:
        return True


@CAMERAS.register("orbit")
@dataclass(frozen=True)
class Orbit(CameraMove):
    """Circles the terrain slowly at a constant distance."""

    turn: float = setting(40.0, "Angle travelled during the shot", min=-3600.0, max=3600.0, unit="degrees")
    ease: float = setting(0.2, "Share of the time for setting off, and again for stopping", min=0.0, max=0.5)

    def shoot(self, subject: Subject) -> CameraMotion:
        share = eased(np.linspace(0.0, 1.0, len(subject.frames)), self.ease) - 0.5
        azimuths = stand(self, subject) + self.turn * share
        axes = view_axes(azimuths, clear_elevation(self, subject, azimuths[[0, len(azimuths) // 2, -1]]))
        half = half_picture(self.lens, subject.aspect, self.margin)
        heights = np.linspace(subject.terrain.base, subject.terrain.relief, 33)
        height, radius = circle(outline(subject), axes[:: max(1, len(axes) // 180)], half, heights)
        location = np.array([0.0, 0.0, height]) + radius * axes[:, 2]
        return filmed(self, subject, location, axes, float(azimuths[len(azimuths) // 2]))

    def shows_all(self) -> bool:
        return True
