"""The tables of hearing and speaking are read into structs, or refused with place and value."""

from pathlib import Path

import pytest

from node.config import Config, load
from node.config_voice import (
    DeviceMicrophoneConfig,
    LoudspeakerConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
    VoiceConfig,
)
from node.errors import ConfigError


def loaded(folder: Path, tables: str) -> Config:
    (folder / "day.toml").write_text("")
    path = folder / "node.toml"
    path.write_text(f'rundown = "day.toml"\n{tables}')
    return load(path)


def faults(folder: Path, tables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, tables)
    return [fault.removeprefix(f"{folder / 'node.toml'}: ") for fault in caught.value.faults]


def test_without_its_tables_the_node_neither_hears_nor_speaks(tmp_path):
    config = loaded(tmp_path, "")
    assert (config.microphone, config.loudspeaker, config.voice) == (None, None, None)


def test_a_microphone_is_named_by_a_part_of_its_name_or_by_number(tmp_path):
    named = loaded(tmp_path, '[microphone]\nkind = "device"\ndevice = "ReSpeaker"\nchannel = 1')
    assert named.microphone == DeviceMicrophoneConfig("ReSpeaker", channel=1)
    numbered = loaded(tmp_path, '[microphone]\nkind = "device"\ndevice = 3')
    assert numbered.microphone == DeviceMicrophoneConfig(3)


def test_a_recordings_path_counts_from_the_files_folder(tmp_path):
    (tmp_path / "visitors.wav").write_bytes(b"")
    config = loaded(tmp_path, '[microphone]\nkind = "url"\nurl = "visitors.wav"\nloop = true')
    assert config.microphone == UrlMicrophoneConfig(str(tmp_path / "visitors.wav"), loop=True)


def test_a_stream_and_a_graph_stay_as_written(tmp_path):
    stream = loaded(tmp_path, '[microphone]\nkind = "url"\nurl = "rtsp://desk/1"').microphone
    graph = loaded(
        tmp_path, '[microphone]\nkind = "url"\nurl = "sine"\nformat = "lavfi"'
    ).microphone
    assert stream == UrlMicrophoneConfig("rtsp://desk/1")
    assert graph == UrlMicrophoneConfig("sine", format="lavfi")


def test_a_simulated_hall_has_defaults(tmp_path):
    config = loaded(tmp_path, '[microphone]\nkind = "simulated"')
    assert config.microphone == SimulatedMicrophoneConfig()


def test_a_loudspeaker_may_be_the_default_device(tmp_path):
    assert loaded(tmp_path, "[loudspeaker]").loudspeaker == LoudspeakerConfig()


def test_the_voices_folders_are_made_absolute(tmp_path):
    (tmp_path / "voices").mkdir()
    (tmp_path / "says").mkdir()
    voice = loaded(tmp_path, '[voice]\nneural_model = "voices"\nprompts = "says"').voice
    assert voice is not None
    assert voice.neural_model == str(tmp_path / "voices")
    assert voice.prompts == str(tmp_path / "says")


def test_nothing_leaves_the_booth_unless_it_is_allowed():
    assert VoiceConfig().cloud is False


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        (
            "[microphone]",
            "microphone.kind: missing, one of device, url, simulated",
        ),
        (
            '[microphone]\nkind = "divice"',
            "microphone.kind = 'divice': expected one of device, url, simulated"
            " (did you mean device?)",
        ),
        (
            '[microphone]\nkind = "device"\ndevice = -1',
            "microphone.device = -1: expected `int` >= 0",
        ),
        (
            '[microphone]\nkind = "device"\nrate_hz = 4000',
            "microphone.rate_hz = 4000: expected 0 or >= 8000",
        ),
        (
            '[microphone]\nkind = "simulated"\ndistance_m = 0',
            "microphone.distance_m = 0: expected `float` >= 0.2",
        ),
        ('[microphone]\nkind = "url"\nurl = ""', "microphone.url = '': expected a file or a URL"),
        ("[loudspeaker]\nvolume_db = 3", "loudspeaker.volume_db = 3: expected `float` <= 0.0"),
        (
            '[voice]\nduplex = "both"',
            "voice.duplex = 'both': expected one of auto, full, half",
        ),
        ('[voice]\nengine = "neural"', "voice.engine = 'neural': needs neural_model"),
        ('[voice]\nengine = "prompts"', "voice.engine = 'prompts': needs prompts"),
        ("[voice]\ncache_mb = 0", "voice.cache_mb = 0: expected `int` >= 1"),
    ],
)
def test_a_wrong_table_is_refused_with_place_value_and_hint(tmp_path, tables, fault):
    assert faults(tmp_path, tables) == [fault]


def test_a_missing_file_or_folder_is_told_by_its_key(tmp_path):
    said = faults(
        tmp_path,
        """
        [microphone]
        kind = "url"
        url = "gone.wav"
        [voice]
        models = "gone"
        prompts = "none"
        neural_model = "nowhere"
        """,
    )
    assert said == [
        f"microphone.url = {str(tmp_path / 'gone.wav')!r}: no such file",
        f"voice.models = {str(tmp_path / 'gone')!r}: no such folder",
        f"voice.prompts = {str(tmp_path / 'none')!r}: no such folder",
        f"voice.neural_model = {str(tmp_path / 'nowhere')!r}: no such file",
    ]
