import subprocess
import sys

import csta


def test_public_names_exist() -> None:
    assert all(hasattr(csta, name) for name in csta.__all__)


def test_importing_the_package_brings_no_twisted() -> None:
    code = "import csta, csta.dialects.openscape_voice, sys; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
