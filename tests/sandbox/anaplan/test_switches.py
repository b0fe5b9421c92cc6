"""Switches of the Anaplan side: complete, and in accord with the engine."""

from __future__ import annotations

import pytest
from ml_connector_sandbox.anaplan._switchboard import build_switches, choose_engine_settings
from ml_connector_sandbox.anaplan.engine import EngineSettings

OPEN_QUESTIONS = {*range(1, 27)} - {22}


def test_every_open_question_that_can_be_one_has_a_switch() -> None:
    abouts = [switch.about for switch in build_switches().describe().values()]
    numbers = {int(about.partition(":")[0]) for about in abouts if about[:1].isdigit()}

    assert numbers == OPEN_QUESTIONS


def test_the_engine_s_defaults_are_the_switches_defaults() -> None:
    assert choose_engine_settings(build_switches()) == EngineSettings()


def test_a_position_a_switch_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="blank_cells"):
        build_switches().turn({"blank_cells": "perhaps"})
