"""Directing: from a storyboard and its numbers to the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import within
from .camera import CameraMotion, Subject, joined
from .camera.passage import Room, travel
from .film import BallTrack, Film, Segment, Skin, Trail
from .physics import Simulator
from .staging import StagedShot, stage_shot
from .storyboard import Cue, Results, Storyboard
from .terrain import Terrain, build_terrain
from .transitions import BallPose, Interlude, Passage, Side, Turning
from .transitions.base import smooth
from .walls import reach

Array = NDArray[np.float64]

#: Seconds in which a trail is gathered before its ground moves, at most, and the share of the shot.
GATHERED, GATHERED_SHARE = 0.7, 0.3
#: Share of a transition by which the balls that have no place in the next shot are gone.
VANISHED = 0.25


def direct(storyboard: Storyboard, results: Results, simulate: Simulator, aspect: float) -> Film:
    """All that is seen, frame by frame. `simulate` works out what a ball does that is let go; `aspect` is the
    picture's width / height.
    """
    director = _Director(storyboard, results, simulate, aspect, storyboard.timeline())
    return director.film()


@dataclass
class _Director:
    storyboard: Storyboard
    results: Results
    simulate: Simulator
    aspect: float
    cues: list[Cue]

    def film(self) -> Film:
        scenes: list[_Scene] = []
        segments: list[Segment] = []
        cameras: list[CameraMotion] = []
        for k in range(len(self.storyboard.shots)):
            with within(f"shots[{k}]"):
                scene, way, way_camera = self._scene(k, scenes[-1] if scenes else None)
            if way is not None and way_camera is not None:
                segments.append(way)
                cameras.append(way_camera)
            scenes.append(scene)
            segments.append(self._segment(scene))
            cameras.append(scene.camera)
        return Film(
            fps=self.storyboard.fps,
            frames=np.arange(1, self.storyboard.n_frames + 1),
            segments=tuple(segments),
            camera=joined(cameras),
            places=np.array([scene.place for scene in scenes]),
            bases=np.array([scene.place[2] + scene.staged.terrain.base for scene in scenes]),
            lowest=np.array([_inside(scene.staged.terrain) for scene in scenes]),
            presence=self._presence(segments),
            azimuths=np.array([float(scene.camera.azimuth[len(scene.camera.azimuth) // 2]) for scene in scenes]),
            motions=tuple(scene.staged.watched for scene in scenes),
            notes=tuple(scene.staged.notes for scene in scenes),
        )

    def _scene(self, k: int, before: _Scene | None) -> tuple[_Scene, Segment | None, CameraMotion | None]:
        """Shot k at its place in the world, with the way to it from the one before."""
        shot, cue = self.storyboard.shots[k], self.cues[k]
        staged = stage_shot(
            k, shot, self.results.landscapes[k], self.results.changes[k], cue.shot, self.storyboard.fps, self.simulate
        )
        azimuth = float(before.camera.azimuth[-1]) if before is not None and len(cue.transition) else None
        subject = Subject(staged.terrain, staged.watched, cue.shot, self.aspect, self.storyboard.fps, azimuth)
        subject = replace(subject, beside=reach(staged.terrain, shot.look.around))
        camera = shot.look.camera.shoot(subject)
        if before is None:
            return _Scene(k, staged, np.zeros(3), camera), None, None
        entered = Side(k, staged.first_terrain, np.zeros(3), staged.poses(0))
        place = shot.transition.place(before.side, entered, _right(before.camera))
        scene = _Scene(k, staged.moved(place), place, camera.moved(place))
        if not len(cue.transition):
            return scene, None, None
        with within("transition"):
            turning = self._turning(k) if self.results.turnings[k] else None
            after = Side(k, staged.first_terrain, place, scene.staged.poses(0))
            passage = Passage(cue.transition, self.storyboard.fps, before.side, after, self.simulate, turning)
            interlude = shot.transition.play(passage)
        tracks = _tracks(interlude, passage, k)
        if interlude.balls:
            turned = tuple(way.rotation[-1] for way in interlude.balls)
            scene = replace(scene, staged=scene.staged.turned(turned))
        watched = tracks[0].location if tracks and interlude.attention else None
        attention = interlude.attention if watched is not None else 0.0
        room = Room(
            self.aspect,
            shot.look.camera.margin,
            float(tracks[0].radius.max()) if tracks else 0.0,
            ((before.staged.last_terrain, before.place), (scene.staged.first_terrain, place)),
        )
        way_camera = travel(before.camera, scene.camera, cue.transition, watched, attention, self.storyboard.fps, room)
        trails: tuple[Trail, ...] = ()
        grounds = interlude.grounds
        if not shot.transition.gathers:
            trails = _kept_trails(before, interlude, len(cue.transition))
            passed = before.staged.ground.passed
            if passed is not None:
                left = replace(passed, time=np.full(len(cue.transition), 1.0))
                grounds = (replace(grounds[0], passed=left), *grounds[1:])
        way = Segment(f"Into shot {k + 1}", k, True, cue.transition, grounds, tracks, trails, interlude.clouds)
        return scene, way, way_camera

    def _turning(self, k: int) -> Turning:
        """The landscapes between shot k - 1 and shot k as terrains."""
        relief = self.storyboard.shots[k].look.relief
        turning = self.results.turnings[k]
        terrains = tuple(build_terrain(between.landscape, replace(relief, detail=8, finest=8)) for between in turning)
        places = np.array([terrain.to_metres(between.xy) for terrain, between in zip(terrains, turning, strict=True)])
        return Turning(terrains, places)

    def _segment(self, scene: _Scene) -> Segment:
        cue = self.cues[scene.number]
        trails, ground = scene.staged.trails, scene.staged.ground
        following = scene.number + 1
        leads_on = following < len(self.cues) and len(self.cues[following].transition) > 0
        if leads_on and self.storyboard.shots[following].transition.gathers:
            trails = tuple(_gathered(trail, self.storyboard.fps) for trail in trails)
            if ground.passed is not None:
                forgotten = 1.0 - 1.1 * _run(len(cue.shot), self.storyboard.fps)
                time = np.minimum(ground.passed.time, forgotten)
                ground = replace(ground, passed=replace(ground.passed, time=time))
        return Segment(
            f"Shot {scene.number + 1}",
            scene.number,
            False,
            cue.shot,
            (ground,),
            scene.staged.balls,
            trails,
        )

    def _presence(self, segments: Sequence[Segment]) -> Array:
        presence = np.zeros((len(self.storyboard.shots), self.storyboard.n_frames))
        for segment in segments:
            frames = segment.frames - 1
            presence[segment.shot, frames] = 1.0
            if segment.is_transition:
                blend = segment.grounds[0].blend if len(segment.grounds) == 1 else self._blend(segment)
                presence[segment.shot, frames] = blend
                presence[segment.shot - 1, frames] = 1.0 - blend
        return presence

    def _blend(self, segment: Segment) -> Array:
        return segment.balls[0].skin.blend if segment.balls else smooth(np.linspace(0, 1, len(segment.frames)))


@dataclass(frozen=True, eq=False)
class _Scene:
    """A shot at its place in the world."""

    number: int
    staged: StagedShot
    place: Array
    camera: CameraMotion

    @property
    def side(self) -> Side:
        """The shot's end."""
        return Side(self.number, self.staged.last_terrain, self.place, self.staged.poses(-1))


def _inside(terrain: Terrain) -> Array:
    """The point (3,) half way between the lowest point of the ground and the floor."""
    row, column = np.unravel_index(int(terrain.z.argmin()), terrain.z.shape)
    return np.array([terrain.x[column], terrain.y[row], (terrain.z[row, column] + terrain.base) / 2])


def _right(camera: CameraMotion) -> Array:
    """The direction (3,) to the right in the last picture, level."""
    azimuth = np.radians(camera.azimuth[-1])
    return np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])


def _tracks(interlude: Interlude, passage: Passage, k: int) -> tuple[BallTrack, ...]:
    """The balls of a transition into shot k; those that have no part in it shrink away."""
    tracks = [
        BallTrack(
            f"Ball into {k + 1} {number + 1}",
            Skin(number, (k - 1, k), interlude.blend),
            way.location[1:-1],
            way.contact[1:-1],
            way.rotation[1:-1],
            way.radius[1:-1],
        )
        for number, way in enumerate(interlude.balls)
    ]
    for number in range(len(interlude.balls), len(passage.before.balls)):
        tracks.append(_vanishing(passage, passage.before.balls[number], number, k))
    return tuple(tracks)


def _vanishing(passage: Passage, pose: BallPose, number: int, k: int) -> BallTrack:
    count = len(passage.frames)
    left = 1.0 - smooth(passage.share, 0.0, VANISHED)[1:-1]
    return BallTrack(
        f"Ball into {k + 1} {number + 1}",
        Skin(number, (k - 1, k - 1), np.zeros(count)),
        np.tile(pose.location, (count, 1)),
        np.tile(pose.contact, (count, 1)),
        np.tile(pose.rotation, (count, 1)),
        pose.radius * left,
    )


def _gathered(trail: Trail, fps: float) -> Trail:
    """The trail with its start running after the ball at the end of the shot, so that the ground can move."""
    return replace(trail, start=np.maximum(trail.start, _run(len(trail.end), fps) * trail.end))


def _run(count: int, fps: float) -> Array:
    """0, and at the end of so many frames smoothly to 1, in the time in which a trail is gathered."""
    length = max(1, min(round(GATHERED * fps), round(GATHERED_SHARE * count)))
    return smooth((np.arange(count) - (count - 1 - length)) / length)


def _kept_trails(before: _Scene, interlude: Interlude, count: int) -> tuple[Trail, ...]:
    """The trails of the shot before on its ground, which stays; where that fades they are gathered."""
    presence = interlude.grounds[0].presence if interlude.grounds else np.ones(count)
    return tuple(
        replace(
            trail,
            name=f"{trail.name} kept",
            skin=replace(trail.skin, blend=np.zeros(count)),
            start=np.maximum(trail.start[-1], 1.0 - presence) * trail.end[-1],
            end=np.full(count, trail.end[-1]),
        )
        for trail in before.staged.trails
    )
