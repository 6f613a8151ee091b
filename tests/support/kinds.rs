//! One layer of each kind that a city has, around one town, and edits to it: points thinned by a full tile's budget, points in
//! groups, lines that low zooms join, parcels that turn to dust, wards that share their borders.
#![allow(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "small numbers")]

use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FieldType, Layer, LayerId, Value};
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::features::id;

/// The middle of the town, away from the edges of its tile of zoom 13.
pub const TOWN: [f64; 2] = [105.666, 18.662];

/// A kind of layer and how its features are made.
#[derive(Clone)]
pub struct Kind {
    pub layer: Arc<Layer>,
    /// How many features there can be.
    pub numbers: u64,
    /// Whether edits remove features. Those that fill a tile to its budget are only moved: as many are there after any edit.
    pub removes: bool,
    place: fn(&mut ChaCha8Rng, u64) -> Geometry,
}

impl Kind {
    /// A feature that can have this number, everything else at random.
    pub fn feature(&self, random: &mut ChaCha8Rng, number: u64) -> Feature {
        let layer = &self.layer;
        let geometry = (self.place)(random, number);
        let properties = layer.fields.iter().map(|field| value(random, &field.name, field.field_type)).collect();
        Feature { layer: layer.id.clone(), id: id(layer, number), geometry, properties }
    }

    /// Every feature that there can be.
    pub fn all(&self, random: &mut ChaCha8Rng) -> Vec<Feature> {
        (0..self.numbers).map(|number| self.feature(random, number)).collect()
    }

    /// Some puts and removals.
    pub fn changes(&self, random: &mut ChaCha8Rng) -> Vec<Change> {
        let change = |random: &mut ChaCha8Rng| {
            let number = random.random_range(0..self.numbers);
            let feature = self.feature(random, number);
            if self.removes && random.random_bool(0.3) {
                return Change::Remove { layer: feature.layer, id: feature.id };
            }
            Change::Put(feature)
        };
        (0..random.random_range(1..5)).map(|_| change(random)).collect()
    }
}

fn value(random: &mut ChaCha8Rng, name: &str, field_type: FieldType) -> Option<Value> {
    let one_of = |random: &mut ChaCha8Rng, codes: &[&str]| codes[random.random_range(0..codes.len())].to_owned();
    match (field_type, name) {
        (FieldType::Integer, _) => random.random_bool(0.9).then(|| Value::Integer(random.random_range(-5..500))),
        (FieldType::Real, _) => Some(Value::Real(f64::from(random.random_range(0..90_000)) / 100.0)),
        (_, "class") => Some(Value::Text(one_of(random, &["main", "main", "side", "lane"]))),
        _ => Some(Value::Text(one_of(random, &["a", "b"]))),
    }
}

fn near(random: &mut ChaCha8Rng, reach: f64) -> Coord<f64> {
    // The sum of three draws is near the middle more often than not.
    let mut axis = |middle: f64| middle + (0..3).map(|_| random.random_range(-reach..reach)).sum::<f64>() / 3.0;
    Coord { x: axis(TOWN[0]), y: axis(TOWN[1]) }
}

fn lamp(random: &mut ChaCha8Rng, _: u64) -> Geometry {
    Geometry::Point(Point(near(random, 0.012)))
}

fn car_park(random: &mut ChaCha8Rng, _: u64) -> Geometry {
    let reach = if random.random_bool(0.5) { 0.01 } else { 1.0 };
    Geometry::Point(Point(near(random, reach)))
}

/// One side of a square of a grid of 16 x 16, all corners shared.
fn street(random: &mut ChaCha8Rng, _: u64) -> Geometry {
    let corner = |[column, row]: [i32; 2]| Coord {
        x: TOWN[0] + f64::from(column - 8) * 0.004 + f64::from((column * 5 + row * 7) % 11) * 0.000_2,
        y: TOWN[1] + f64::from(row - 8) * 0.004 + f64::from((column * 3 + row * 4) % 11) * 0.000_2,
    };
    let start = [random.random_range(0..16), random.random_range(0..16)];
    let along = usize::from(random.random::<bool>());
    let mut end = start;
    end[along] += 1;
    Geometry::Lines(MultiLineString(vec![LineString(vec![corner(start), corner(end)])]))
}

fn parcel(random: &mut ChaCha8Rng, number: u64) -> Geometry {
    cell(random, number, 20, 2, 0.000_3)
}

fn ward(random: &mut ChaCha8Rng, number: u64) -> Geometry {
    cell(random, number, 6, 24, 0.03)
}

/// A cell of a coverage of `cells` x `cells`, laid like bricks, so that borders part in the middle of a side; a side has `steps`
/// wiggles. In one case of four the cell has a border of its own.
fn cell(random: &mut ChaCha8Rng, number: u64, cells: i64, steps: i64, side: f64) -> Geometry {
    let own = if random.random_bool(0.25) { random.random_range(1..4_i64) } else { 0 };
    let vertex = |column: i64, row: i64| {
        let seed = (own * 1_000_003 + column) * 1_000_003 + row;
        let mut random = ChaCha8Rng::seed_from_u64(seed.unsigned_abs());
        let mut at = |middle: f64, at: i64| {
            middle + (((at as f64) + random.random_range(-0.4..0.4)) / steps as f64 - cells as f64 / 2.0) * side
        };
        Coord { x: at(TOWN[0], column), y: at(TOWN[1], row) }
    };
    let (column, row) = (number as i64 % cells, number as i64 / cells);
    let (left, low) = (column * steps + row % 2 * steps / 2, row * steps);
    let out = (0..steps).map(|i| vertex(left + i, low)).chain((0..steps).map(|i| vertex(left + steps, low + i)));
    let back = (0..steps).map(|i| vertex(left + steps - i, low + steps));
    let back = back.chain((0..steps).map(|i| vertex(left, low + steps - i)));
    let mut ring: LineString<f64> = out.chain(back).collect();
    ring.close();
    Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())]))
}

/// A catalogue of one layer of each kind.
pub fn catalog() -> Catalog {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("layers")).expect("the folder takes a folder");
    let lamps: Vec<(String, &str)> = (0..9).map(|number| (format!("note_{number}"), "text")).collect();
    let lamps: Vec<(&str, &str)> = lamps.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    let layers = [
        ("lamps", "point", lamps, "[thinning]\nbase_zoom = 13\nrate = 2.0"),
        ("parking", "point", vec![("capacity", "integer"), ("price", "real")], GROUPS),
        ("streets", "line", vec![("class", "text"), ("name", "text")], STREETS),
        ("parcels", "polygon", vec![("code", "text")], "[thinning]\nbase_zoom = 10\nrate = 1.5"),
        ("wards", "polygon", vec![("name", "text")], ""),
    ];
    for (name, geometry, fields, more) in layers {
        let title = |text: &str| format!("{{ vi = \"{text}\", en = \"{text}\" }}");
        let heads: String = ["title", "description", "agency"].map(|key| format!("{key} = {}\n", title(name))).concat();
        let sources: String = ["source", "licence", "attribution"].map(|key| format!("{key} = \"-\"\n")).concat();
        let field = |(name, kind): (&str, &str)| {
            format!("[[field]]\nname = \"{name}\"\ntype = \"{kind}\"\ntitle = {}\n", title(name))
        };
        let fields: String = fields.into_iter().map(field).collect();
        let text = format!(
            "id = \"{name}\"\n{heads}{sources}geometry = \"{geometry}\"\nzoom = [0, 17]\n\
             [id_field]\nname = \"number\"\ntitle = {}\n{fields}{more}\n\
             [style]\ncolor = \"#336699\"\norder = 1\ngroup = \"boundaries\"\n",
            title("number")
        );
        let path = folder.path().join("layers").join(format!("{name}.toml"));
        std::fs::write(path, text).expect("the folder takes a file");
    }
    Catalog::read(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

const GROUPS: &str = "[cluster]\nmax_zoom = 12\ncell = 64\nsum = [\"capacity\", \"price\"]";
const STREETS: &str = "[thinning]\nbase_zoom = 14\nrate = 1.5\nmerge = [\"class\", \"name\"]\n\
                       [thinning.by]\nfield = \"class\"\n[thinning.by.zooms]\nmain = 0\nside = 11";

/// The kinds of a [`catalog`], in alphabetical order. `lamps` fill a tile beyond its budget.
pub fn kinds(catalog: &Catalog) -> [Kind; 5] {
    let kind = |name: &str, numbers: u64, removes: bool, place: fn(&mut ChaCha8Rng, u64) -> Geometry| {
        let id = LayerId::new(name).expect("a layer id");
        Kind { layer: Arc::clone(catalog.layer(&id).expect("in the catalogue")), numbers, removes, place }
    };
    [
        kind("lamps", 24_000, false, lamp),
        kind("parcels", 400, true, parcel),
        kind("parking", 500, true, car_park),
        kind("streets", 300, true, street),
        kind("wards", 36, true, ward),
    ]
}
