"""Processes that a benchmark starts, each on its core, and always ends."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from benchmarks import ROOT
from benchmarks.machine import pin

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_GRACE = 20.0  # seconds that a process has to end after SIGTERM


class ProcessFailedError(Exception):
    """A process that a benchmark needs ended too early."""


@asynccontextmanager
async def running_process(
    *command: str, core: int | None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """Run a process while the block runs; standard input and output are pipes.

    Raises ProcessFailedError inside the block when the process fails. The process has its own
    session, so Ctrl+C does not reach it; it is ended here.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **(environment or {}),
        },
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
        preexec_fn=lambda: _prepare_child(core),
    )
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(_raise_on_failure(process))
            yield process
            watching.cancel()
    except ExceptionGroup as group_of_one:
        raise group_of_one.exceptions[0] from None
    finally:
        await _end(process)


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """Returns the command that runs a module with this interpreter."""
    return sys.executable, "-m", module, *arguments


async def read_line(process: Process) -> str:
    """Returns the next line of output. Raises ProcessFailedError if the process has ended."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise ProcessFailedError(f"process {process.pid} ended without output")
    return line


async def _raise_on_failure(process: Process) -> None:
    if status := await process.wait():
        raise ProcessFailedError(f"a process that was needed ended with status {status}")


def _prepare_child(core: int | None) -> None:
    """In the new process: choose the core, and end when the parent ends."""
    pin(core)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
