"""Whether a secret lies where only the node may read it."""

from pathlib import Path

import pytest

from node.paths import secret_faults


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    secret = tmp_path / "credentials/secrets_operator_token"
    secret.parent.mkdir()
    secret.write_text("sixteen letters and more")
    secret.chmod(0o440)
    return secret


def test_a_secret_that_a_group_may_read_is_refused(secret: Path):
    assert list(secret_faults("web.operator_token_file", secret)) == [
        f"web.operator_token_file = {str(secret)!r}: others may read it (mode 0440): chmod 600"
    ]


def test_what_systemd_put_there_for_the_node_is_taken(
    secret: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    assert list(secret_faults("web.operator_token_file", secret)) == []
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent / "elsewhere"))
    assert list(secret_faults("web.operator_token_file", secret)) != []
