"""What the README and the sample configuration tell people to copy and type really works."""

import re
import shlex
import tomllib
from pathlib import Path

import msgspec
import pytest

from node import config
from node.cli.check import Closely, check, judge
from node.cli.parser import build
from node.cli.texts import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "firmware_config" / "node.toml"
SAMPLE_TEXT = SAMPLE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
SHELL = "".join(re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
LINES = [shlex.split(line, comments=True) for line in SHELL.splitlines()]
TABLES = (config.Config, config.PatternConfig, config.ProgramConfig, config.EncoderConfig,
          config.WebConfig, config.AssetsConfig)  # fmt: skip


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
    keys = {key for table in TABLES for key in table.__struct_fields__} - {"base"}
    assert {
        key for key in keys if not re.search(rf"^(\[{key}\]|{key} +=)", shown, re.MULTILINE)
    } == set()


def test_the_sample_configuration_names_every_key_of_a_real_camera():
    missing = [key for key in config.UrlConfig.__struct_fields__ if f"{key} " not in SAMPLE_TEXT]
    assert missing == []


def _uncommented(text: str) -> str:
    return re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
