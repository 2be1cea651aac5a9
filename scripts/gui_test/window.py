"""A Blender window on a display of its own, with hands: a mouse and a keyboard by xdotool, and eyes by ImageMagick."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .drop import drop

#: The size of the screen: high, so that an open panel is seen as a whole.
WIDTH, HEIGHT = 1024, 1600
#: Seconds until it is given up.
PATIENCE = 180.0
#: Points between two looks for a button; the lowest button is 20 high.
STRIDE = 9
#: Questions that are asked after the mouse was moved, before it is looked what is under it.
TURNS = 3
#: Where in a row buttons are looked for, as shares of the sidebar's width.
COLUMNS = (0.6, 0.25, 0.85)


class WindowError(Exception):
    """The window does not do what it should; the text says what."""


class Window:
    """A running Blender, its window and the way to talk to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.talk = folder / "talk"
        self.numbers = itertools.count()
        self.place = (0, 0, 0, 0)

    def __enter__(self) -> Window:
        self.talk.mkdir(exist_ok=True)
        read, write = os.pipe()
        screen = f"{WIDTH}x{HEIGHT}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"]
        with (self.folder / "xvfb.log").open("wb") as log:
            self.display = subprocess.Popen(command, pass_fds=(write,), stdout=log, stderr=log)
        os.close(write)
        with os.fdopen(read) as numbers:
            os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
        with (self.folder / "blender.log").open("wb") as log:
            words = ["blender", "--window-geometry", "0", "0", str(WIDTH), str(HEIGHT)]
            inside = Path(__file__).with_name("inside.py")
            self.blender = subprocess.Popen([*words, "--python", str(inside)], stdout=log, stderr=log)
        self.ask("prepare")
        self.show()
        return self

    def __exit__(self, *reason: object) -> None:
        for process in (self.blender, self.display):
            process.kill()
            process.wait()

    # -- talking ---------------------------------------------------------------------------------------------

    def ask(self, name: str, *arguments: Any) -> Any:
        """What Blender answers."""
        stem = self.talk / f"{next(self.numbers):06d}"
        writing = stem.with_suffix(".asking")
        writing.write_text(json.dumps([name, *arguments]))
        writing.rename(stem.with_suffix(".question"))
        answer = stem.with_suffix(".answer")
        self.wait(answer.exists, f"an answer to '{name}'", every=0.01)
        text = answer.read_text()
        answer.unlink()
        return json.loads(text)

    def wait(self, condition: Callable[[], Any], what: str, every: float = 0.1, patience: float = PATIENCE) -> Any:
        """Wait until the condition gives something true, and give that."""
        deadline = time.monotonic() + patience
        while not (found := condition()):
            if self.blender.poll() is not None:
                raise WindowError(f"Blender ended with {self.blender.returncode} while there was to be {what}")
            if "Traceback" in (log := (self.folder / "blender.log").read_text(errors="replace")):
                raise WindowError(f"Blender said {log[log.index('Traceback') :]!r}")
            if time.monotonic() > deadline:
                raise WindowError(f"after {patience:.0f} s there is not {what}")
            time.sleep(every)
        return found

    def wait_state(self, condition: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Wait until Blender's state is as it should be, and give it."""
        seen: dict[str, Any] = {}

        def fits() -> bool:
            seen.update(self.ask("state"))
            return bool(condition(seen))

        self.wait(fits, what)
        return seen

    def show(self) -> None:
        """Show the add-on's tab."""
        self.place = self.wait(lambda: self.ask("show_tab"), "a sidebar")
        self.opened()

    def opened(self) -> set[str]:
        """The panels that are open, after a draw."""
        self.ask("redraw")
        return set(self.wait(lambda: self.ask("drawn"), "a drawn sidebar"))

    # -- hands -----------------------------------------------------------------------------------------------

    def xdotool(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], check=True)

    def move(self, x: float, y: float) -> None:
        """Move the mouse, in two goes: a button notices a mouse that moves within it."""
        self.xdotool("mousemove", round(x) - 4, round(y), "sleep", 0.02, "mousemove", round(x), round(y))
        self.settle()

    def settle(self) -> None:
        """Let Blender take in what the mouse did: it looks at its events between two answers."""
        for _ in range(TURNS):
            self.ask("rest")

    def at(self, x: float, y: float) -> str:
        """The button at a place, where the mouse goes to see."""
        self.move(x, y)
        found: str = self.ask("under")
        return found

    def click(self, x: float, y: float, *, keys: str = "") -> None:
        self.move(x, y)
        self.xdotool(*(("keydown", keys) if keys else ()), "click", 1, *(("keyup", keys) if keys else ()))

    def drag(self, x: float, y: float, way: int) -> None:
        """Pull what is there to the right, in small steps."""
        self.move(x, y)
        self.xdotool("mousedown", 1)
        for share in range(1, 11):
            self.xdotool("mousemove", round(x + way * share / 10), round(y), "sleep", 0.05)
        self.xdotool("mouseup", 1)

    def drop(self, file: Path) -> None:
        """Let a file fall onto the 3-D view."""
        x, y = round(self.place[0] / 2), HEIGHT // 2
        self.move(x, y)
        windows = subprocess.check_output(
            ["xdotool", "search", "--onlyvisible", "--name", "Blender"], text=True
        ).split()
        if not any(drop(file, int(window), x, y) for window in windows):
            raise WindowError(f"no window takes a file that is dropped, of {len(windows)}")

    def press(self, keys: str) -> None:
        """Press keys with the mouse over the 3-D view."""
        self.move(self.place[0] / 2, HEIGHT / 2)
        self.xdotool("key", keys)

    # -- eyes ------------------------------------------------------------------------------------------------

    def shoot(self, name: str, *, whole: bool = False) -> Path:
        """A picture of the sidebar, or of the whole window."""
        self.move(self.place[0] / 2, HEIGHT / 2)
        self.opened()
        time.sleep(0.3)
        return self.shoot_now(name, self.place if not whole else None)

    def shoot_now(self, name: str, part: tuple[int, int, int, int] | None = None) -> Path:
        """A picture of what is there, with the mouse where it is."""
        file = self.folder / "screenshots" / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        crop: tuple[str, ...] = ()
        if part:
            x, y, width, height = part
            crop = ("-crop", f"{width}x{height}+{x}+{y}", "+repage")
        subprocess.run(["import", "-window", "root", *crop, str(file)], check=True)
        return file

    def buttons(
        self, top: float | None = None, bottom: float | None = None, columns: Sequence[float] = COLUMNS
    ) -> Iterator[tuple[str, float, float]]:
        """What lies in the sidebar from top to bottom, with places; what is large comes several times."""
        x, y, width, height = self.place
        row = round(y + 30 if top is None else top)
        end = y + height if bottom is None else bottom
        while row < end:
            for share in columns:
                column = round(x + share * width)
                if found := self.at(column, row):
                    yield found, column, row
            row += STRIDE

    def find(self, wanted: str, top: float | None = None, bottom: float | None = None) -> tuple[float, float]:
        """The place of a button, by a part of the call or path behind it."""
        for found, x, row in self.buttons(top, bottom):
            if wanted in found:
                return x, row + 2
        raise WindowError(f"there is no '{wanted}' in the sidebar")
