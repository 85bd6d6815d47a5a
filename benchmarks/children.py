"""Processes that a benchmark starts, each on its core, and ends by their ids whatever happens."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from benchmarks.machine import ROOT, pin

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_PATIENCE = 20.0  # seconds that a process may take to end by itself


class ChildFailedError(Exception):
    """A process that a benchmark needs ended before its time."""


@asynccontextmanager
async def child(
    *command: str, core: int | None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """A process running while the block does; its standard output can be read.

    Raises ChildFailedError, amid the block, when the process fails. A session of its own keeps
    Ctrl+C from it: it is asked to end here, and after a while made to.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **(environment or {}),
        },
        stdout=PIPE,
        start_new_session=True,
        preexec_fn=lambda: _begin(core),
    )
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(_watch(process))
            yield process
            watching.cancel()
    except ExceptionGroup as group_of_one:
        raise group_of_one.exceptions[0] from None
    finally:
        await end(process)


async def _watch(process: Process) -> None:
    """A benchmark does not wait for one that has failed."""
    if status := await process.wait():
        raise ChildFailedError(f"a process that was needed ended with status {status}")


def _begin(core: int | None) -> None:
    """In the new process: keep to the core, and do not outlive whoever started it."""
    pin(core)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module with this interpreter."""
    return sys.executable, "-m", module, *arguments


async def end(process: Process) -> None:
    """Ask the process to end, then make it."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def first_line(process: Process) -> str:
    """What the process says first. Raises ChildFailedError if it ends without a word."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise ChildFailedError(f"process {process.pid} ended without a word")
    return line
