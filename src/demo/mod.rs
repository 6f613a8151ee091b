//! The demo province: generated shapes around real names. It looks like Nghệ An and Thanh Hóa and is no map of them.
//!
//! The facts in `data/demo/` are names, official codes, numbers, and places rounded to 0.01 degree; every line between
//! them comes from a seed. The same seed gives the same coordinates on every machine: no sine, no clock, no order of a
//! hash table takes part. Hoàng Sa and Trường Sa lie outside the two provinces; the map page names them.

mod bus;
mod cadastre;
mod claim;
mod coverage;
mod curve;
mod facts;
mod hazard;
mod incidents;
mod indicators;
mod lamps;
mod land_use;
mod lattice;
mod moving;
mod network;
mod noise;
mod outline;
mod places;
mod plan;
mod plane;
pub mod play;
mod plots;
mod protected;
mod region;
mod river;
mod sheet;
mod streets;
pub mod synthetic;
mod territory;
mod timetable;
mod town;
mod units;
mod zoning;

use std::sync::Arc;

pub use incidents::incidents;
pub use indicators::indications;
use land_use::Ground;
use network::Road;
use plane::line;
use river::Rivers;
use sheet::{Sheet, tenths};
use streets::streets;
use territory::Territory;
use town::{Town, towns};

use crate::model::ValueRef::{Real, Text};
use crate::model::{Layer, Rows, Timetable};

/// How many of what there are at scale 1.
const LAMPS: f64 = 40_000.0;
const PARCELS: f64 = 20_000.0;
const BUILDINGS: f64 = 15_000.0;
const CAMERAS: f64 = 150.0;
const PARKING: f64 = 60.0;

/// The demo features of each of `layers` that the demo knows, in their order, without the citizens' reports ([`incidents`]), which
/// are told from a moment back; the other layers are left out, and so are fields that a layer does not have. `scale` multiplies the lamps, parcels, buildings, cameras and parking; from 1 on
/// the streets of the towns are the limit of all but the lamps.
pub fn province(seed: u64, layers: &[Arc<Layer>], scale: f64) -> impl Iterator<Item = Rows> {
    let world = World::new(seed, scale);
    layers.iter().filter_map(move |layer| world.rows(layer))
}

/// The timetable of the demo's buses; `None` where the layers of its routes and stops are not both there.
#[must_use]
pub fn buses(seed: u64, layers: &[Arc<Layer>]) -> Option<Timetable> {
    let there = |id: &str| layers.iter().find(|layer| layer.id.as_str() == id).map(|layer| layer.id.clone());
    let (stops, routes) = (there("bus_stops")?, there("bus_routes")?);
    let world = World::new(seed, 0.0);
    let lines = bus::routes(&world.roads);
    Some(timetable::of(&lines, &bus::ways(&lines, &world.towns), stops, routes))
}

/// What several layers stand on.
struct World {
    seed: u64,
    scale: f64,
    territory: Territory,
    rivers: Rivers,
    towns: Vec<Town>,
    roads: Vec<Road>,
}

impl World {
    fn new(seed: u64, scale: f64) -> Self {
        let territory = Territory::new(seed);
        let rivers = Rivers::new(seed);
        let towns = towns(seed, &territory, &rivers);
        let roads = network::national(seed);
        Self { seed, scale, territory, rivers, towns, roads }
    }

    fn rows(&self, layer: &Arc<Layer>) -> Option<Rows> {
        let Self { seed, territory, towns, .. } = self;
        Some(match layer.id.as_str() {
            "provinces" => units::provinces(territory, layer),
            "wards" => units::wards(territory, layer),
            "districts" => units::districts(territory, layer),
            "roads" => self.roads(layer),
            "protected_areas" => protected::rows(territory, *seed, layer),
            "hydropower" => places::hydropower(territory, layer),
            "buildings" => cadastre::buildings(territory, &self.plots(), self.count(BUILDINGS), layer),
            "parcels" => cadastre::parcels(territory, &self.plots(), *seed, layer),
            "land_use" => land_use::rows(&self.ground(), layer),
            "land_use_plan" => plan::rows(&self.ground(), layer),
            "hazard_zones" => hazard::rows(&self.ground(), layer),
            "street_lights" => self.lamps(layer),
            "parking" => places::parking(towns, *seed, self.count(PARKING), layer),
            "cameras" => places::cameras(territory, towns, *seed, self.count(CAMERAS), layer),
            "tourism_sites" => places::sights(territory, *seed, layer),
            "air_stations" => places::air_stations(territory, towns, layer),
            "bus_stops" => bus::stop_rows(&bus::routes(&self.roads), territory, towns, layer),
            "buses" => moving::buses(&bus::routes(&self.roads), *seed, layer),
            "vessels" => moving::vessels(*seed, layer),
            "bus_routes" => bus::route_rows(&bus::routes(&self.roads), layer),
            _ => return None,
        })
    }

    fn ground(&self) -> Ground<'_> {
        Ground { seed: self.seed, territory: &self.territory, rivers: &self.rivers, towns: &self.towns }
    }

    fn count(&self, at_scale_one: f64) -> usize {
        curve::steps(at_scale_one * self.scale, 1.0) as usize
    }

    fn plots(&self) -> Vec<(&Town, plots::Plot)> {
        cadastre::all_plots(&self.towns, self.seed, PARCELS * self.scale)
    }

    fn lamps(&self, layer: &Arc<Layer>) -> Rows {
        let streets: Vec<_> = self.towns.iter().flat_map(|town| streets(town, self.seed)).collect();
        lamps::rows(&streets, self.seed, LAMPS * self.scale, layer)
    }

    fn roads(&self, layer: &Arc<Layer>) -> Rows {
        let mut sheet = Sheet::new(layer);
        let local = network::local(&self.territory, self.seed);
        let urban: Vec<Road> =
            self.towns.iter().flat_map(|town| streets(town, self.seed)).map(|street| street.road()).collect();
        for road in self.roads.iter().chain(&local).chain(&urban) {
            let mut values = vec![
                ("name", Text(road.name.as_str())),
                ("road_class", Text(road.class.as_str())),
                ("width_m", Real(road.width_m)),
                ("length_m", Real(tenths(road.length_m()))),
            ];
            values.extend(road.number.as_deref().map(|number| ("ref", Text(number))));
            values.extend(road.level.map(|level| ("level", Text(level))));
            values.extend(road.surface.map(|surface| ("surface", Text(surface))));
            sheet.put(&(sheet.len() + 1).to_string(), &line(&road.line), &values);
        }
        sheet.finished()
    }
}
