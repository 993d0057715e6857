"""Builds the native packet core. Everything else about the package stands in setup.cfg.

The core is optional: without a C compiler the installation goes on, and the media service moves its packets in Python.
G.722, Opus and SRTP are built into it where pkg-config finds their libraries.
"""

import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("media_service/engine/native")
SIGNAL = NATIVE / "signal"
NOTE = """\
Note: the native packet core was not built ({error}).
Callwright works without it: packets are moved in Python, good for some 200 ports. For 1,000 ports install a C compiler
and Python's headers (Debian: gcc python3-dev), then install again.
"""
LIBRARIES = {
    "libsrtp2": ("WITH_SRTP", "SRTP", "libsrtp2-dev"),
    "opus": ("WITH_OPUS", "Opus", "libopus-dev"),
    "spandsp": ("WITH_SPANDSP", "G.722", "libspandsp-dev"),
}
"""pkg-config's name: macro, what it gives, Debian's package."""


def found(library: str, *what: str) -> list[str]:
    """What pkg-config says of a library; raises `OSError` or `CalledProcessError` where it knows nothing of it."""
    return subprocess.run(["pkg-config", *what, library], check=True, capture_output=True, text=True).stdout.split()


class BuildOrDoWithout(build_ext):
    """Says plainly what it means where the core cannot be built."""

    def build_extension(self, ext: Extension) -> None:
        """Build, or say why not; `Extension.optional` lets the installation go on."""
        if ext.name.endswith("_core"):
            for library, (macro, gives, package) in LIBRARIES.items():
                try:
                    flags, links = found(library, "--cflags"), found(library, "--libs")
                except (OSError, subprocess.CalledProcessError):
                    sys.stderr.write(
                        f"Note: the packet core is built without {gives} (Debian: {package} pkg-config).\n"
                    )
                    continue
                ext.define_macros.append((macro, None))
                ext.extra_compile_args += flags
                ext.extra_link_args += links
        try:
            super().build_extension(ext)
        except Exception as error:
            sys.stderr.write(NOTE.format(error=error))
            raise


def sources(folder: Path, without: str = "") -> list[str]:
    """The C files of a folder."""
    return sorted(str(file) for file in folder.glob("*.c") if file.name != without)


def extension(name: str, files: list[str]) -> Extension:
    """One extension module of the native folder."""
    return Extension(
        f"media_service.engine.native.{name}",
        sources=files,
        depends=sorted(str(file) for file in [*NATIVE.glob("*.h"), *SIGNAL.glob("*.h")]),
        define_macros=[("_GNU_SOURCE", None)],
        extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", "-pthread"],
        extra_link_args=["-pthread", "-lm"],
        optional=True,
    )


EXTENSIONS = [extension("_core", sources(NATIVE) + sources(SIGNAL, without="signalmodule.c"))]
if (SIGNAL / "signalmodule.c").is_file():
    EXTENSIONS.append(extension("_signal", sources(SIGNAL)))

setup(ext_modules=EXTENSIONS, cmdclass={"build_ext": BuildOrDoWithout})
