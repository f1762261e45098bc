"""The administrator's ways in, by which an org is prepared."""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from apatar.sandbox.salesforce.access import keep_credentials
from apatar.sandbox.salesforce.org import credentials_json
from tests.sandbox.salesforce.test_login import soap_login
from tests.sandbox.salesforce.visitor import BASE, Visitor

_BACK = "https://product.example/back"
_DESCRIBE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">'
    '<e:Header xmlns="http://soap.sforce.com/2006/04/metadata"><SessionHeader><sessionId>{}</sessionId></SessionHeader>'
    '</e:Header><e:Body><describeMetadata xmlns="http://soap.sforce.com/2006/04/metadata"/></e:Body></e:Envelope>'
)


def may_customize(visitor: Visitor, token: str) -> bool:
    body = _DESCRIBE.format(token).encode()
    return visitor.ask("POST", "/services/Soap/m/64.0", body, authorization="").status == 200


def test_the_printed_credentials_open_the_metadata_api(visitor: Visitor) -> None:
    printed = json.loads(credentials_json(visitor.org, BASE))
    secret = printed["admin_password"] + printed["admin_security_token"]

    status, root = soap_login(visitor, secret, user=printed["admin_user"])

    assert status == 200
    assert root.findtext(".//{*}metadataServerUrl").startswith(f"{BASE}/services/Soap/m/64.0/")
    assert may_customize(visitor, root.findtext(".//{*}sessionId"))


def test_a_login_hint_chooses_the_administrator(visitor: Visitor) -> None:
    known, verifier = visitor.org.credentials, "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": known.client_id, "redirect_uri": _BACK}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256", "login_hint": known.admin_user}
    place = visitor.ask("GET", f"/services/oauth2/authorize?{urlencode(asked)}").headers["Location"]

    (code,) = parse_qs(urlsplit(place).query)["code"]
    client = {"client_id": known.client_id, "client_secret": known.client_secret, "redirect_uri": _BACK}
    status, token = visitor.token_request(grant_type="authorization_code", code=code, code_verifier=verifier, **client)

    assert (status, token["id"].rpartition("/")[2]) == (200, visitor.org.access.admin_id)
    assert may_customize(visitor, token["access_token"])


def test_an_older_home_gets_the_secret_that_it_lacks(tmp_path: Path) -> None:
    made = keep_credentials(tmp_path)
    path = tmp_path / "credentials.json"
    facts = json.loads(path.read_text())
    del facts["admin_security_token"]
    path.write_text(json.dumps(facts))

    again = keep_credentials(tmp_path)

    assert again.password == made.password
    assert keep_credentials(tmp_path) == again
