"""The package against the real command: FEDIT names it (make test-python), else the one in PATH."""

import shutil
from pathlib import Path

import pytest

import fedit

EXAMPLES = Path(__file__).parents[2] / "Examples"


@pytest.fixture
def sunglasses(tmp_path):
    """A copy of the example's inputs, without its results."""
    for name in ("sunglasses.fedit", "sunglasses.fedit.lock", "portrait.png"):
        shutil.copy(EXAMPLES / "sunglasses" / name, tmp_path / name)
    return tmp_path / "sunglasses.fedit"


def test_version_is_the_commands_own():
    assert fedit.command("--version").stdout == f"fedit {fedit.version()}\n"


def test_a_run_gives_the_bytes_of_the_example(sunglasses):
    fedit.run(sunglasses)
    made = sunglasses.with_name("portrait-sunglasses.png").read_bytes()
    assert made == (EXAMPLES / "sunglasses" / "portrait-sunglasses.png").read_bytes()


def test_settings_and_output_reach_the_picture(sunglasses, tmp_path):
    fedit.run(sunglasses, output=tmp_path / "teal.png", settings={"tint": "teal"})
    assert fedit.inspect(tmp_path / "teal.png")["lock"]["options"]["set"] == {"tint": "teal"}
    assert not sunglasses.with_name("portrait-sunglasses.png").exists()


def test_a_script_may_be_text(sunglasses, tmp_path):
    text = 'photo "portrait.png"\nedit "a" { mask circle((128, 128), 9) }\n'
    fedit.run(fedit.Text(text), output="out.png", cwd=tmp_path)
    assert fedit.inspect(tmp_path / "out.png")["width"] == 256


def test_the_plan_is_data(sunglasses):
    plan = fedit.plan(sunglasses)
    assert plan["photo"]["width"] == 256
    assert plan["model"]["name"] in [model["name"] for model in fedit.models()]


def test_check_lists_what_is_wrong_and_where(tmp_path):
    script = tmp_path / "bad.fedit"
    script.write_text("mask nothing\n")
    problems = fedit.check(script)
    assert {"outside-edit", "unknown-name"} <= {problem["code"] for problem in problems}
    assert {problem["line"] for problem in problems} == {1}


def test_a_script_without_faults_has_no_problems(sunglasses):
    assert fedit.check(sunglasses) == []


def test_a_failure_is_an_exception_with_the_commands_words_and_status(tmp_path):
    with pytest.raises(fedit.FeditError, match="none.fedit") as caught:
        fedit.plan(tmp_path / "none.fedit")
    assert caught.value.status == 66
    with pytest.raises(fedit.FeditError) as caught:
        fedit.check(tmp_path / "none.fedit")
    assert caught.value.status == 66


def test_diff_says_what_changed_in_meaning(sunglasses, tmp_path):
    other = tmp_path / "other.fedit"
    other.write_text(sunglasses.read_text().replace("seed 7", "seed 8"))
    assert fedit.diff(sunglasses, sunglasses)["equal"] is True
    assert fedit.diff(sunglasses, other)["equal"] is False


def test_a_lock_verifies_until_the_script_changes(sunglasses):
    fedit.lock(sunglasses)
    assert fedit.verify(sunglasses) is True
    sunglasses.write_text(sunglasses.read_text().replace("seed 7", "seed 8"))
    assert fedit.verify(sunglasses) is False


def test_a_batch_reports_each_photo_and_the_whole(sunglasses, tmp_path):
    shutil.copy(EXAMPLES / "smile" / "portrait.png", tmp_path / "second.png")
    (tmp_path / "third.png").write_bytes(b"no picture")
    *rows, summary = fedit.batch(sunglasses, tmp_path / "out", photos="*.png", cwd=tmp_path)
    assert len(rows) == 3
    assert (tmp_path / "out" / "second.png").exists()
    assert not (tmp_path / "out" / "third.png").exists()
    assert isinstance(summary, dict)


def test_without_the_command_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("FEDIT", "")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="not installed"):
        fedit.version()
