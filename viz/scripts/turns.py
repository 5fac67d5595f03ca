"""Lets the thread of a script run for one part at a time."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext


class Ended(BaseException):
    """Nobody needs the rest of the run; raised where the script waits, past any `except Exception` of its own."""


class Turns:
    """Lets a thread run until it pauses; it then waits for its next turn."""

    def __init__(self) -> None:
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        #: The context in which the working thread waits.
        self.while_paused: Callable[[], AbstractContextManager[None]] = nullcontext
        self._thread: threading.Thread | None = None
        self._ended = False
        self._finished = False
        self._failure: BaseException | None = None

    def next(self, work: Callable[[], None]) -> None:
        """Start or continue `work` until it pauses or ends; raise what it raised."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(work,), name="script", daemon=True)
            atexit.register(self.close)
            self._thread.start()
        elif not self._finished:
            self._go.release()
        else:
            return
        self._paused.acquire()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def pause(self) -> None:
        """Wait for the next turn; called in the working thread. Raises Ended if there will be none."""
        if self._finished:
            return
        if self._ended:  # the exception of the first pause is on its way out of the script
            raise Ended
        with self.while_paused():
            self._paused.release()
            self._go.acquire()
        if self._ended:
            raise Ended

    def release(self) -> None:
        """Go on to the end without another pause, in the thread that works."""
        self._finished = True
        self._paused.release()

    def end(self) -> None:
        """Let the thread end at the point where it is waiting."""
        if not self._ended:
            self._ended = True
            self._go.release()

    def close(self) -> None:
        """End the thread at the point where it is waiting, or let it finish after `release`; wait for its end."""
        self.end()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Ended:
            pass
        except BaseException as failure:  # noqa: BLE001  # raised again in the thread that waits
            self._failure = failure
        finally:
            self._finished = True
            atexit.unregister(self.close)
            self._paused.release()  # a second time after `release`: no turn is waited for then
