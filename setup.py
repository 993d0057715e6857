"""Builds the native packet core. Everything else about the package stands in setup.cfg.

The core is optional: without a C compiler the installation goes on, and the media service moves its packets in Python.
"""

import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("media_service/engine/native")
NOTE = """\
Note: the native packet core was not built ({error}).
Callwright works without it: packets are moved in Python, good for some 200 ports. For 1,000 ports install a C compiler
and Python's headers (Debian: gcc python3-dev), then install again.
"""


class BuildOrDoWithout(build_ext):
    """Says plainly what it means where the core cannot be built."""

    def build_extension(self, ext: Extension) -> None:
        """Build, or say why not; `Extension.optional` lets the installation go on."""
        try:
            super().build_extension(ext)
        except Exception as error:
            sys.stderr.write(NOTE.format(error=error))
            raise


setup(
    ext_modules=[
        Extension(
            "media_service.engine.native._core",
            sources=sorted(str(file) for file in NATIVE.glob("*.c")),
            depends=[str(NATIVE / "core.h")],
            define_macros=[("_GNU_SOURCE", None)],
            extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", "-pthread"],
            extra_link_args=["-pthread"],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildOrDoWithout},
)
