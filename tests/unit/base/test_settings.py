"""Settings: files are read, or the program ends and says why; tables may name an option twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from oslo_config import cfg

from nova.base import settings

TABLE = {"DEFAULT": [cfg.IntOpt("size", default=1)], "place": [cfg.StrOpt("name")]}


def written(folder: Path, text: str) -> list[str]:
    file = folder / "nova.conf"
    file.write_text(text)
    return ["--config-file", str(file)]


def test_files_say_what_options_are(tmp_path: Path) -> None:
    argv = written(tmp_path, "[DEFAULT]\nsize = 3\nunknown = 1\n[place]\nname = here\n")
    conf = settings.load(argv, program="nova-test", options=[TABLE, TABLE])
    assert (conf.size, conf.place.name, conf.use_ipv6) == (3, "here", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "Failed to find some config files"), ("[DEFAULT\n", "Failed to parse"), ("size\n", "Failed to parse")],
)
def test_a_file_that_cannot_be_read_ends_the_program_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, words: str
) -> None:
    argv = written(tmp_path, text) if text is not None else ["--config-file", str(tmp_path / "missing")]
    with pytest.raises(SystemExit) as end:
        settings.load(argv, program="nova-test", options=[TABLE])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith("nova-test: ") and words in said and "Traceback" not in said


def test_locks_have_a_folder(tmp_path: Path) -> None:
    conf = settings.load(written(tmp_path, f"[DEFAULT]\nstate_path = {tmp_path}\n"), program="nova-test")
    assert settings.lock_folder(conf) == tmp_path / "locks" and (tmp_path / "locks").is_dir()
    argv = written(tmp_path, f"[oslo_concurrency]\nlock_path = {tmp_path}/other\n")
    assert settings.lock_folder(settings.load(argv, program="nova-test")) == tmp_path / "other"
