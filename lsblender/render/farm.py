"""The farm: a Dask cluster, as its users start it.

    dask scheduler                                        on one machine
    dask worker tcp://HOST:8786 --nthreads 1              on as many as there are

It does the same piece of work on many items, in any order. A worker that ends takes nothing with it, since the
scheduler gives its items to others; one that comes later gets its share; and what a scheduler that ends has not handed
back is sent to the one that takes its place. Work that all items need travels once, and from worker to worker.

What is sent is pickled by Dask: scheduler, workers and this program have to trust one another.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..errors import LsbError
from ..libraries import missing_libraries

LOG = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

#: Seconds that a scheduler is waited for at the beginning, and one that has gone.
AT_FIRST, AGAIN = 15.0, 300.0
#: Seconds between two looks at whether the scheduler is there, after which a farm without workers is spoken of, and
#: until it is again.
LOOK, ALONE, SPOKEN = 0.5, 10.0, 60.0
#: How often an item is tried again that has failed on a worker.
RETRIES = 2


class _Lost(Exception):
    """The scheduler has gone, or has forgotten us."""


class Farm:
    """The cluster whose scheduler is at `address`; `threads` is how many of Blender's each worker uses (0: all)."""

    def __init__(self, address: str, threads: int = 0) -> None:
        self.address = address
        self.threads = threads
        self._client: Any = None

    def connect(self, patience: float = AT_FIRST) -> None:
        """Connect, again where the connection was lost; a scheduler that is not there is waited for so many seconds.

        Raises `LsbError` if none answers, or if lsblender is missing there.
        """
        require_dask()
        import dask
        from distributed import Client

        self.close()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said here
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "100GB"})
        end = time.monotonic() + patience
        while self._client is None:
            try:
                left = max(1.0, end - time.monotonic())
                self._client = Client(self.address, timeout=left, set_as_default=False)  # type: ignore[no-untyped-call]
            except (OSError, ValueError) as error:
                if isinstance(error, ValueError) or time.monotonic() > end:
                    raise LsbError(f"no Dask scheduler answers at '{self.address}'", "--scheduler") from None
                time.sleep(LOOK)
        self._check_installed()

    def _check_installed(self) -> None:
        """Raise `LsbError` if the scheduler or a worker has not got this package; Dask would only end them."""
        name = __name__.rpartition(".render.")[0]
        found = {"the scheduler": self._client.run_on_scheduler(find_spec, name)}
        found |= self._client.run(find_spec, name, on_error="ignore")
        for place, spec in found.items():
            if spec is None:
                self.close()
                raise LsbError(f"{place} has no lsblender; install it there in the same version", "--scheduler")

    def close(self) -> None:
        """Leave the cluster; work that is still there ends."""
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout=2)

    @property
    def workers(self) -> int:
        """How many workers there are now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"]) if self._client is not None else 0

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[int, R]]:
        """(number of the item, result) of every item, each once, in the order in which they are done.

        Raises `LsbError` that `work` has raised, or if workers or scheduler can not do it.
        """
        left = dict(enumerate(items))
        while left:
            try:
                yield from self._round(work, left)
            except _Lost:
                LOG.warning("the scheduler has gone; waiting for it")
                self.connect(AGAIN)

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The results in the order of the items, as `concurrent.futures.Executor.map` gives them."""
        done: dict[int, R] = {}
        following = 0
        for number, result in self.each(work, items):
            done[number] = result
            while following in done:
                yield done.pop(following)
                following += 1

    def _round(self, work: Callable[[T], R], left: dict[int, T]) -> Iterator[tuple[int, R]]:
        """The results of items while the scheduler lasts; `left` loses those that are done."""
        finished: SimpleQueue[Any] = SimpleQueue()
        shared = self._client.submit(_itself, work, pure=False)
        futures = {}
        for number, item in left.items():
            future = self._client.submit(_done, shared, item, pure=False, retries=RETRIES, priority=-number)
            futures[future.key] = number, future
            future.add_done_callback(finished.put)
        quiet = time.monotonic()
        while futures:
            try:
                future = finished.get(timeout=LOOK)
            except Empty:
                quiet = self._look_after(quiet)
                continue
            number, _ = futures.pop(future.key)
            yield number, _result(future, left[number])
            del left[number]
            quiet = time.monotonic()

    def _look_after(self, quiet: float) -> float:
        """See whether there is somebody to work, as it has been quiet since some time; since when it is so now."""
        if self._client.status != "running":
            raise _Lost
        if time.monotonic() - quiet < ALONE:
            return quiet
        if not self.workers:
            LOG.warning("the farm has no workers; start some: dask worker %s --nthreads 1", self.address)
        return time.monotonic() + SPOKEN


def require_dask() -> None:
    """Raise `LsbError` with what to do if Dask is missing."""
    if missing_libraries(("distributed",)):
        raise LsbError("farms need Dask, which is not installed; pip install 'lsblender[farm]'")


@contextmanager
def local_farm(count: int) -> Iterator[Farm]:
    """So many workers on this machine, which share its processors."""
    require_dask()
    import dask
    from distributed import LocalCluster

    dask.config.set({"distributed.worker.profile.enabled": False})  # it looks at every worker 100 times a second
    threads = max(1, (os.cpu_count() or 1) // count)
    cluster: Any = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )
    with cluster, farm_at(cluster.scheduler_address, threads) as farm:
        yield farm


@contextmanager
def farm_at(address: str, threads: int = 0) -> Iterator[Farm]:
    """The farm of a scheduler."""
    farm = Farm(address, threads)
    farm.connect()
    try:
        yield farm
    finally:
        farm.close()


# -- on the workers ------------------------------------------------------------------------------------------


def _itself(work: Any) -> Any:
    """Work as a result: workers keep it, and give it to one another."""
    return work


def _done(work: Callable[[T], R], item: T) -> R:
    return work(item)


def _result(future: Any, item: object) -> Any:
    """What a future holds. Raises `_Lost` if it has been forgotten, and what its work has raised."""
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        raise _Lost
    if future.status == "finished":
        return future.result()
    error = future.exception()
    if isinstance(error, KilledWorker):
        raise LsbError(f"the workers that were to do {item} ended, one after the other; see their logs") from None
    if isinstance(error, ImportError):
        raise LsbError(f"a worker can not do this ({error}); install lsblender there") from None
    raise error
