"""What a figure was measured on."""

import os
import platform
from datetime import UTC, datetime


def describe() -> str:
    """Processor, cores, system, Python and date, on one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as facts:  # noqa: PTH123
            names = [line.split(":", 1)[1].strip() for line in facts if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown processor"
