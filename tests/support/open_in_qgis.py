"""Opens every layer of a GeoPackage in QGIS, reads every feature, edits one, and tells what QGIS said.

Prints a line a layer: name, features read, invalid geometries, EPSG code; then every message of QGIS's own log. With a
third argument NAME=VALUE it writes VALUE into the field NAME of the first feature of the layer of the second argument.
"""

import os
import sqlite3
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import QgsApplication, QgsVectorLayer  # noqa: E402

application = QgsApplication([], False)
application.initQgis()
messages = []


def heard(message, tag, level):
    messages.append(f"message {tag} {int(level)} {message}")


log = application.messageLog()
log.messageReceived.connect(heard)

path = sys.argv[1]
with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
    tables = [row[0] for row in file.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY 1")]
file.close()

for table in tables:
    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
    if not layer.isValid():
        print(f"layer {table} does not open")
        continue
    read = invalid = 0
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        read += 1
        invalid += not geometry.isGeosValid()
    print(f"layer {table} {read} {invalid} {layer.crs().authid()}")
    if len(sys.argv) > 3 and table == sys.argv[2]:
        name, value = sys.argv[3].split("=", 1)
        first = next(layer.getFeatures())
        layer.startEditing()
        layer.changeAttributeValue(first.id(), layer.fields().indexOf(name), value)
        print("edited" if layer.commitChanges() else f"not edited: {layer.commitErrors()}")

print("\n".join(messages))
sys.stdout.flush()
# QGIS's own teardown is not what is looked at.
os._exit(0)
