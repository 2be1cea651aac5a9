"""What a person does in the window, from "Getting Started" to a file that is opened again, and what must come of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .window import Window, WindowError

#: Points between two places where a header of a panel is looked for; it is 24 high.
STRIDE = 8
#: Steps of a training that takes minutes.
LONG = 5_000_000
SHORT = 200
#: Seconds within which Esc must have ended the work, inside Blender: the longest that it does not look at its events,
#: and what it or the work's thread does then. And from outside, with the hand at the key and the eye that sees the end.
SOON, SOON_SEEN = 0.2, 3.0
#: Points without a control after which a panel has none any more.
EMPTY = 110
MAIN = "LSBLENDER_PT_landscape"


def main(folder: Path) -> int:
    began = time.monotonic()
    with Window(folder) as window:
        try:
            for told in story(window, folder):
                print(f"{time.monotonic() - began:6.1f} s  {told}", flush=True)
        except WindowError as error:
            window.shoot_now("failed")
            print(f"{time.monotonic() - began:6.1f} s  FAILED: {error}", flush=True)
            return 1
    return 0


def story(window: Window, folder: Path) -> Iterator[str]:
    """Do it all; each step tells what it saw. Raises `WindowError` where something is not as it must be."""
    window.shoot("01-start", whole=True)
    window.click(*window.find("lsblender.getting_started"))
    title = window.wait_state(lambda state: state["title"], "the first scene")["title"]
    yield f"Getting Started shows '{title}'"
    yield f"{len(look_at_panels(window))} sub-panels open"
    yield from compute_and_build(window)
    yield from undo_and_redo(window)
    yield from follow_a_slider(window)
    yield from leave_a_long_work(window)
    yield from export(window, folder)
    yield from save_and_reopen(window, folder)
    yield from drop_a_scene(window, folder)


def check(right: bool, what: str) -> None:
    if not right:
        raise WindowError(what)


# -- the panels ----------------------------------------------------------------------------------------------------


def look_at_panels(window: Window) -> list[str]:
    """Open every sub-panel by a click on its header, take its picture, and close it again."""
    parents: dict[str, str] = window.ask("parents")
    lowest = max(row for _, _, row in window.buttons(bottom=window.place[1] + 170))
    window.shoot("02-closed")
    seen: list[str] = []
    open_each(window, lowest + 10, MAIN, parents, seen)
    missing = sorted({*parents} - {MAIN, *seen})
    check(not missing, f"these panels could not be opened: {', '.join(missing)}")
    return seen


def open_each(window: Window, top: float, parent: str, parents: dict[str, str], seen: list[str]) -> None:
    """Click down the sidebar until each panel within `parent` was open once."""
    wanted = {name for name, inside in parents.items() if inside == parent}
    y = top
    while wanted and y < window.place[1] + window.place[3]:
        name = toggle(window, y)
        if name in wanted:
            wanted.remove(name)
            seen.append(name)
            window.shoot(f"03-{len(seen):02d}-{name.removeprefix('LSBLENDER_PT_')}")
            if name in parents.values():
                open_each(window, content_end(window, y + 16), name, parents, seen)
        if name:
            toggle(window, y)
        y += STRIDE if not name else 20


def toggle(window: Window, y: float) -> str:
    """Click on what may be a panel's header; which panel opened or closed, if one did."""
    before = window.opened()
    window.click(window.place[0] + 0.35 * window.place[2], y)
    time.sleep(0.1)
    changed = window.opened() ^ before
    return min(changed, default="")


def content_end(window: Window, top: float) -> float:
    """Where the controls of an open panel end: there is nothing below them for a while."""
    lowest = top
    for _, _, row in window.buttons(top, columns=(0.7,)):
        if row - lowest > EMPTY:
            break
        lowest = row
    return lowest + 10


def open_panel(window: Window, wanted: str) -> float:
    """Open one of the panels by its header, and leave it open; where the header is."""
    y = max(row for _, _, row in window.buttons(bottom=window.place[1] + 170)) + 10
    while y < window.place[1] + window.place[3]:
        name = toggle(window, y)
        if name == wanted:
            return y
        if name:
            toggle(window, y)
        y += STRIDE if not name else 20
    raise WindowError(f"{wanted} could not be opened")


# -- the work ------------------------------------------------------------------------------------------------------


def compute_and_build(window: Window) -> Iterator[str]:
    """Press both buttons."""
    others = window.ask("state")["others"]
    window.click(*window.find("lsblender.compute"))
    window.wait_state(lambda state: state["results"] and not state["running"], "a computed landscape")
    yield "Compute: there are numbers"
    window.click(*window.find("lsblender.build"))
    built = window.wait_state(lambda state: state["vertices"], "a terrain")
    check(built["others"] == others, f"Build touched what is the person's: {built['others']}")
    window.shoot("04-built", whole=True)
    yield f"Build: {len(built['objects'])} objects with {built['vertices']} vertices; the person's own are there still"


def undo_and_redo(window: Window) -> Iterator[str]:
    """Build is one step."""
    built = window.ask("state")
    window.press("ctrl+z")
    undone = window.wait_state(lambda state: not state["objects"], "a scene without the landscape")
    check(undone["results"], "undoing Build took the numbers away")
    check(undone["others"] == built["others"], "undoing Build took more than what was built")
    window.press("ctrl+shift+z")
    window.wait_state(lambda state: state["objects"] == built["objects"], "the landscape again")
    yield "Ctrl Z takes the build back in one step, Ctrl Shift Z brings it again"


def follow_a_slider(window: Window) -> Iterator[str]:
    """With Live on, pulling at the learning rate changes ball, path and ground."""
    window.click(*window.find(".live"))
    window.wait_state(lambda state: state["live"], "Live")
    header = open_panel(window, "LSBLENDER_PT_descent")
    before = window.wait_state(lambda state: not state["running"], "rest")
    x, y = window.find("learning_rate", header + 12)
    window.drag(x, y, 60)
    window.wait_state(lambda state: state["shape"] != before["shape"], "another landscape after the slider was pulled")
    window.shoot("05-live", whole=True)
    yield "Live: the ground follows the slider"
    toggle(window, header)
    window.click(*window.find(".live"))
    window.wait_state(lambda state: not state["live"], "no Live")


def leave_a_long_work(window: Window) -> Iterator[str]:
    """Esc ends a computation at once and keeps what was there."""
    before = window.ask("state")
    window.ask("lengthen", LONG)
    window.ask("watch_work")
    window.click(*window.find("lsblender.compute"))
    window.wait_state(lambda state: state["running"], "a running computation")
    window.shoot("06-computing")
    pressed = time.monotonic()
    window.press("Escape")
    after = window.wait_state(lambda state: not state["running"], "an end of the computation after Esc")
    took = time.monotonic() - pressed
    patience = window.ask("patience")
    inside = patience["unseen"] + max(patience["ending"], patience["thread"])
    check(inside < SOON, f"Blender ends work {inside:.2f} s after Esc")
    check(took < SOON_SEEN, f"Esc took {took:.1f} s")
    check(after["results"] and after["vertices"] == before["vertices"], "what was there before Esc is gone")
    window.ask("lengthen", SHORT)
    told = f"{inside:.3f} s in Blender (its thread {patience['thread']:.3f} s), {took:.2f} s as seen from outside"
    yield f"Esc leaves a long computation within {told}"


def export(window: Window, folder: Path) -> Iterator[str]:
    """The menu in Output, its first format, and the file browser's own button by its key."""
    window.click(*window.find("lsblender.compute"))
    window.wait_state(lambda state: state["results"] and not state["running"], "numbers to export")
    header = open_panel(window, "LSBLENDER_PT_output")
    # a menu has neither call nor path; it is the next below "Load Scene File"
    x, y = window.find("lsblender.load_scene", header + 12)
    while "lsblender.load_scene" in window.at(x, y):
        y += 3
    window.click(x, y + 6)
    time.sleep(1.0)
    window.shoot_now("07-export-menu")
    window.xdotool("key", "Home", "sleep", 0.3, "key", "Return")
    time.sleep(2.0)
    window.shoot_now("08-export-browser")
    window.press("Return")
    home = folder / "home"
    found = window.wait(lambda: sorted(home.glob("*surface*")), "an exported file", patience=60.0)
    table = found[0].read_text().splitlines()
    check(len(table) > 1000, f"{found[0].name} has {len(table)} lines only")
    yield f"Export wrote {found[0].name}, {len(table)} lines"
    window.show()
    toggle(window, header)


def save_and_reopen(window: Window, folder: Path) -> Iterator[str]:
    """The numbers are kept in the file: after opening it, Build needs no Compute."""
    file = folder / "saved.blend"
    window.ask("save", str(file))
    before = window.ask("state")
    window.ask("reopen", str(file))
    window.ask("prepare")
    window.show()
    opened = window.wait_state(lambda state: state["title"] == before["title"], "the saved storyboard")
    check(opened["results"], "the numbers are not in the file")
    check(opened["objects"] == before["objects"], "the saved file has other objects")
    window.click(*window.find("lsblender.build"))
    time.sleep(1.0)
    built = window.wait_state(lambda state: state["objects"] == before["objects"], "the landscape built again")
    window.shoot("09-reopened", whole=True)
    yield f"The reopened file builds without computing: {built['vertices']} vertices"


def drop_a_scene(window: Window, folder: Path) -> Iterator[str]:
    """A scene file that falls onto the view is loaded; what is no scene file changes nothing."""
    note, scene = folder / "note.txt", folder / "dropped.toml"
    note.write_text("no scene")
    scene.write_text('title = "Dropped"\n[[shots]]\nseconds = 2.0\n')
    before = window.ask("state")["title"]
    window.drop(note)
    check(window.ask("state")["title"] == before, "a text file that was dropped changed the storyboard")
    window.drop(scene)
    window.wait_state(lambda state: state["title"] == "Dropped", "the scene that was dropped onto the view")
    window.shoot("10-dropped", whole=True)
    yield "A scene file that is dropped onto the view is loaded"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
