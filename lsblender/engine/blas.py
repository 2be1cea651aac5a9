"""The threads of BLAS, the library below numpy's and scipy's products and decompositions.

With several it adds up in other orders, so numbers would depend on the machine. Work on matrices of a thousand rows
gains nothing by them, or loses: threads that have little to do wait for one another, and so do threads of ours that
each start some of BLAS's (3 to 14 times slower was seen).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any


class _Limit:
    """The limit on BLAS's threads, which belongs to the whole program: set by the first who wants it, lifted by the
    last.
    """

    lock = Lock()
    wanted = 0
    limits: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS with one thread inside; may be entered by several threads at a time, and again."""
    import scipy.linalg  # noqa: F401 - it brings a BLAS of its own, which is limited only once it is there
    from threadpoolctl import threadpool_limits

    with _Limit.lock:
        if not _Limit.wanted:
            _Limit.limits = threadpool_limits(limits=1, user_api="blas")
        _Limit.wanted += 1
    try:
        yield
    finally:
        with _Limit.lock:
            _Limit.wanted -= 1
            if not _Limit.wanted:
                _Limit.limits.restore_original_limits()
