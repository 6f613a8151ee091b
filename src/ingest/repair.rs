//! A geometry as it stands in a file -> one that the rest may trust: taken as it is, mended, or refused.
//!
//! What is valid is kept to the bit, repeated neighbouring places included (OGC allows them). A line or ring that jumps
//! more than 180 degrees between neighbours is taken as given, across the map and not over the antimeridian: RFC 7946
//! section 3.1.9 has such features cut in two, and whoever did not cut them may have meant either.

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use super::mend::{area, made_valid};
use super::report::{Fault, Reason};
use super::source::RawGeometry;
use super::validity::{Rings, invalid};
use crate::crs::Transform;
use crate::geo::ring::doubled_area;
use crate::geo::{BBox, Geometry, GeometryKind};

/// Largest change of area that mending may bring.
const AREA_CHANGE: f64 = 0.001;

/// How near to 0, 0 counts as there, degrees.
const NULL_ISLAND: f64 = 1e-9;

/// Degrees by which a projected place may miss the edge of the world: rounding.
const ROUNDING: f64 = 1e-9;

/// A geometry that may go in, and what was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Lon/lat, valid.
    pub geometry: Geometry,
    /// What was mended, with what was done; each reason at most once.
    pub repairs: Vec<Fault>,
}

/// What geometries of a file are judged by.
pub struct Judge<'a> {
    /// What the layer holds.
    pub kind: GeometryKind,
    /// From the file's coordinates to lon/lat.
    pub transform: &'a Transform,
    /// The name of the file's system, for messages.
    pub crs: String,
    /// Where features can be.
    pub extent: Option<BBox>,
    /// Whose limit that is, for messages: `the layer's extent`.
    pub limit: &'static str,
}

impl Judge<'_> {
    /// Judges the shape: everything but whether it lies in the extent.
    pub fn shape(&self, raw: Option<RawGeometry>) -> Result<Sound, Fault> {
        let raw = raw.ok_or_else(|| Fault::new(Reason::EmptyGeometry, "it has no geometry"))?;
        let mut repairs = Vec::new();
        let geometry = match (self.kind, raw) {
            (GeometryKind::Point, RawGeometry::Point(place)) => self.point(place)?,
            (GeometryKind::Point, RawGeometry::MultiPoint(places)) if !places.is_empty() => {
                repairs.extend(first_kept(&places));
                self.point(places[0])?
            }
            (GeometryKind::Line, RawGeometry::Lines(lines)) => self.lines(lines, &mut repairs)?,
            (GeometryKind::Polygon, RawGeometry::Polygons(polygons)) => self.polygons(polygons, &mut repairs)?,
            (_, RawGeometry::MultiPoint(places)) if places.is_empty() => return Err(empty()),
            (_, RawGeometry::Lines(lines)) if lines.iter().all(Vec::is_empty) => return Err(empty()),
            (_, RawGeometry::Polygons(polygons)) if polygons.iter().flatten().all(Vec::is_empty) => return Err(empty()),
            (kind, raw) => {
                let message = format!("it is a {}, and the layer holds {kind}s", name(&raw));
                return Err(Fault::new(Reason::WrongGeometryKind, message));
            }
        };
        Ok(Sound { geometry, repairs })
    }

    fn point(&self, raw: [f64; 2]) -> Result<Geometry, Fault> {
        let mut places = [raw];
        self.to_lon_lat(&mut [&mut places])?;
        Ok(Geometry::Point(Point::new(places[0][0], places[0][1])))
    }

    fn lines(&self, mut lines: Vec<Vec<[f64; 2]>>, repairs: &mut Vec<Fault>) -> Result<Geometry, Fault> {
        self.to_lon_lat(&mut lines)?;
        let given = lines.len();
        lines.retain(|line| without_repeats(line).len() > 1);
        if lines.is_empty() {
            return Err(Fault::new(Reason::DegeneratePart, "a line needs two different places, and no part has them"));
        }
        dropped(given - lines.len(), "fewer than two different places", repairs);
        Ok(Geometry::Lines(MultiLineString(lines.into_iter().map(line_string).collect())))
    }

    fn polygons(&self, mut polygons: Vec<Rings>, repairs: &mut Vec<Fault>) -> Result<Geometry, Fault> {
        let mut rings: Vec<_> = polygons.iter_mut().flatten().collect();
        self.to_lon_lat(&mut rings)?;
        drop_small_rings(&mut polygons, repairs)?;
        close(&mut polygons, repairs);
        let bare: Vec<Rings> =
            polygons.iter().map(|rings| rings.iter().map(|ring| without_repeats(ring)).collect()).collect();
        if let Some(found) = invalid(&bare) {
            let at = format!("{} at {}", found.what, shown(found.place));
            if found.undecided {
                return Err(Fault::new(
                    Reason::SelfIntersection,
                    format!("{at}: simplify it or cut it into several features"),
                ));
            }
            polygons = mended(&bare, &at, repairs)?;
            close(&mut polygons, &mut Vec::new());
        }
        wind(&mut polygons, repairs);
        Ok(Geometry::Polygons(MultiPolygon(polygons.into_iter().filter_map(polygon).collect())))
    }

    /// Takes every place to lon/lat. The first that cannot be refuses the feature.
    fn to_lon_lat<P: AsRef<[[f64; 2]]> + AsMut<[[f64; 2]]>>(&self, parts: &mut [P]) -> Result<(), Fault> {
        check_raw(parts.iter().flat_map(AsRef::as_ref))?;
        let mut elsewhere = false;
        for place in parts.iter_mut().flat_map(AsMut::as_mut) {
            let found = self.transform.lon_lat(*place).map(rounded).filter(|&found| BBox::WORLD.contains(found));
            *place = found.ok_or_else(|| self.beyond(*place))?;
            elsewhere |= place.iter().any(|degrees| degrees.abs() > NULL_ISLAND);
        }
        if elsewhere { Ok(()) } else { Err(null_island()) }
    }

    /// Why a place is none: exchanged axes, or simply beyond.
    fn beyond(&self, raw: [f64; 2]) -> Fault {
        let exchanged = self.transform.lon_lat([raw[1], raw[0]]).filter(|&place| BBox::WORLD.contains(place));
        match exchanged.filter(|&place| self.extent.is_none_or(|extent| extent.contains(place))) {
            Some(place) => self.swapped(raw, place),
            None => Fault::new(
                Reason::OutOfWorld,
                format!(
                    "{}, {} is no place of {}: longitude runs from -180 to 180 and latitude from -90 to 90; check --crs",
                    raw[0], raw[1], self.crs
                ),
            ),
        }
    }

    fn swapped(&self, given: [f64; 2], exchanged: [f64; 2]) -> Fault {
        let message = format!(
            "{}, {} fits only with exchanged axes, at {}: {} is written east first, north second",
            given[0],
            given[1],
            shown(exchanged),
            self.crs
        );
        Fault::new(Reason::SwappedAxes, message)
    }

    /// Refuses what is not wholly inside the layer's extent. `raw` is the file's own first place.
    pub fn place(&self, geometry: &Geometry, raw: [f64; 2]) -> Result<(), Fault> {
        let Some(extent) = self.extent else { return Ok(()) };
        let Some(outside) = geometry.coords().find(|&place| !extent.contains(place)) else { return Ok(()) };
        let exchanged = self.transform.lon_lat([raw[1], raw[0]]).filter(|&place| extent.contains(place));
        let all = || geometry.coords().all(|[lon, lat]| !self.transform.is_identity() || extent.contains([lat, lon]));
        match exchanged {
            Some(place) if all() => Err(self.swapped(raw, place)),
            _ => {
                let [west, south, east, north] = extent.to_array();
                let message = format!(
                    "{} lies outside {}, {west} to {east} east and {south} to {north} north; check --crs, or widen `extent` \
                     in the layer's file",
                    shown(outside),
                    self.limit
                );
                Err(Fault::new(Reason::OutsideExtent, message))
            }
        }
    }
}

/// What can be told from coordinates before they are transformed.
fn check_raw<'p>(places: impl Iterator<Item = &'p [f64; 2]>) -> Result<(), Fault> {
    let (mut any, mut all_zero) = (false, true);
    for &[x, y] in places {
        if !x.is_finite() || !y.is_finite() {
            let message = format!("a coordinate is {x}, {y}: NaN and infinity are no place");
            return Err(Fault::new(Reason::NotFinite, message));
        }
        any = true;
        all_zero &= [x, y] == [0.0, 0.0];
    }
    match (any, all_zero) {
        (false, _) => Err(empty()),
        (true, true) => Err(null_island()),
        (true, false) => Ok(()),
    }
}

fn empty() -> Fault {
    Fault::new(Reason::EmptyGeometry, "its geometry has no places")
}

fn null_island() -> Fault {
    Fault::new(
        Reason::NullIsland,
        "it lies at 0, 0, off Africa: the mark of an address that was not found; give it a place or leave it out",
    )
}

/// Lon and lat to the metre, for messages.
fn shown([lon, lat]: [f64; 2]) -> String {
    format!("{lon:.5}, {lat:.5}")
}

/// A feature of a layer of points has one place. Files of multi-points have nearly always one each; where there are more, the
/// first is the one that people mean, and the others are named so that nobody loses them unawares.
fn first_kept(places: &[[f64; 2]]) -> Option<Fault> {
    let others: Vec<String> = places[1..].iter().map(|[x, y]| format!("{x}, {y}")).collect();
    let message = || {
        let count = places.len();
        format!("it is a multi-point of {count} places; the first is kept, left out: {}", others.join("; "))
    };
    (!others.is_empty()).then(|| Fault::new(Reason::WrongGeometryKind, message()))
}

fn name(raw: &RawGeometry) -> String {
    match raw {
        RawGeometry::Point(_) => "point".into(),
        RawGeometry::MultiPoint(places) => format!("multi-point of {} places", places.len()),
        RawGeometry::Lines(_) => "line".into(),
        RawGeometry::Polygons(_) => "polygon".into(),
        RawGeometry::Other(name) => name.clone(),
    }
}

/// Back on the edge of the world, when rounding in a projection carried it over.
fn rounded(place: [f64; 2]) -> [f64; 2] {
    let clamp = |degrees: f64, limit: f64| {
        if degrees.abs() <= limit + ROUNDING { degrees.clamp(-limit, limit) } else { degrees }
    };
    [clamp(place[0], 180.0), clamp(place[1], 90.0)]
}

fn dropped(parts: usize, why: &str, repairs: &mut Vec<Fault>) {
    if parts > 0 {
        repairs.push(Fault::new(Reason::DegeneratePart, format!("parts left out, with {why}: {parts}")));
    }
}

/// Without equal neighbours and without the closing place.
fn without_repeats(ring: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut bare = ring.to_vec();
    bare.dedup();
    while bare.len() > 1 && bare.first() == bare.last() {
        bare.pop();
    }
    bare
}

/// Leaves out rings of fewer than three different places; with an exterior ring its holes go too.
fn drop_small_rings(polygons: &mut Vec<Rings>, repairs: &mut Vec<Fault>) -> Result<(), Fault> {
    let count = |polygons: &[Rings]| polygons.iter().map(Vec::len).sum::<usize>();
    let given = count(polygons);
    let small = |ring: &[[f64; 2]]| without_repeats(ring).len() < 3;
    polygons.retain(|rings| rings.first().is_some_and(|exterior| !small(exterior)));
    for rings in polygons.iter_mut() {
        rings.retain(|ring| !small(ring));
    }
    if polygons.is_empty() {
        return Err(Fault::new(
            Reason::DegeneratePart,
            "a ring needs three different places, and no exterior ring has them",
        ));
    }
    dropped(given - count(polygons), "fewer than three different places", repairs);
    Ok(())
}

fn close(polygons: &mut [Rings], repairs: &mut Vec<Fault>) {
    let (mut closed, total) = (0, polygons.iter().map(Vec::len).sum::<usize>());
    for ring in polygons.iter_mut().flatten().filter(|ring| ring.first() != ring.last()) {
        ring.push(ring[0]);
        closed += 1;
    }
    if closed > 0 {
        repairs.push(Fault::new(Reason::RingNotClosed, format!("{closed} of {total} rings were closed")));
    }
}

/// Exterior rings counter-clockwise, holes clockwise.
fn wind(polygons: &mut [Rings], repairs: &mut Vec<Fault>) {
    let mut turned = 0;
    let total: usize = polygons.iter().map(Vec::len).sum();
    for rings in polygons.iter_mut() {
        for (number, ring) in rings.iter_mut().enumerate() {
            if (doubled_area(ring) > 0.0) != (number == 0) {
                ring.reverse();
                turned += 1;
            }
        }
    }
    if turned > 0 {
        repairs.push(Fault::new(Reason::WrongWinding, format!("{turned} of {total} rings were turned round")));
    }
}

/// Valid polygons in the place of invalid ones, when that changes little.
fn mended(given: &[Rings], at: &str, repairs: &mut Vec<Fault>) -> Result<Vec<Rings>, Fault> {
    let refuse = |why: String| Fault::new(Reason::SelfIntersection, format!("{at}; {why}: mend it where it was drawn"));
    let mended = made_valid(given).map_err(|why| refuse(why.to_string()))?;
    let (before, after) = (area(given), area(&mended));
    let change = (after - before).abs() / before;
    // A NaN, of no area at all, is refused too.
    if change < AREA_CHANGE {
        let message = format!("{at}; made valid, which changes the area by {:.5} %", change * 100.0);
        repairs.push(Fault::new(Reason::SelfIntersection, message));
        return Ok(mended);
    }
    if before == 0.0 {
        return Err(refuse("what it encloses cancels out".to_owned()));
    }
    Err(refuse(format!(
        "making it valid changes the area from {before:.0} m² to {after:.0} m², by {:.2} % where 0.1 % is allowed",
        change * 100.0
    )))
}

fn polygon(rings: Rings) -> Option<Polygon<f64>> {
    let mut rings = rings.into_iter().map(line_string);
    Some(Polygon::new(rings.next()?, rings.collect()))
}

fn line_string(places: Vec<[f64; 2]>) -> LineString<f64> {
    places.into_iter().map(|[x, y]| Coord { x, y }).collect()
}
