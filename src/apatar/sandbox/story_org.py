"""The sandbox's Salesforce org, read and edited over its REST API as its own users would."""

from typing import Any

import httpx2

from apatar.sandbox.story_stage import OrgAccess

Account = dict[str, Any]
"""One Account as REST returns it: API names, null for empty."""

PLAIN = (
    "Id", "Name", "Phone", "Fax", "AccountNumber", "Description",
    "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry",
    "ShippingStreet", "ShippingCity", "ShippingState", "ShippingPostalCode", "ShippingCountry",
)  # fmt: skip


class OrgReader:
    """Logs in with the client credentials; Salesforce's newest API version is used."""

    def __init__(self, access: OrgAccess) -> None:
        self._client = httpx2.Client(base_url=access.url, trust_env=False, timeout=60)
        given = self._client.post(
            "/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": access.client_id,
                "client_secret": access.client_secret,
            },
        )
        given.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
        self._data: str = self._get("/services/data/")[-1]["url"]

    def close(self) -> None:
        self._client.close()

    def accounts(self) -> list[Account]:
        """Return every Account with the plain fields and with QuickBooks' own fields, where the org has them."""
        described = self._get(f"{self._data}/sobjects/Account/describe")["fields"]
        ours = [field["name"] for field in described if field["name"].startswith("QuickBooks_")]
        page = self._get(f"{self._data}/query", q=f"SELECT {', '.join([*PLAIN, *ours])} FROM Account")
        found: list[Account] = page["records"]
        while not page["done"]:
            page = self._get(page["nextRecordsUrl"])
            found += page["records"]
        return found

    def change(self, account_id: str, **fields: str) -> None:
        self._client.patch(f"{self._data}/sobjects/Account/{account_id}", json=fields).raise_for_status()

    def create(self, **fields: str) -> None:
        self._client.post(f"{self._data}/sobjects/Account/", json=fields).raise_for_status()

    def _get(self, address: str, **query: str) -> Any:
        response = self._client.get(address, params=query or None)
        response.raise_for_status()
        return response.json()
