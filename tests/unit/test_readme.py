"""What the README and the sample configuration tell people to copy and type really works."""

import re
import shlex
import tomllib
from pathlib import Path

import msgspec
import pytest

from node import config, config_camera, config_control, config_voice
from node.catalog.market import CHANGEABLE
from node.cli.check import Closely, check, judge
from node.cli.parser import build
from node.cli.texts import load
from node.program.rules.cue import NEEDS
from node.program.rules.output import DATA, OTHER, OVERLAYS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "firmware_config" / "node.toml"
SAMPLE_TEXT = SAMPLE.read_text(encoding="utf-8")
REFERENCE_PATH = ROOT / "node/program/README.md"
REFERENCE = REFERENCE_PATH.read_text(encoding="utf-8")


def files_of(page: str) -> dict[str, str]:
    """The files that a page shows, by the name in their first line."""
    return dict(re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))


def lines_of(page: str) -> list[list[str]]:
    """The command lines that a page shows, in words."""
    shell = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    return [shlex.split(line, comments=True) for line in shell.splitlines()]


FILES = files_of(README)
LINES = lines_of(README)
TABLES = (config.Config, config.PatternConfig, config.ProgramConfig, config.EncoderConfig,
          config.WebConfig, config.AssetsConfig, config_control.FetchConfig)  # fmt: skip


@pytest.fixture
def booth(tmp_path: Path) -> Path:
    """The folder that the README describes, its clip and picture pretended."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    for name in ("story.mp4", "gaiwan.jpg"):
        (tmp_path / name).write_bytes(b"pretended")
    return tmp_path


def test_the_readme_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 400


def test_the_readmes_booth_passes_the_checker_without_a_word(booth: Path, capsys):
    assert set(FILES) == {"node.toml", "day.toml", "catalog.toml"}
    paths = [booth / name for name in sorted(FILES)]
    assert check(paths, as_json=False, closely=Closely(has_clips=False)) == 0
    assert capsys.readouterr().out == ""


def test_the_references_day_passes_the_checker_without_a_word(tmp_path: Path, capsys):
    files = files_of(REFERENCE)
    assert set(files) == {"day.toml", "catalog.toml", "persona.toml", "my_rules.toml"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    played = re.findall(r'(?:asset|image) += "(.+?)"', "".join(files.values()))
    for name in played:
        (tmp_path / name).write_bytes(b"pretended")
    assert len(played) == 6
    assert check([tmp_path / "day.toml"], as_json=False, closely=Closely(has_clips=False)) == 0
    assert capsys.readouterr().out == ""


def test_the_reference_names_every_action_overlay_and_rule_that_may_be_changed():
    named = set(re.findall(r"`([^`\n]+)`", REFERENCE))
    assert set(NEEDS) <= named
    assert {*OVERLAYS, *DATA, *OTHER} <= named
    assert {f"[{name}]" for name in CHANGEABLE} <= named


def test_the_references_commands_are_taken_and_its_links_lead_somewhere():
    verbs = lines_of(REFERENCE)
    assert len(verbs) > 6
    inline = re.findall(r"`livesell ([^`…]+)`", REFERENCE)
    spelt = [
        words for words in map(shlex.split, inline) if len(words) > 1
    ]  # not a verb's name alone
    for words in [*verbs, *spelt]:
        build(load("en")).parse_args(words[1:] if words[0] == "livesell" else words)
    linked = re.findall(r"\]\((?!http)([^)]+)\)", REFERENCE)
    assert [name for name in linked if not (REFERENCE_PATH.parent / name).is_file()] == []
    (assets,) = re.findall(r"^```toml\n(\[assets\]\n.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)
    msgspec.convert(tomllib.loads(assets)["assets"], config.AssetsConfig)


def test_the_readmes_example_of_a_finding_is_what_the_checker_says(booth: Path):
    day = booth / "day.toml"
    day.write_text(FILES["day.toml"].replace('"T1"', '"T9"'), encoding="utf-8")
    (finding,) = judge(day, Closely(has_clips=False)).findings
    assert f"`{str(finding).replace(str(day), day.name)}`" in README


def test_the_command_line_takes_every_command_of_the_readme():
    verbs = [words[1:] for words in LINES if words[:1] == ["tools/run"] and words[1:]]
    inline = [shlex.split(one) for one in re.findall(r"`tools/run ([^`…A-Z]+)`", README)]
    assert len(verbs) > 10
    for words in [*verbs, *inline]:
        build(load("en")).parse_args(words)


def test_every_file_that_the_readme_runs_or_links_to_is_there():
    run = {words[0] for words in LINES if words[:1] and words[0].startswith("tools/")}
    modules = {
        f"{name.replace('.', '/')}" for name in re.findall(r"-m ((?:tools|tests)\S+)", README)
    }
    tests = set(re.findall(r"tests/unit/\S+\.py", README))
    linked = set(re.findall(r"\]\((?!http)([^)]+)\)", README)) | set(
        re.findall(r'src="([^"]+)"', README)
    )
    assert {"tools/run", "tools/test", "tools/check"} <= run
    missing = [name for name in run | tests | linked if not (ROOT / name).is_file()]
    missing += [name for name in modules if not _is_module(name.rstrip("`"))]
    assert missing == []


def _is_module(name: str) -> bool:
    return (ROOT / f"{name}.py").is_file() or (ROOT / name / "__main__.py").is_file()


def test_the_pictures_are_light():
    pictures = list((ROOT / "tools/make_pictures/pictures").glob("*"))
    assert 0 < sum(path.stat().st_size for path in pictures) < 600_000


def test_the_sample_configuration_passes_the_checker(capsys):
    assert check([SAMPLE], as_json=False) == 0
    assert capsys.readouterr().out == ""


def test_the_sample_configuration_names_every_key_with_its_default():
    shown = _uncommented(SAMPLE_TEXT)
    sample = msgspec.convert(tomllib.loads(shown), config.Config)
    assert msgspec.structs.replace(sample, rundown="", node="booth", camera=None) == config.Config(
        ""
    )
    assert sample.camera == config.PatternConfig()
    keys = {key for table in TABLES for key in table.__struct_fields__} - {
        "base",
        "mqtt",
        "enrol",
        "home_assistant",
        "microphone",
        "loudspeaker",
        "voice",
        "panel",
    }
    assert {
        key for key in keys if not re.search(rf"^(\[{key}\]|{key} +=)", shown, re.MULTILINE)
    } == set()


def test_the_sample_configuration_names_every_key_of_a_real_camera():
    missing = [key for key in config.UrlConfig.__struct_fields__ if f"{key} " not in SAMPLE_TEXT]
    assert missing == []


@pytest.mark.parametrize(
    "table",
    [
        config_camera.PiCameraConfig(),
        config_camera.V4l2Config(),
        config_camera.ArgusConfig(),
    ],
    ids=lambda table: table.__struct_config__.tag,
)
def test_the_sample_configuration_names_every_key_of_a_boards_camera_with_its_default(table):
    shown = _commented_camera(table.__struct_config__.tag)
    if isinstance(table, config_camera.PiCameraConfig):
        assert set(shown["controls"]) == set(config_camera.PiControls.__struct_fields__)
    assert set(shown) == {"kind", *table.__struct_fields__}
    assert msgspec.convert(shown, type(table)) == table


def test_the_sample_configuration_names_every_key_of_the_line_with_its_default():
    table = _commented_table("mqtt")
    assert set(table) == set(config_control.MqttConfig.__struct_fields__)
    shown = msgspec.convert(table, config_control.MqttConfig)
    assert shown == config_control.MqttConfig(shown.endpoints, root_key_file="root.jwk")


def test_the_sample_configuration_names_every_key_of_the_way_to_a_fleet_with_its_default():
    table = _commented_table("enrol")
    assert set(table) == set(config_control.EnrolConfig.__struct_fields__)
    shown = msgspec.convert(table, config_control.EnrolConfig)
    assert shown == config_control.EnrolConfig(shown.console)


def test_the_sample_configuration_names_every_key_of_the_home_with_its_default():
    table = _commented_table("home_assistant")
    assert set(table) == set(config_control.HomeAssistantConfig.__struct_fields__)
    shown = msgspec.convert(table, config_control.HomeAssistantConfig)
    assert shown == config_control.HomeAssistantConfig(shown.endpoint)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("microphone", config_voice.DeviceMicrophoneConfig),
        ("loudspeaker", config_voice.LoudspeakerConfig),
        ("voice", config_voice.VoiceConfig),
    ],
)
def test_the_sample_configuration_names_every_key_of_the_voice_with_its_default(name, kind):
    table = _commented_table(name)
    assert set(table) - {"kind"} == set(kind.__struct_fields__)
    assert msgspec.convert(table, kind) == kind()


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        ('kind     = "url"', config_voice.UrlMicrophoneConfig),
        ('kind          = "simulated"', config_voice.SimulatedMicrophoneConfig),
    ],
)
def test_the_sample_configuration_names_every_key_of_other_microphones(opening, kind):
    block = SAMPLE_TEXT.partition(f"#   {opening}\n")[2].partition("\n\n")[0]
    table = tomllib.loads(re.sub(r"^# +(?=\w+ +=)", "", block, flags=re.MULTILINE))
    assert set(table) == set(kind.__struct_fields__)
    shown = msgspec.convert({**table, "kind": kind.__struct_config__.tag}, kind)
    if kind is config_voice.UrlMicrophoneConfig:
        assert shown == kind(shown.url)
    else:
        assert shown == kind()


def _commented_table(name: str) -> dict[str, object]:
    """A table of the sample that stands there as a comment, up to the next empty line."""
    block = SAMPLE_TEXT.partition(f"# [{name}]\n")[2].partition("\n\n")[0]
    return tomllib.loads(re.sub(r"^# +(?=\w+ +=)", "", block, flags=re.MULTILINE))


def _commented_camera(kind: str) -> dict[str, object]:
    """The camera's table of a kind, with its sub-table."""
    blocks = [block for block in SAMPLE_TEXT.split("\n\n") if f'= "{kind}"' in block]
    assert len(blocks) == 1
    table = blocks[0].partition("# [camera]\n")[2]
    table = table.replace("# [camera.controls]", "[controls]")
    return tomllib.loads(re.sub(r"^# +(?=\w+ +=)", "", table, flags=re.MULTILINE))


def _uncommented(text: str) -> str:
    return re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
