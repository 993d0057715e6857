"""Modules that a program may never need, loaded when something of them is first used, so that it starts sooner."""

from importlib import import_module
from types import ModuleType


class LateModule(ModuleType):
    """Stands for a module of the same name; the first attribute that is asked for loads it.

    ```python
    if TYPE_CHECKING:
        import httpx2
    else:
        httpx2 = LateModule("httpx2")
    ```

    An annotation that names something of it stands in quotes, or it would load the module at once. What goes wrong in
    loading is raised where it is first used, as `ImportError`.
    """

    def __getattr__(self, name: str) -> object:
        """Load the module, and give what it has by this name; later look-ups find it here without coming so far."""
        found: object = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found
