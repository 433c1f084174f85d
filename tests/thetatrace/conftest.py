"""Fixtures shared by the tests of this room."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def fake():
    """The fake engine's module, with `thetatrace.lean` imported on top of it; everything is undone after the module."""
    spec = importlib.util.spec_from_file_location("thetatrace_fake_lean", Path(__file__).parent / "fake_lean.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    with module.installed():
        yield module
    del sys.modules[spec.name]


@pytest.fixture
def bench(fake):
    """A desk on a quiet Friday with a priced chain, before its first bar."""
    return fake.Bench()
