"""What a process takes of the machine's memory."""

from pathlib import Path


def resident(pid: int | str = "self") -> float:
    """Megabytes (10^6 bytes). Raises RuntimeError where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        raise RuntimeError("this system does not tell the memory of a process") from None
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6
