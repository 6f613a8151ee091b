"""QGIS's own provider of OGC API - Features, without a window: python3 qgis_reads.py URL"""

import json
import os
import sys
import urllib.request

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)

url = sys.argv[1]


def told(path):
    with urllib.request.urlopen(f"{url}{path}") as answer:
        return json.load(answer)


application = QgsApplication([], False)
application.initQgis()
said = []
QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: said.append((tag, text)) if level > 0 else None)


def opened(name, more=""):
    layer = QgsVectorLayer(f"url='{url}/' typename='{name}' pagingEnabled='true' maxNumFeatures='' {more}", name, "OAPIF")
    assert layer.isValid(), f"{name}: {layer.error().summary()} {said}"
    return layer


read = 0
for collection in told("/collections")["collections"]:
    name, count = collection["id"], collection["itemCount"]
    if count == 0:
        continue
    layer = opened(name)
    assert layer.crs().authid() in ("OGC:CRS84", "EPSG:4326"), layer.crs().authid()
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    extent = layer.extent()
    assert abs(extent.xMinimum() - west) < 1e-6 and abs(extent.yMaximum() - north) < 1e-6, f"{name}: {extent.toString()}"
    if count > 5000:
        continue
    features = list(layer.getFeatures())
    assert len(features) == count, f"{name}: {len(features)} of {count}"
    assert all(feature.hasGeometry() for feature in features), name
    read += len(features)

box = (105.6, 18.6, 105.75, 18.75)
wards = opened("wards")
within = [feature for feature in wards.getFeatures(QgsFeatureRequest().setFilterRect(QgsRectangle(*box)))]
expected = told(f"/collections/wards/items?limit=1000&bbox={','.join(map(str, box))}")["features"]
inside = {feature["id"] for feature in expected}
assert inside <= {feature["code"] for feature in within}, "what meets the box comes"
assert len(within) < wards.featureCount(), "not everything comes"

# On the plane of VN-2000, as a planner sees it: QGIS's own transformation beside ours.
zone = QgsCoordinateReferenceSystem("EPSG:5897")
assert zone.isValid(), "QGIS knows the zone"
there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("OGC:CRS84"), zone, QgsProject.instance())
cameras = told("/collections/cameras/items?limit=5")["features"]
for camera in cameras:
    feature = next(opened("cameras").getFeatures(QgsFeatureRequest().setFilterExpression(f"id = '{camera['id']}'")))
    x, y = there.transform(feature.geometry().asPoint())
    ours = told(f"/collections/cameras/items/{camera['id']}?crs=http://www.opengis.net/def/crs/EPSG/0/5897")
    apart = ((x - ours["geometry"]["coordinates"][0]) ** 2 + (y - ours["geometry"]["coordinates"][1]) ** 2) ** 0.5
    assert apart < 0.01, f"{camera['id']}: {apart} m"

assert not said, said
print(f"QGIS: {read} features read, a box, {len(cameras)} places on the plane")
# QGIS takes its providers down in an order in which Python's layers crash (3.22): what had to be seen was seen.
sys.stdout.flush()
os._exit(0)
