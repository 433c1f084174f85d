"""Fixtures shared by the tests of this room."""

import importlib.util
import sys
from pathlib import Path

import pytest


def _load(name):
    """Import a helper that lies next to this file (pytest's importlib mode puts no test folder on sys.path)."""
    spec = importlib.util.spec_from_file_location(f"thetatrace_{name}", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fake():
    """The fake engine's module, with `thetatrace.lean` imported on top of it; everything is undone after the module."""
    engine = _load("fake_lean")
    engine.Bench = _load("fake_bench").Bench
    with engine.installed():
        yield engine
    del sys.modules["thetatrace_fake_lean"], sys.modules["thetatrace_fake_bench"]


@pytest.fixture
def bench(fake):
    """A desk on a quiet Friday with a priced chain, before its first bar."""
    return fake.Bench()
