"""OWSLib against a running service: python owslib_edits.py URL"""

import json
import sys

from owslib.ogcapi.features import Features

url = sys.argv[1]
client = Features(url)

assert client.links, "the landing page has links"
conformance = client.conformance()["conformsTo"]
assert any(name.endswith("ogcapi-features-1/1.0/conf/core") for name in conformance), conformance
assert client.api()["openapi"].startswith("3.0"), "an API definition"

names = client.feature_collections()
assert {"wards", "roads", "street_lights", "land_use"} <= set(names), names
read = 0
for name in names:
    collection = client.collection(name)
    assert collection["id"] == name
    assert client.collection_queryables(name)["type"] == "object"
    page = client.collection_items(name, limit=7)
    assert page["numberReturned"] == len(page["features"]) <= 7, name
    assert page["numberMatched"] == collection["itemCount"], name
    for feature in page["features"]:
        one = client.collection_item(name, feature["id"])
        assert one["properties"] == feature["properties"] and one["geometry"] == feature["geometry"], feature["id"]
        read += 1

inside = client.collection_items("wards", bbox=[105.6, 18.6, 105.7, 18.7], limit=100)
assert 0 < inside["numberMatched"] < client.collection("wards")["itemCount"], inside["numberMatched"]

made = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [105.68, 18.67]},
        "properties": {"id": "OWS-1", "name": "OWSLib", "kind": "traffic"}}
assert client.collection_item_create("cameras", made), "a feature is made"
assert client.collection_item("cameras", "OWS-1")["properties"]["name"] == "OWSLib"

etag = client.response_headers["ETag"]

# OWSLib sends no If-Match by itself, and nothing may be overwritten unseen.
changed = json.dumps({**made, "properties": {**made["properties"], "name": "OWSLib 2"}})
try:
    client.collection_item_update("cameras", "OWS-1", changed)
    raise AssertionError("an update without If-Match was taken")
except RuntimeError as error:
    assert "If-Match" in str(error), error
client.headers["If-Match"] = etag
assert client.collection_item_update("cameras", "OWS-1", changed), "a feature is replaced"
assert client.collection_item("cameras", "OWS-1")["properties"]["name"] == "OWSLib 2"
client.headers["If-Match"] = "*"
assert client.collection_item_delete("cameras", "OWS-1"), "a feature is removed"
del client.headers["If-Match"]
try:
    client.collection_item("cameras", "OWS-1")
    raise AssertionError("it is still there")
except RuntimeError as error:
    assert "OWS-1" in str(error), error
print(f"OWSLib: {len(names)} collections, {read} features read one by one, one made, changed and removed")
