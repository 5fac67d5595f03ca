"""Lets the thread of a run work for one part at a time."""

from __future__ import annotations

import atexit
import ctypes
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from viz.budget import HandedOver


class Ended(BaseException):
    """Nobody needs the rest of the run; raised where the script waits, past any `except Exception` of its own."""


class Turns:
    """Lets a thread run until it pauses; it then waits for its next turn."""

    def __init__(self) -> None:
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        #: The context in which the working thread waits.
        self.while_paused: Callable[[], AbstractContextManager[None]] = nullcontext
        self._thread: threading.Thread | None = None
        self._lock = threading.RLock()
        self._waits = False
        self._end: type[BaseException] | None = None  # what ends the work, where it is
        self._finished = False
        self._failure: BaseException | None = None
        self._handed = HandedOver()

    @property
    def interrupted(self) -> bool:
        """Whether a KeyboardInterrupt was raised in the work."""
        return self._end is KeyboardInterrupt

    def next(self, work: Callable[[], None]) -> None:
        """Start or continue `work` until it pauses or ends; raise what it raised."""
        if self._finished:
            return
        self._handed = HandedOver()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(work,), name="run", daemon=True)
            atexit.register(self.close)
            self._thread.start()
        else:
            self._go.release()
        self._paused.acquire()
        self._handed.resume()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def pause(self) -> None:
        """Wait for the next turn; called in the working thread.

        Raises Ended if there will be none. After an interrupt, the work goes on to its end without waiting.
        """
        if self._finished or self.interrupted:
            return
        if self._end is None:
            with self.while_paused():
                self._wait()
        if self._end is not None:
            raise self._end

    def _wait(self) -> None:
        with self._lock:
            self._waits = True
            if self._end is not None:  # looked at last: Python's garbage collector may call `end` in this thread
                return
            self._handed.give_back()
            self._paused.release()
        self._go.acquire()
        self._waits = False
        self._handed.take()

    def release(self) -> None:
        """Go on to the end without another pause, in the thread that works."""
        self._finished = True
        self._handed.give_back()
        self._paused.release()

    def end(self, reason: type[BaseException] = Ended, *, at_once: bool = False) -> None:
        """Raise the reason where the thread waits; if it works, at its next pause, or `at_once`."""
        with self._lock:
            if self._end is not None:
                return
            self._end = reason
            if self._waits:
                self._go.release()
            elif at_once and self._thread is not None and self._thread.is_alive():
                _raise_in(self._thread, reason)

    def close(
        self, reason: type[BaseException] = Ended, *, at_once: bool = False, seconds: float | None = None
    ) -> None:
        """End the thread as `end` does, or let it finish after `release`; wait for its end, or some seconds."""
        self.end(reason, at_once=at_once)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self, work: Callable[[], None]) -> None:
        self._handed.take()
        try:
            work()
        except Ended:
            pass
        except BaseException as failure:  # noqa: BLE001  # raised again in the thread that waits
            self._failure = failure
        finally:
            if not self._finished:
                self._finished = True
                self._handed.give_back()
            atexit.unregister(self.close)
            self._paused.release()  # a second time after `release`: no turn is waited for then


def _raise_in(thread: threading.Thread, reason: type[BaseException]) -> None:
    """Raise an exception in another thread, at the next instruction of its code."""
    assert thread.ident is not None, "it has started"
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(reason))
