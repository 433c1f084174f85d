"""docs/settings.md is what the code says."""

from pathlib import Path

from thetadesk.settings_doc import render

ROOT = Path(__file__).parents[2]


def test_the_settings_document_is_the_one_the_code_makes():
    assert (ROOT / "docs" / "settings.md").read_text() == render(), "run: python -m thetadesk.settings_doc"


def test_every_parameter_of_the_project_is_a_documented_setting():
    import json

    parameters = json.loads((ROOT / "algorithms/tom_king/config.json").read_text())["parameters"]
    documented = render()
    own = {"cash", "chain_cache_entries"}
    assert all(f"`{name}`" in documented for name in parameters if name not in own)
