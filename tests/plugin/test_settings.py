from __future__ import annotations

import json
from base64 import b64decode

import pytest

from grafherald_plugin.errors import FrameError
from grafherald_plugin.settings import Tls, read_settings

URL = "http://api.example.com:8080/json"


def settings(json_data=None, secrets=None, url=URL, **more):
    return read_settings(url, json_data=json.dumps(json_data or {}), secrets=secrets or {}, **more)


def test_a_url_is_enough():
    plain = read_settings(URL + "/")
    assert (plain.url, plain.headers, plain.timeout) == (URL, (), 30.0)
    assert plain.max_bytes == 16 * 1024 * 1024


@pytest.mark.parametrize(
    "url",
    ["", "api.example.com", "ftp://h", "http://", "http://h:99999", "http://h/?a=1", "http://ü/"],
)
def test_a_wrong_url_is_refused(url):
    with pytest.raises(FrameError, match="datasource settings: url") as raised:
        read_settings(url)
    assert raised.value.status == 400


def test_basic_authentication():
    ((name, value),) = settings(
        secrets={"basicAuthPassword": "pä:ss", "bearerToken": "loses"},
        basic_auth=True,
        basic_auth_user="me",
    ).headers
    assert name == "Authorization"
    assert b64decode(value.removeprefix("Basic ")).decode() == "me:pä:ss"


def test_a_user_in_the_url_is_sent_as_authentication_and_not_shown():
    read = settings(url="https://me:p%40ss@api.example.com/x")
    assert read.url == "https://api.example.com/x"
    assert b64decode(read.headers[0][1].removeprefix("Basic ")) == b"me:p@ss"


def test_a_bearer_token():
    assert settings(secrets={"bearerToken": "t0ken\n"}).headers == (
        ("Authorization", "Bearer t0ken"),
    )


def test_headers_are_paired_with_their_secret_values():
    data = {"httpHeaderName1": "X-Org", "httpHeaderName2": "X-Key", "httpHeaderName3": ""}
    secrets = {"httpHeaderValue2": "s3cret", "httpHeaderValue1": "7"}
    assert settings(data, secrets).headers == (("X-Org", "7"), ("X-Key", "s3cret"))


@pytest.mark.parametrize(
    ("name", "value"), [("X Y", "1"), ("X\r\nY", "1"), ("X", "1\r\nEvil: 1"), ("X", "ä")]
)
def test_a_header_that_would_be_two_is_refused(name, value):
    with pytest.raises(FrameError, match="header"):
        settings({"httpHeaderName1": name}, {"httpHeaderValue1": value})


def test_tls_material_counts_where_it_is_switched_on():
    secrets = {"tlsCACert": "CA", "tlsClientCert": "CERT", "tlsClientKey": "KEY"}
    assert settings({}, secrets).tls == Tls()
    on = {"tlsAuth": True, "tlsAuthWithCACert": True, "tlsSkipVerify": True, "serverName": "n"}
    assert settings(on, secrets).tls == Tls(True, "n", "CA", "CERT", "KEY")


@pytest.mark.parametrize("timeout", [5, "5", 5.0])
def test_the_timeout_may_be_a_text(timeout):
    assert settings({"timeout": timeout}).timeout == 5.0


@pytest.mark.parametrize("name", ["timeout", "maxMegabytes"])
@pytest.mark.parametrize("value", [-1, "soon", [1], 1e9, float("inf")])
def test_a_wrong_number_is_named(name, value):
    with pytest.raises(FrameError, match=f"jsonData.{name}"):
        settings({name: value})


@pytest.mark.parametrize("json_data", ["[]", "{", "[" * 100_000])
def test_json_data_that_is_no_object_is_refused(json_data):
    with pytest.raises(FrameError, match="jsonData"):
        read_settings(URL, json_data=json_data)


def test_secrets_are_not_shown():
    secrets = {"bearerToken": "t0ken", "tlsClientKey": "KEY"}
    shown = repr(settings({"tlsAuth": True}, secrets))
    assert "t0ken" not in shown
    assert "KEY" not in shown
