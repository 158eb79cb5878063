import webob.exc

from nova.api.web import faults
from nova.contracts.errors import MethodNotAllowed, NotFound, OverQuota, Unavailable


def test_a_known_error_has_its_status_fault_and_words():
    answer = faults.response(NotFound(what="Flavor", id="9", log="inside"))
    assert answer.status_int == 404
    assert answer.json == {"itemNotFound": {"code": 404, "message": "Flavor 9 could not be found."}}


def test_inside_words_stay_inside():
    answer = faults.response(KeyError("password=hunter2"))
    assert answer.status_int == 500 and b"hunter2" not in answer.body and "computeFault" in answer.json


def test_headers_of_some_errors():
    assert faults.response(MethodNotAllowed(allowed="GET, PUT")).headers["Allow"] == "GET, PUT"
    assert faults.response(Unavailable(service="Glance", hint="Try again.")).headers["Retry-After"] == "30"
    assert "Retry-After" not in faults.response(OverQuota(resource="cores", requested=1, used=2, allowed=2)).headers


def test_errors_of_libraries():
    answer = faults.response(webob.exc.HTTPRequestEntityTooLarge("too much"))
    assert answer.status_int == 413 and answer.json["overLimit"]["message"] == "too much"
