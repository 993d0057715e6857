"""Runs small programs as processes of their own: reactor, log and signals belong to a whole process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start ``code``; both of its streams are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` to its end."""
    with start(code, *arguments) as process:
        try:
            output, errors = process.communicate(timeout=30)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
