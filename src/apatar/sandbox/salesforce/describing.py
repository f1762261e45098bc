"""What the org says about its objects: global describe, and the describe of one object."""

from apatar.sandbox.salesforce.children import child_relationship
from apatar.sandbox.salesforce.errors import JsonObject
from apatar.sandbox.salesforce.schema import NUMERIC, TEXTUAL, Field, Schema, SObject

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
_NEVER = dict.fromkeys(
    ("aiPredictionField", "dependentPicklist", "deprecatedAndHidden", "displayLocationInDecimal", "encrypted",
     "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted", "namePointing", "restrictedDelete",
     "searchPrefilterable", "writeRequiresMasterRead", "calculated"),
    False,
)  # fmt: skip
_NOTHING = dict.fromkeys(
    ("calculatedFormula", "controllerName", "defaultValueFormula", "extraTypeInfo", "filteredLookupInfo",
     "inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipOrder"),
)  # fmt: skip


def describe_global(schema: Schema, version: str) -> JsonObject:
    objects = [_summary(one, version) for one in sorted(schema.values(), key=lambda one: one.name)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}


def basic(sobject: SObject, version: str) -> JsonObject:
    """Return what GET of an object's own address answers."""
    return {"objectDescribe": _summary(sobject, version), "recentItems": []}


def describe(sobject: SObject, schema: Schema, version: str) -> JsonObject:
    """Return an object's describe; fields that the asker may not see are already left out of it."""
    children = [
        _child(other, one)
        for other in schema.values()
        for one in other.fields.values()
        if sobject.name in one.references
    ]
    return {
        "actionOverrides": [],
        "childRelationships": children,
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(one) for one in sobject.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_master(sobject, version)],
        "searchLayoutable": True,
        "supportedScopes": [{"label": f"All {sobject.plural.lower()}", "name": "everything"}],
        **_summary(sobject, version),
    }


def _summary(sobject: SObject, version: str) -> JsonObject:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    on = sobject.createable
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": on,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label or _LABELS.get(sobject.name, sobject.name),
        "labelPlural": sobject.plural,
        "layoutable": on,
        "mergeable": sobject.name in ("Account", "Contact"),
        "mruEnabled": on,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.recycles,
        "retrieveable": True,
        "searchable": on,
        "triggerable": on,
        "undeletable": sobject.deletable and sobject.recycles and sobject.name != "PricebookEntry",
        "updateable": sobject.updateable,
        "urls": {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base},
    }


_LABELS = {
    "Product2": "Product",
    "Pricebook2": "Price Book",
    "PricebookEntry": "Price Book Entry",
    "OpportunityLineItem": "Opportunity Product",
    "OrderItem": "Order Product",
    "QuoteLineItem": "Quote Line Item",
    "RecordType": "Record Type",
}


def _field(one: Field) -> JsonObject:
    text = one.type in TEXTUAL
    return {
        **_NEVER,
        **_NOTHING,
        "aggregatable": one.filterable and one.type != "boolean",
        "autoNumber": one.auto_number,
        "byteLength": 18 if one.type in ("id", "reference") else one.length * 3,
        "cascadeDelete": one.cascade,
        "caseSensitive": one.case_sensitive,
        "compoundFieldName": one.compound or None,
        "createable": one.createable,
        "custom": one.custom,
        "defaultValue": one.default == "true" if one.type == "boolean" else one.default if one.picks else None,
        "defaultedOnCreate": one.defaulted,
        "digits": 10 if one.type == "int" else 0,
        "externalId": one.external_id,
        "filterable": one.filterable,
        "groupable": one.filterable and one.type not in NUMERIC and one.type != "datetime",
        "idLookup": one.id_lookup,
        "label": one.label,
        "length": one.length,
        "name": one.name,
        "nameField": one.name_field,
        "nillable": one.nillable,
        "permissionable": one.permissionable,
        "picklistValues": [_pick(value, chosen=value == one.default) for value in one.picks],
        "polymorphicForeignKey": len(one.references) > 1,
        "precision": one.precision,
        "queryByDistance": one.type == "address",
        "referenceTo": list(one.references),
        "relationshipName": one.relationship or None,
        "restrictedPicklist": one.restricted,
        "scale": one.scale,
        "soapType": "xsd:string" if text else _SOAP_TYPES.get(one.type, "xsd:double"),
        "sortable": one.filterable,
        "type": one.type,
        "unique": one.unique,
        "updateable": one.updateable,
    }


def _pick(value: str, *, chosen: bool) -> JsonObject:
    return {"active": True, "defaultValue": chosen, "label": value, "validFor": None, "value": value}


def _child(other: SObject, one: Field) -> JsonObject:
    return {
        "cascadeDelete": one.cascade,
        "childSObject": other.name,
        "deprecatedAndHidden": False,
        "field": one.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child_relationship(other, one),
        "restrictedDelete": False,
    }


def _master(sobject: SObject, version: str) -> JsonObject:
    layout = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts/012000000000000AAA"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
        "urls": {"layout": layout},
    }
