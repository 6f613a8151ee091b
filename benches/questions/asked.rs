//! The questions, each as a request and as a statement, and what is compared of the answers.

use citylayers::model::Rows;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio_postgres::{Client, Row};

use crate::measure::SEED;

/// How often each question is asked, about another place each time.
const TIMES: usize = 200;

/// The same for those that look at every feature.
const SELDOM: usize = 30;

/// A question to both.
pub struct Asked {
    /// The bytes of a request.
    pub request: Vec<u8>,
    /// A statement whose one row is an answer, how many features it tells, and a number that both must come to.
    pub statement: String,
    /// Where the service's answer tells that number.
    told: Told,
}

/// A number of an answer that must be PostGIS's, too.
enum Told {
    /// The features of the page: both end it at 10,000.
    Page,
    /// `numberMatched`, which goes beyond the page.
    Matched,
    /// The metres of the features together.
    Distances,
    /// The square metres of the pieces together.
    Pieces,
}

/// What is compared.
#[derive(Debug)]
pub struct Answered {
    pub features: usize,
    /// Metres, square metres, or a count.
    sum: f64,
}

impl Answered {
    pub fn of_service(asked: &Asked, text: &str) -> Self {
        let answer: Value = serde_json::from_str(text).expect("JSON");
        let features = answer["features"].as_array().expect("features");
        let distance = |feature: &Value| feature["distance"].as_f64().expect("metres");
        let sum = match asked.told {
            Told::Page => features.len() as f64,
            Told::Matched => answer["numberMatched"].as_f64().expect("a count"),
            Told::Distances => features.iter().map(distance).sum(),
            Told::Pieces => answer["total"].as_f64().expect("square metres"),
        };
        Self { features: features.len(), sum }
    }

    pub fn of_postgis(row: &Row) -> Self {
        Self { features: usize::try_from(row.get::<_, i64>(1)).expect("a count"), sum: row.get(2) }
    }

    /// To a millionth: distances come rounded to the millimetre.
    pub fn agrees(&self, other: &Self, name: &str, statement: &str) {
        let close = (self.sum - other.sum).abs() <= 1e-6 * other.sum.abs() + 0.01;
        assert!(self.features == other.features && close, "{name}: {self:?}, PostGIS {other:?}: {statement}");
    }
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n").into_bytes()
}

/// A statement around another whose rows are features: a `FeatureCollection` as text.
fn collected(features: &str, sum: &str) -> String {
    format!(
        "SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(ST_AsGeoJSON(f.*)::json), '[]'))::text, \
         count(*), {sum} FROM ({features}) f"
    )
}

/// Every question with its name.
pub async fn questions(client: &Client, lamps: &Rows, plots: &Rows) -> Vec<(&'static str, Vec<Asked>)> {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut table = Vec::new();
    for (name, count, times) in
        [("box of 10", 10, TIMES), ("box of 1,000", 1_000, TIMES), ("box of 10,000", 10_000, SELDOM)]
    {
        let mut asked = Vec::new();
        while asked.len() < times {
            asked.push(boxed(client, middle(lamps, &mut dice), count).await);
        }
        table.push((name, asked));
    }
    table.push(("nearest 10", (0..TIMES).map(|_| nearest(beside(lamps, &mut dice))).collect()));
    table.push(("at a place", (0..TIMES).map(|_| at(middle(plots, &mut dice))).collect()));
    table.push(("overlay, 1 km", (0..SELDOM).map(|_| overlay(middle(plots, &mut dice))).collect()));
    table.push(("filter, one field", (0..SELDOM).map(|_| filter("status = 'faulty'")).collect()));
    let three = "status = 'faulty' AND lamp_type = 'led' AND pole_height BETWEEN 7 AND 9";
    table.push(("filter, three fields", (0..SELDOM).map(|_| filter(three)).collect()));
    let like = |number: usize| filter(&format!("street LIKE '%{}'", 100 + number));
    table.push(("filter, end of a text", (0..SELDOM).map(like).collect()));
    table
}

fn middle(rows: &Rows, dice: &mut impl Rng) -> [f64; 2] {
    let arena = rows.arena();
    arena.lon_lat()[arena.row_vertices(dice.random_range(0..rows.len())).start]
}

/// A place near a feature.
fn beside(rows: &Rows, dice: &mut impl Rng) -> [f64; 2] {
    middle(rows, dice).map(|degrees| degrees + dice.random_range(-0.002..0.002))
}

/// The box of the `count` lamps nearest to a place, and so of some more.
async fn boxed(client: &Client, [lon, lat]: [f64; 2], count: usize) -> Asked {
    let extent = format!(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e FROM \
         (SELECT geom FROM street_lights ORDER BY geom <-> ST_Point({lon}, {lat}, 4326) LIMIT {count}) n) x"
    );
    let row = client.query_one(&extent, &[]).await.expect("a box");
    let [west, south, east, north]: [f64; 4] = [0, 1, 2, 3].map(|number| row.get(number));
    // The boxes of its index are of single floats: `&&` alone takes neighbours in.
    let area = format!("ST_MakeEnvelope({west}, {south}, {east}, {north}, 4326)");
    let wanted = format!("SELECT * FROM street_lights WHERE ST_Intersects(geom, {area})");
    let bbox = format!("{west},{south},{east},{north}");
    Asked {
        request: get(&format!("/collections/street_lights/items?limit=10000&bbox={bbox}")),
        statement: collected(&format!("{wanted} LIMIT 10000"), "count(*)::float8"),
        told: Told::Page,
    }
}

fn nearest([lon, lat]: [f64; 2]) -> Asked {
    let place = format!("ST_Point({lon}, {lat}, 4326)::geography");
    // `<->` measures on a sphere, and of the nearest of it the nearest of the ellipsoid are taken.
    let near = format!(
        "SELECT n.*, ST_Distance(geom::geography, {place}) AS distance FROM \
         (SELECT * FROM street_lights ORDER BY geom::geography <-> {place} LIMIT 20) n ORDER BY distance LIMIT 10"
    );
    Asked {
        request: get(&format!("/nearest?lon={lon}&lat={lat}&layers=street_lights&k=10")),
        statement: collected(&near, "sum(distance)"),
        told: Told::Distances,
    }
}

fn at([lon, lat]: [f64; 2]) -> Asked {
    let here = format!("SELECT * FROM parcels WHERE ST_Intersects(geom, ST_Point({lon}, {lat}, 4326))");
    Asked {
        request: get(&format!("/at?lon={lon}&lat={lat}&layers=parcels")),
        statement: collected(&here, "count(*)::float8"),
        told: Told::Page,
    }
}

/// A square of a kilometre, laid over the parcels.
fn overlay([lon, lat]: [f64; 2]) -> Asked {
    let (wide, high) = (0.00475, 0.00452);
    let [west, south, east, north] = [lon - wide, lat - high, lon + wide, lat + high];
    let body = format!(
        "{{\"type\":\"Polygon\",\"coordinates\":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"
    );
    let request = format!(
        "POST /collections/parcels/overlay?by=land_code HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let area = format!("ST_MakeEnvelope({west}, {south}, {east}, {north}, 4326)");
    // Edges that the border of the area and a parcel share have no area.
    let pieces = format!(
        "SELECT id, land_code, ST_Area(ST_Intersection(geom, {area})::geography) AS amount FROM parcels WHERE ST_Intersects(geom, {area})"
    );
    let statement = format!(
        "SELECT json_agg(row_to_json(g))::text, sum(features)::int8, sum(amount) FROM (SELECT land_code, count(*) AS features, \
         sum(amount) AS amount, array_agg(id) AS ids FROM ({pieces}) p WHERE amount > 1e-6 GROUP BY land_code) g"
    );
    Asked { request: request.into_bytes(), statement, told: Told::Pieces }
}

/// The first ten that match, and how many do.
fn filter(text: &str) -> Asked {
    let encoded = text.replace('%', "%25").replace(' ', "%20").replace('\'', "%27").replace('=', "%3D");
    let statement = format!(
        "SELECT (SELECT json_agg(ST_AsGeoJSON(f.*)::json)::text FROM (SELECT * FROM street_lights WHERE {text} ORDER BY id LIMIT 10) f), \
         least(count(*), 10), count(*)::float8 FROM street_lights WHERE {text}"
    );
    let request = get(&format!("/collections/street_lights/items?limit=10&filter={encoded}"));
    Asked { request, statement, told: Told::Matched }
}
