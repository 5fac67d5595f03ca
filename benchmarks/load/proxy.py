"""One server, or two behind HAProxy with the configuration that we ship."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.load.crowd import warm
from tests.browser.harness import Server, free_port, start
from tests.deploy.proxy import proxy


@contextmanager
def serving(count: int = 1, places: int = 1000) -> Iterator[tuple[str, list[int]]]:
    """Run `count` warm servers with `places` sessions each; yield the page's URL and the process ids.

    Raises RuntimeError if a server does not start, and OSError if HAProxy is needed for two but not installed.
    """
    os.environ["VIZ_MAX_SESSIONS"] = str(places)
    # As docs/hosting.md says: one for each core that a server has.
    os.environ["VIZ_RECORDING_PROCESSES"] = str(max(1, (os.cpu_count() or 1) // count))
    with ExitStack() as stack:
        servers = [_started(stack) for _ in range(count)]
        for one in servers:
            asyncio.run(warm(one.url))
        a, b = (one.url.removeprefix("http://") for one in (servers[0], servers[-1]))
        url = servers[0].url if count == 1 else stack.enter_context(proxy(a, b))
        yield url, [one.process.pid for one in servers]


def _started(stack: ExitStack) -> Server:
    one = start(free_port())
    stack.callback(one.stop)
    return one
