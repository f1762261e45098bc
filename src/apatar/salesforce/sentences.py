"""Salesforce's error codes in plain words, each with its remedy.

Codes and texts: the Partner WSDL's ExceptionCode and StatusCode, the REST and OAuth error responses.
"""

import re
from typing import NamedTuple

_CARET_BLOCK = re.compile(r"^.*?ERROR at Row:\d+:Column:\d+", re.DOTALL)
"""What SOQL errors put before the reason: the query, and a caret beneath its fault."""


class Verdict(NamedTuple):
    """What a refusal means: the sentence for people, and whether only a person can help."""

    sentence: str
    permanent: bool = True


_TRY_AGAIN = "then test the connection and save the form, so that we try again."

LOGIN = {
    "INVALID_LOGIN": Verdict(
        "Salesforce did not accept the user name, password and security token, or the user is locked out. "
        f"Check all three in the form (a new password also makes a new token), {_TRY_AGAIN}"
    ),
    "LOGIN_MUST_USE_SECURITY_TOKEN": Verdict(
        "Salesforce asks for the security token. Reset it under Setup > Personal Setup > My Personal Information > "
        "Reset My Security Token, and enter the one that arrives by mail in the form."
    ),
    "PASSWORD_EXPIRED": Verdict(
        "The Salesforce password has expired. Log in to Salesforce, choose a new one, and enter it and the new "
        "security token in the form."
    ),
    "LOGIN_DISABLED": Verdict(
        "This Salesforce org does not allow logging in with a password through the API. Choose Connect with "
        "Salesforce in the form, or ask the administrator to switch on Setup > User Interface > Enable SOAP API "
        "login()."
    ),
    "LOGIN_VERSION": Verdict(
        "Salesforce no longer offers logging in with a password. Choose Connect with Salesforce in the form."
    ),
    "INSUFFICIENT_ACCESS": Verdict(
        "The Salesforce user may not log in this way. Ask the administrator for the permission Use Any API Auth, or "
        "choose Connect with Salesforce in the form."
    ),
    "API_DISABLED_FOR_ORG": Verdict(
        "The API is not part of this Salesforce edition, or is not enabled for the user. Ask the administrator for an "
        "edition and a profile with API Enabled."
    ),
    "ORG_LOCKED": Verdict("This Salesforce org is locked. Ask the administrator to have it unlocked by Salesforce."),
    "PASSWORD_LOCKOUT": Verdict(
        f"The Salesforce user is locked out after too many attempts. Ask the administrator to unlock it, {_TRY_AGAIN}"
    ),
    "LOGIN_DURING_RESTRICTED_TIME": Verdict(
        "The Salesforce user may not log in at this time of day. Ask the administrator to widen the login hours of "
        "the profile; we try again later.",
        permanent=False,
    ),
    "LOGIN_DURING_RESTRICTED_DOMAIN": Verdict(
        "The Salesforce user may not log in from this network. Ask the administrator to add the address of this "
        "service to the login IP ranges of the profile."
    ),
    "TRIAL_EXPIRED": Verdict("The trial of this Salesforce org has ended. Ask the administrator to renew it."),
    "INVALID_SSO_GATEWAY_URL": Verdict(
        "The single sign-on of this Salesforce org is not set up for API logins. Choose Connect with Salesforce in "
        "the form."
    ),
    "LOGIN_CHALLENGE_ISSUED": Verdict(
        "Salesforce wants the user to confirm the login. Choose Connect with Salesforce in the form, or ask the "
        "administrator to trust the address of this service."
    ),
    "CLIENT_NOT_ACCESSIBLE_FOR_USER": Verdict(
        "The Salesforce user may not use this application. Ask the administrator to allow it for the user's profile."
    ),
    "UNSUPPORTED_CLIENT": Verdict("Salesforce no longer supports this kind of login. Choose another one in the form."),
    "UNSUPPORTED_API_VERSION": Verdict("Salesforce has retired the API version in use. Update this service."),
    "REQUEST_LIMIT_EXCEEDED": Verdict(
        "Salesforce accepts no more calls at the moment; we try again later.", permanent=False
    ),
    "SERVER_UNAVAILABLE": Verdict("Salesforce is too busy to log in; we try again by ourselves.", permanent=False),
    "invalid_client": Verdict(
        "Salesforce does not accept the consumer key or the consumer secret. Copy both again from the External Client "
        "App into the form."
    ),
    "invalid_client_id": Verdict(
        "Salesforce does not know the consumer key. Copy it again from the External Client App, and wait ten minutes "
        "if the app is new."
    ),
    "no_run_as_user": Verdict(
        "The External Client App has no user to run as. Ask the administrator to choose one under its client "
        "credentials settings."
    ),
    "not_approved": Verdict(
        "The Salesforce user has not approved this application. Ask the administrator to pre-authorise the user's "
        "profile or permission set in the app's policies."
    ),
    "expired_refresh_token": Verdict(
        "The permission given to this service has expired or was withdrawn. Press Connect with Salesforce again."
    ),
    "expired_code": Verdict("The confirmation from Salesforce came too late. Press Connect with Salesforce again."),
    "wrong_domain": Verdict(
        "This kind of login works only at the org's own address. Enter the My Domain address, which ends in "
        ".my.salesforce.com, in the form."
    ),
    "invalid_assertion": Verdict(
        "Salesforce does not accept the signed login. Check that the certificate of the app belongs to the private "
        "key, that user name and address are right, and that this machine's clock is."
    ),
    "inactive_user": Verdict("The Salesforce user is not active. Ask the administrator to activate the user."),
    "inactive_org": Verdict("This Salesforce org is locked, closed or suspended. Ask the administrator."),
    "access_denied": Verdict("The permission was not given in Salesforce. Press Connect with Salesforce again."),
    "rate_limit_exceeded": Verdict("Too many logins to Salesforce; we try again later.", permanent=False),
    "temporarily_unavailable": Verdict("Salesforce is not available; we try again by ourselves.", permanent=False),
}
"""Login verdicts by code; lower-case keys come from OAuth, some of them told apart by the description."""

LOGIN_ALIASES = {
    "API_CURRENTLY_DISABLED": "API_DISABLED_FOR_ORG",
    "LOGIN_CHALLENGE_PENDING": "LOGIN_CHALLENGE_ISSUED",
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": "PASSWORD_EXPIRED",
    "server_error": "temporarily_unavailable",
    "unknown_error": "temporarily_unavailable",
    "login_rate_exceeded": "rate_limit_exceeded",
}

LOGIN_PHRASES = (
    ("disabled by default in this org", "LOGIN_DISABLED"),
    ("login operation is not available in the api version", "LOGIN_VERSION"),
    ("login rate exceeded", "rate_limit_exceeded"),
    ("no client credentials user enabled", "no_run_as_user"),
    ("hasn't approved this consumer", "not_approved"),
    ("not admin approved", "not_approved"),
    ("not supported on this domain", "wrong_domain"),
    ("expired authorization code", "expired_code"),
    ("invalid authorization code", "expired_code"),
    ("expired access/refresh token", "expired_refresh_token"),
    ("token validity expired", "expired_refresh_token"),
    ("inactive user", "inactive_user"),
    ("inactive org", "inactive_org"),
    ("audience", "invalid_assertion"),
    ("assertion", "invalid_assertion"),
    ("ip restricted", "LOGIN_DURING_RESTRICTED_DOMAIN"),
    ("authentication failure", "INVALID_LOGIN"),
)
"""Parts of Salesforce's own texts that say more than the code beside them. The SOAP texts, "no client credentials
user enabled", "hasn't approved this consumer", "expired access/refresh token" and "authentication failure" are
recorded or quoted from real answers; the others are general knowledge and not verified."""

RECORD = {
    "REQUIRED_FIELD_MISSING": "Salesforce requires a value in {fields}. Fill it in, or ask the administrator to give "
    "it a default.",
    "STRING_TOO_LONG": "The value of {fields} is longer than Salesforce allows. Shorten it.",
    "DUPLICATE_VALUE": "Another Salesforce record already has this value in {fields}. Change one of them.",
    "DUPLICATES_DETECTED": "A duplicate rule of Salesforce sees this record as a duplicate. Merge the two, or give "
    "both sides exactly the same name, so that they are linked.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule in Salesforce refused the record: {message}",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "An automation in Salesforce stopped the record: {message} Ask the "
    "administrator to look at it.",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "A flow in Salesforce stopped the record: {message} Ask the administrator to look "
    "at it.",
    "INVALID_CROSS_REFERENCE_KEY": "The record refers to another one that does not exist in Salesforce, or that the "
    "user may not see: {message}",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "The Salesforce user may not use a record that this one refers "
    "to. Ask the administrator for access.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "The Salesforce user may not change this record. Ask the administrator for "
    "access.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "The Salesforce user may not write {fields}. Ask the administrator for edit "
    "access to the field.",
    "INVALID_FIELD": "Salesforce does not know a field, or hides it from the user: {message} Ask the administrator "
    "for access.",
    "INVALID_TYPE": "Salesforce does not know this kind of record, or hides it from the user. Ask the administrator.",
    "FIELD_INTEGRITY_EXCEPTION": "Salesforce does not accept a value in {fields}: {message}",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "The value is not in the picklist of {fields}. Add it to the picklist, "
    "or choose another value.",
    "STANDARD_PRICE_NOT_DEFINED": "The product has no standard price in Salesforce. Create a standard price first.",
    "STORAGE_LIMIT_EXCEEDED": "The storage of this Salesforce org is full. Ask the administrator to free some.",
    "ENTITY_IS_DELETED": "The record has been deleted in Salesforce. Restore it, or delete its counterpart too.",
    "NOT_FOUND": "The record does not exist in Salesforce, or the user may not see it.",
    "ENTITY_IS_LOCKED": "The record is locked in Salesforce, for example by an approval. Unlock it.",
    "MALFORMED_ID": "The stored Salesforce id is not valid. Tell whoever runs the service.",
    "UNABLE_TO_LOCK_ROW": "Somebody else is changing the record in Salesforce at this moment; we try again by "
    "ourselves.",
    "INACTIVE_OWNER_OR_USER": "The owner of the record is not active in Salesforce. Choose an active owner.",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": "The user named in the record is of a type that cannot own it. Choose "
    "another user.",
    "NUMBER_OUTSIDE_VALID_RANGE": "The number in {fields} is too large for Salesforce. Correct it.",
    "INVALID_EMAIL_ADDRESS": "The email address in {fields} is not valid. Correct it.",
    "INVALID_REPLICATION_DATE": "Salesforce no longer keeps its list of deletions for that time. We compare all "
    "records instead.",
    "INVALID_QUERY_LOCATOR": "Salesforce has forgotten the rest of a result that was read in part. We read it again.",
}
"""Sentences for records and requests; {fields} are field names, {message} is Salesforce's own text."""

RETRY_CODES = frozenset(
    {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "REQUEST_RUNNING_TOO_LONG"}
    | {"UNKNOWN_EXCEPTION", "QUERY_TIMEOUT", "NOT_PROCESSED"}
)
"""Codes whose cause goes away by itself."""


def login_verdict(code: str, text: str) -> tuple[str, Verdict]:
    """Find the code and verdict of a refused login; what Salesforce says beats its code."""
    folded = text.casefold().replace("\u2019", "'")
    spoken = next((key for part, key in LOGIN_PHRASES if part in folded and code not in LOGIN), code)
    key = LOGIN_ALIASES.get(spoken, spoken)
    if key in LOGIN:
        return key, LOGIN[key]
    return key, Verdict(f"Salesforce refused the login ({key or 'no code'}). Ask the Salesforce administrator.")


def record_sentence(code: str, message: str, fields: tuple[str, ...] = ()) -> str:
    """Say what Salesforce objects to in one record or request, and what to do."""
    one_line = " ".join(_CARET_BLOCK.sub("", message).split())
    template = RECORD.get(code)
    if template is None:
        return f"Salesforce refused this: {one_line or code} ({code})."
    return template.format(fields=", ".join(fields) or "a field", message=one_line)
