"""Requests go to Salesforce, or to where the operator allows."""

import pytest

from apatar.salesforce.errors import HostRefused
from apatar.salesforce.hosts import HostRule, origin


@pytest.mark.parametrize(
    "address",
    [
        "https://login.salesforce.com/services/oauth2/token",
        "https://acme.my.salesforce.com",
        "https://acme--box.sandbox.my.salesforce.com/services/data",
        "https://ACME.lightning.force.com/",
    ],
)
def test_the_domains_of_salesforce_are_allowed(address: str) -> None:
    assert str(HostRule().check(address)).startswith("https://")


@pytest.mark.parametrize(
    "address",
    [
        "http://login.salesforce.com/",
        "https://salesforce.com.evil.example/",
        "https://evilsalesforce.com/",
        "https://login.salesforce.com@evil.example/",
        "https://user:secret@login.salesforce.com/",
        "https://login.salesforce.com:8443/",
        "https://login.salesforce.com./",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost:8801/",
        "file:///etc/passwd",
        "//login.salesforce.com/",
        "login.salesforce.com",
        "https://",
        "",
        "https://[::1",
    ],
)
def test_every_other_address_is_refused(address: str) -> None:
    with pytest.raises(HostRefused) as refused:
        HostRule().check(address)
    assert refused.value.permanent
    assert "secret" not in refused.value.sentence


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("localhost:8801", "http://localhost:8801/services/data"),
        ("LOCALHOST", "http://localhost:9999/"),
        ("[::1]:8801", "http://[::1]:8801/"),
        ("proxy.example:443", "https://proxy.example/"),
        ("org.mil.example", "https://org.mil.example/"),
    ],
)
def test_the_operator_may_allow_a_host_even_without_tls(allowed: str, address: str) -> None:
    assert HostRule.allowing([allowed, " "]).check(address)


def test_an_allowed_port_does_not_open_the_other_ports_of_the_host() -> None:
    with pytest.raises(HostRefused):
        HostRule.allowing(["localhost:8801"]).check("https://localhost:8802/")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://acme.my.salesforce.com/services/Soap/u/64.0/00D?x=1#y") == "https://acme.my.salesforce.com"
    assert origin("http://localhost:8801/") == "http://localhost:8801"
