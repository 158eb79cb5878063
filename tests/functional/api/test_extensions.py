"""/extensions."""

from __future__ import annotations

from tests.functional.api.samples import dated, differences, shape


def test_extensions(cloud):
    ask = cloud.client()
    ((_, _, wanted),) = dated("extension-info")
    listed = ask("GET", "/extensions").json
    assert not differences(shape(listed), wanted)
    aliases = [extension["alias"] for extension in listed["extensions"]]
    assert aliases == sorted(set(aliases)) and {"OS-EXT-STS", "os-keypairs", "os-networks"} <= set(aliases)
    assert ask("GET", "/extensions/os-keypairs").json == {
        "extension": next(extension for extension in listed["extensions"] if extension["alias"] == "os-keypairs")
    }
    assert ask("GET", "/extensions/os-nothing").status_int == 404
    assert ask("GET", "/extensions?x=1", version="2.101").status_int == 200
    assert ask("GET", "/extensions?x=1", version="2.102").status_int == 400
