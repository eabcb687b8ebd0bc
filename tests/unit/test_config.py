"""node.toml is read into frozen structs, or refused with every fault at once."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from node.config import (
    LARGEST_FILE_BYTES,
    Config,
    PatternConfig,
    UrlConfig,
    load,
    overlaid,
)
from node.errors import ConfigError
from node.explain import faults_of

GOOD = """
rundown = "day.toml"
node = "booth-a12"
state_dir = "state"

[camera]
kind = "url"
url = "desk.mp4"
loop = true

[program]
fps = 25

[web]
port = 8090
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "day.toml").write_text("")
    return tmp_path


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "node.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(folder: Path, text: str | bytes) -> list[str]:
    """The faults of a file, each without the file's name, which it must begin with."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    prefix = f"{path}: "
    assert all(fault.startswith(prefix) for fault in caught.value.faults)
    return [fault.removeprefix(prefix) for fault in caught.value.faults]


def test_a_good_file_becomes_structs_with_defaults(folder):
    config = load(written(folder, GOOD))
    assert (config.node, config.program.fps, config.program.size) == ("booth-a12", 25, "1280x720")
    assert config.encoder.bitrate_kbps == 2500
    assert config.web.port == 8090


def test_relative_paths_count_from_the_files_folder(folder, monkeypatch):
    monkeypatch.chdir("/")
    config = load(written(folder, GOOD))
    assert config.rundown == str(folder / "day.toml")
    assert config.state_dir == str(folder / "state")
    assert isinstance(config.camera, UrlConfig)
    assert config.camera.url == str(folder / "desk.mp4")
    assert config.base == folder


@pytest.mark.parametrize(
    ("camera", "url"),
    [
        ('url = "rtsp://camera/1"', "rtsp://camera/1"),
        ('url = "/dev/video0"', "/dev/video0"),
        ('url = "testsrc=size=640x360"\nformat = "lavfi"', "testsrc=size=640x360"),
    ],
)
def test_a_camera_that_is_no_relative_file_stays_as_written(folder, camera, url):
    text = f'rundown = "day.toml"\n[camera]\nkind = "url"\n{camera}'
    assert load(written(folder, text)).camera.url == url


def test_without_a_camera_table_there_is_no_camera(folder):
    assert load(written(folder, 'rundown = "day.toml"')).camera is None


def test_all_faults_are_told_at_once_each_with_place_value_and_hint(folder):
    assert faults(
        folder,
        """
        rundwn = "day.toml"
        node = 5
        base = "/"
        [camrea]
        kind = "pattern"
        [camera]
        kind = "patern"
        [encoder]
        bitrate_kbps = -1
        preset = "slow"
        thread = 2
        [program]
        fps = 24
        [web]
        port = "8080"
        max_viewers = 8.5
        """,
    ) == [
        "rundwn: unknown key (did you mean rundown?)",
        "camrea: unknown table (did you mean camera?)",
        "rundown: missing",
        "node = 5: expected `str`, got `int`",
        "camera.kind = 'patern': expected one of pattern, url, picamera, v4l2, argus"
        " (did you mean pattern?)",
        "program.fps = 24: expected one of 25, 30",
        "encoder.thread: unknown key (did you mean threads?)",
        "encoder.bitrate_kbps = -1: expected `int` >= 150",
        "encoder.preset = 'slow': expected one of auto, ultrafast, superfast, veryfast, faster",
        "web.port = '8080': expected `int`, got `str`",
        "web.max_viewers = 8.5: expected `int`, got `float`",
        "base: unknown key",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('rundown = "day.toml"\nweb = 3', "web = 3: expected a table"),
        (
            'rundown = "day.toml"\n[camera]',
            "camera.kind: missing, one of pattern, url, picamera, v4l2, argus",
        ),
        ('rundown = "day.toml"\n[camera]\nkind = "url"', "camera.url: missing"),
        (
            'rundown = "day.toml"\n[[camera]]\nkind = "url"',
            "camera = [{'kind': 'url'}]: expected a table",
        ),
        (
            'rundown = "day.toml"\n[program]\nfps = true',
            "program.fps = True: expected one of 25, 30",
        ),
        (
            'rundown = "day.toml"\nnode = "Stand 12"',
            "node = 'Stand 12': expected `str` matching regex '^[a-z0-9][a-z0-9-]{0,31}$'",
        ),
        (
            'rundown = "day.toml"\n[camera]\nkind="url"\nurl="x"\noptions={a=1}',
            "camera.options[...] = {'a': 1}: expected `str`, got `int`",
        ),
    ],
)
def test_a_fault_says_where_and_what(folder, text, fault):
    assert faults(folder, text) == [fault]


def test_a_syntax_error_names_its_line(folder):
    (fault,) = faults(folder, 'rundown = "day.toml"\nweb = [\n')
    assert fault.startswith("not TOML: ")
    assert "line 2" in fault or "end of document" in fault


def test_a_file_that_is_not_utf8_names_line_and_byte(folder):
    assert faults(folder, b'node = "a"\n# caf\xe9\n') == ["line 2: not UTF-8 (byte 0xe9)"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a = " + b"[" * 5000, "not TOML: nested too deeply"),
        (b"a = " + b"9" * 5000, "not TOML: "),
        (b"#" * (LARGEST_FILE_BYTES + 1), f"larger than {LARGEST_FILE_BYTES} bytes"),
        (b"\x00\x01\x02", "not TOML: "),
    ],
)
def test_garbage_is_refused(folder, content, fault):
    (told,) = faults(folder, content)
    assert told.startswith(fault)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            load(path)


def test_files_that_are_named_must_be_there(folder):
    text = 'rundown = "no.toml"\n[camera]\nkind = "pattern"\nbackdrop = "no.png"'
    assert faults(folder, text) == [
        f"rundown = '{folder}/no.toml': no such file",
        f"camera.backdrop = '{folder}/no.png': no such file",
    ]


def test_a_public_url_is_a_web_address(folder):
    text = 'rundown = "day.toml"\n[web]\npublic_url = "ftp://x"'
    assert faults(folder, text) == ["web.public_url = 'ftp://x': expected http:// or https://"]


@pytest.mark.parametrize(
    ("mode", "content", "fault"),
    [
        (0o644, "secret", "others may read it (mode 0644): chmod 600"),
        (0o600, " \n", "empty"),
        (0o600, b"\xff\xfe", "cannot be read"),
        (None, "", "cannot be read: No such file or directory"),
    ],
)
def test_a_secret_is_a_file_for_one_pair_of_eyes(folder, mode, content, fault):
    token = folder / "token"
    if mode is not None:
        token.write_bytes(content if isinstance(content, bytes) else content.encode())
        token.chmod(mode)
    text = 'rundown = "day.toml"\n[web]\noperator_token_file = "token"'
    (told,) = faults(folder, text)
    assert told.startswith(f"web.operator_token_file = '{token}': {fault}")


def test_a_good_secret_passes(folder):
    (folder / "token").write_text("secret\n")
    (folder / "token").chmod(0o600)
    text = 'rundown = "day.toml"\n[web]\noperator_token_file = "token"'
    assert load(written(folder, text)).web.operator_token_file == str(folder / "token")


def test_the_pattern_camera_may_stand_alone(folder):
    camera = load(written(folder, 'rundown = "day.toml"\ncamera = { kind = "pattern" }')).camera
    assert camera == PatternConfig()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = sorted({*Config.__struct_fields__, "kind", "url", "fps", "port"} - {"base"})
keys = st.sampled_from(names) | st.text()


good = st.fixed_dictionaries({"rundown": st.text(), "program": st.just({"fps": 25})})
bad = st.dictionaries(keys, values | st.dictionaries(keys, values, max_size=4), max_size=6)


@given(bad | st.builds(lambda a, b: a | b, good, bad))
@example({"rundown": "", "program": {"fps": 25.0}})
@example({"rundown": "", "program": {"fps": 25}, "camera": None})
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_explainer_finds_a_fault_in_just_what_does_not_convert(table):
    try:
        msgspec.convert(table, Config)
    except msgspec.ValidationError:
        assert faults_of(table, Config)
    else:
        assert faults_of(table, Config) == []


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_crash_the_reader(tmp_path, content):
    path = written(tmp_path, content)
    with pytest.raises(ConfigError):
        load(path)


MQTT = """
[mqtt]
endpoints = ["mqtts://one.example:8883", "mqtts://two.example"]
org = "acme"
root_key_file = "root.jwk"
"""


def test_the_line_to_the_controller_names_files_of_the_folder(folder):
    (folder / "root.jwk").write_text("{}")
    mqtt = load(written(folder, GOOD + MQTT)).mqtt
    assert mqtt is not None
    assert mqtt.root_key_file == str(folder / "root.jwk")
    assert (mqtt.org, mqtt.trust, mqtt.key_file) == ("acme", "jws", "")


def test_without_its_table_there_is_no_line(folder):
    assert load(written(folder, GOOD)).mqtt is None


@pytest.mark.parametrize(("line", "fault"), [
    ('endpoints = ["mqtt://far.example"]', "only on this machine"),
    ('endpoints = ["mqtts://far.example"]\ntrust = "none"', "only with a broker on this machine"),
    ('endpoints = ["mqtts://far.example"]', "root_key_file: needed"),
    ('endpoints = ["https://far.example"]', "mqtt.endpoints"),
    ("endpoints = []", "mqtt.endpoints"),
    ('endpoints = ["mqtt://localhost:99999"]\ntrust = "none"', "mqtt.endpoints"),
    ('endpoints = ["mqtts://user@far.example"]', "mqtt.endpoints"),
    ('endpoints = ["mqtts://far.example:port"]', "mqtt.endpoints"),
    ('endpoints = ["mqtts://[fe80:::1]"]', r"mqtt\.endpoints = 'mqtts://\[fe80:::1\]': 'fe80:::1'"),
    ('endpoints = ["mqtts://[..]:8883"]', r"mqtt\.endpoints = 'mqtts://\[..\]:8883'"),
    ('endpoints = ["mqtts://a"]\norg = "a/b"', "mqtt.org"),
    ('endpoints = ["mqtt://localhost"]\ntrust = "none"\nca_file = "no.crt"', "no such file"),
    ('endpoints = ["mqtt://localhost"]\ntrust = "none"\nassets_url = "http://x"', "expected https"),
])  # fmt: skip
def test_a_line_that_would_not_be_safe_is_refused(folder, line, fault):
    with pytest.raises(ConfigError, match=fault):
        load(written(folder, f"{GOOD}\n[mqtt]\n{line}\n"))


def test_a_key_that_others_may_read_is_refused(folder):
    (folder / "node.key").write_text("secret")
    (folder / "node.key").chmod(0o640)
    text = GOOD + '[mqtt]\nendpoints = ["mqtt://localhost"]\ntrust = "none"\nkey_file = "node.key"'
    with pytest.raises(ConfigError, match="chmod 600"):
        load(written(folder, text))


def test_what_is_set_from_afar_is_laid_over_the_file(folder):
    config = load(written(folder, GOOD))
    over = overlaid(config, {"encoder": {"bitrate_kbps": 900}, "web": {"max_viewers": 3}})
    assert (over.encoder.bitrate_kbps, over.web.max_viewers) == (900, 3)
    assert (over.web.port, over.program.fps, over.camera) == (8090, 25, config.camera)


@pytest.mark.parametrize(("overlay", "fault"), [
    ({"web": {"port": 22}}, "web.port: cannot be set from afar"),
    ({"mqtt": {"endpoints": []}}, "mqtt.endpoints: cannot be set from afar"),
    ({"program": {"fps": 7}}, "program.fps"),
    ({"encoder": {"bitrate_kbps": "much"}}, "encoder.bitrate_kbps"),
])  # fmt: skip
def test_from_afar_comes_only_what_shows_and_sounds(folder, overlay, fault):
    with pytest.raises(ConfigError, match=fault):
        overlaid(load(written(folder, GOOD)), overlay)
