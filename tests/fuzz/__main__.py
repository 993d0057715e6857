"""Fuzzes targets one after the other: ``python -m tests.fuzz [TARGET ...] --seconds 60``, or ``make fuzz``.

New findings come to ``run/fuzz/TARGET/findings``; what the loop learnt stays in ``run/fuzz/TARGET/learnt`` and is where
the next one begins. ``--keep`` chooses from all of it what belongs into the repository's corpus.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.bounds import run_within_memory, run_within_time
from tests.fuzz.choosing import chosen, steps_of
from tests.fuzz.corpus_files import CORPUS, kept, regressions
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

_RUN: Final = Path("run/fuzz")
_STATUS: Final = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_EXECUTED: Final = re.compile(r"number_of_executed_units: (\d+)")
_PER_SECOND: Final = re.compile(r"average_exec_per_sec: *(\d+)")
_HANG: Final = 20
_MEMORY_MB: Final = 2048
_MOST_KEPT: Final = 36
_SWOLLEN: Final = 60


def main() -> int:
    """Fuzz; return 1 where something was found."""
    arguments = _arguments()
    found = 0
    for name in arguments.target or TARGETS:
        target = TARGETS[name]
        if arguments.keep:
            _keep(target)
            continue
        found += _fuzz(target, arguments.seconds)
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="what to fuzz; all without")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", action="store_true", help="choose the corpus anew from what was learnt; fuzz nothing")
    return parser.parse_args()


def _fuzz(target: Target, seconds: int) -> int:
    """Run the loop, show its figures, and return how many findings are confirmed without instrumentation."""
    place = _RUN / target.name
    findings, learnt, seeds = place / "findings", place / "learnt", place / "seeds"
    for folder in (findings, learnt, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for data in {*target.seeds(), *kept(target.name)}:
        _write(seeds, data)
    before = set(_inputs(findings))
    command = [sys.executable, "-m", "tests.fuzz.loop", target.name, str(findings), str(learnt), str(seeds)]
    limits = [f"-timeout={_HANG}", f"-rss_limit_mb={_MEMORY_MB}", f"-artifact_prefix={findings}/"]
    options = [f"-max_total_time={seconds}", "-print_final_stats=1", *limits]
    done = subprocess.run([*command, *options], capture_output=True, text=True, errors="replace", check=False)
    (place / "log.txt").write_text(done.stderr, encoding="utf-8")
    if not _EXECUTED.search(done.stderr):
        _say(f"{target.name}: the loop did not run: {done.stderr.strip().splitlines()[-1:]}")
        return 1
    new = [path for path in _inputs(findings) if path not in before]
    confirmed = [(path, broken) for path in new if (broken := _broken(target, path.read_bytes()))]
    costly = [] if confirmed else [*_costly(target, learnt), *_swollen(target, learnt, findings)]
    _show(target, done.stderr, len(confirmed) + len(costly))
    for path, text in [*confirmed, *costly]:
        _say(f"  {path}\n    {text[:1000]}")
    for path in set(new) - {path for path, _ in confirmed}:
        _say(f"  {path} is not confirmed: slow in the loop alone")
    return len(confirmed) + len(costly)


def _broken(target: Target, data: bytes) -> str:
    """What an input breaks, empty where nothing."""
    try:
        run_within_time(target, data)
        run_within_memory(target, data)
    except Exception as error:  # noqa: BLE001 - every one is a finding
        return f"{type(error).__name__}: {error}"
    return ""


def _costly(target: Target, learnt: Path) -> Iterator[tuple[Path, str]]:
    """What the loop learnt that takes too much memory, which it does not look at itself; the longest inputs."""
    longest = sorted(_inputs(learnt), key=lambda path: -path.stat().st_size)[:100]
    return ((path, text) for path in longest if (text := _broken(target, path.read_bytes())))


def _swollen(target: Target, learnt: Path, findings: Path) -> Iterator[tuple[Path, str]]:
    """Inputs that became long, and cost more than they may."""
    paths = _inputs(learnt)
    random = Random(len(paths))
    if target.swell is None:
        return
    for path in random.sample(paths, min(len(paths), _SWOLLEN)):
        data = target.swell(path.read_bytes(), random)
        if text := _broken(target, data):
            yield _write(findings, data), text


def _show(target: Target, log: str, findings: int) -> None:
    executed, per_second = (int(found[1]) if (found := each.search(log)) else 0 for each in (_EXECUTED, _PER_SECOND))
    places, features, inputs = (_STATUS.findall(log) or [("0", "0", "0")])[-1]
    _say(
        f"{target.name:9} {executed:>9} executions {per_second:>6}/s  {places:>5} places in code,"
        f" {features:>6} features, {inputs:>5} inputs  {findings} findings"
    )


def _keep(target: Target) -> None:
    """Choose the corpus anew; inputs with telling names stay whatever happens."""
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    named = regressions(target.name)
    known = set().union(*(steps_of(target, path.read_bytes()) for path in named)) if named else set()
    learnt = [path.read_bytes() for path in _inputs(_RUN / target.name / "learnt")]
    inputs = [data for data in {*learnt, *kept(target.name), *target.seeds()} if len(data) <= 4096]
    picked = chosen(target, inputs, _MOST_KEPT, known)
    for path in set(folder.iterdir()) - set(named):
        path.unlink()
    for data in picked:
        _write(folder, data)
    _say(f"{target.name:9} {len(named)} with names, {len(picked)} of {len(inputs)}, {sum(map(len, picked))} bytes")


def _inputs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".txt") if folder.is_dir() else []


def _write(folder: Path, data: bytes) -> Path:
    path = folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]
    path.write_bytes(data)
    return path


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
