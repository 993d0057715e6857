import pytest

from media_service.engine.errors import EngineError
from media_service.engine.pure.engine import PureEngine
from media_service.engine_choice import EngineKind, describe, make_engine, settle


def test_without_a_native_core_auto_is_pure_and_native_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_service.engine_choice.native_fault", lambda: "never built")
    assert settle(EngineKind.AUTO) is EngineKind.PURE
    assert describe(EngineKind.AUTO).endswith("there is no native core: never built")
    assert isinstance(make_engine(EngineKind.AUTO, None, "127.0.0.1", range(2, 5)), PureEngine)
    with pytest.raises(EngineError, match="not installed: never built"):
        make_engine(EngineKind.NATIVE, None, "127.0.0.1", range(2, 5))


def test_with_one_auto_is_native_unless_pure_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_service.engine_choice.native_fault", lambda: "")
    assert settle(EngineKind.AUTO) is EngineKind.NATIVE
    assert describe(EngineKind.NATIVE).startswith("native (C core")
    assert settle(EngineKind.PURE) is EngineKind.PURE
