"""Settings: typed, ranged, filled from LEAN parameters, documented from their fields."""

from datetime import time

import pytest

from thetatrace.config import ConfigError, describe_settings, settings_from_parameters
from thetatrace.risk import RiskSettings
from thetatrace.strategies import Friday0dteSettings
from thetatrace.volatility import VixSettings


def test_parameters_fill_their_fields_and_leave_the_rest():
    made = settings_from_parameters(
        Friday0dteSettings,
        {"friday_0dte.width_points": "25", "friday_0dte.entry_start": "10:45", "cash": "1"},
        "friday_0dte",
    )
    assert (made.width_points, made.entry_start, made.limit_steps) == (25.0, time(10, 45), 3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"friday_0dte.widht": "30"}, "friday_0dte.widht is unknown"),
        ({"friday_0dte.width_points": "wide"}, "friday_0dte.width_points was 'wide'"),
        ({"friday_0dte.width_points": "-5"}, "width_points was -5.0; it must lie in 1 to 500"),
        ({"friday_0dte.width_points": "nan"}, "width_points was nan"),
        ({"friday_0dte.entry_start": "25:00"}, "friday_0dte.entry_start was '25:00'"),
        ({"friday_0dte.limit_steps": "2.5"}, "friday_0dte.limit_steps was '2.5'"),
        ({"friday_0dte.entry_end": "15:10"}, "entry_end must not exceed time_stop"),
        ({"friday_0dte.entry_start": "11:30"}, "entry_start must not exceed entry_end"),
        ({"friday_0dte.time_stop": "15:45"}, "time_stop must not exceed forced_flat"),
        ({"friday_0dte.directional_move": "0.02"}, "directional_move must not exceed maximum_move"),
        ({"friday_0dte.vix_floor": "45"}, "vix_floor must not exceed vix_ceiling"),
    ],
)
def test_a_bad_parameter_is_named_in_one_sentence(parameters, message):
    with pytest.raises(ConfigError, match=message):
        settings_from_parameters(Friday0dteSettings, parameters, "friday_0dte")


def test_a_wrong_type_in_code_is_refused():
    with pytest.raises(ConfigError, match="hysteresis_points was True"):
        VixSettings(hysteresis_points=True)
    with pytest.raises(ConfigError, match="block_window_minutes was 1.5"):
        VixSettings(block_window_minutes=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Friday0dteSettings, VixSettings, RiskSettings])
def test_every_setting_says_what_it_is(kind):
    lines = describe_settings(kind, "x")
    assert lines
    assert all(line.doc and line.default and line.name.startswith("x.") for line in lines)
