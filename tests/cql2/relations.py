"""Relates pairs of geometries by GEOS: reads `row<TAB>literal` in well-known text, a pair a line, and writes a line a pair: the
answers of Contains, Crosses, Disjoint, Equals, Intersects, Overlaps, Touches and Within as 0 or 1, or `invalid`."""

import sys

from osgeo import gdal, ogr

ogr.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")  # what is invalid is meant to be

for line in sys.stdin:
    row, literal = (ogr.CreateGeometryFromWkt(text) for text in line.rstrip("\n").split("\t"))
    if not (row.IsValid() and literal.IsValid()):
        print("invalid")
        continue
    # OGR's own Equals asks whether both are written alike.
    equal = row.Within(literal) and literal.Within(row)
    names = ["Contains", "Crosses", "Disjoint", "Equals", "Intersects", "Overlaps", "Touches", "Within"]
    print("".join(str(int(equal if name == "Equals" else getattr(row, name)(literal))) for name in names))
