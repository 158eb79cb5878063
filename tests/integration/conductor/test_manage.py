"""nova-manage db on MariaDB and PostgreSQL: what is wrong with the set-up is said in a line."""

import pytest

from nova.cmd import manage

pytestmark = pytest.mark.integration


def test_a_wrong_set_up_is_explained(database_url, tmp_path, capsys):
    wrong = database_url.replace("/nova?", "/nowhere?")
    (tmp_path / "nova.conf").write_text(f"[database]\nconnection = {wrong}\n")
    assert manage.main(["--config-file", str(tmp_path / "nova.conf"), "db", "sync"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "nowhere" in err
    assert err.count("\n") <= 2
