//! The timetables of public transport, in memory as they are kept.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::{City, CityError};
use crate::model::{Change, LayerId, Timetable};

/// By the layer of their stops.
#[derive(Default)]
pub(super) struct Timetables(RwLock<HashMap<LayerId, Arc<Timetable>>>);

impl Timetables {
    /// Takes what is kept now.
    pub(super) fn learn(&self, changes: &[Change]) {
        for change in changes {
            if let Change::Timetable(timetable) = change {
                self.0.write().insert(timetable.stops_layer.clone(), Arc::clone(timetable));
            }
        }
    }
}

impl City {
    /// The timetable whose stops are the features of a layer. One that was generated goes with the features that it was made for.
    #[must_use]
    pub fn timetable_of_stops(&self, layer: &LayerId) -> Option<Arc<Timetable>> {
        let timetable = self.timetables.0.read().get(layer).cloned();
        timetable.filter(|timetable| self.is_in_force(timetable))
    }

    /// The timetable whose routes are the features of a layer.
    #[must_use]
    pub fn timetable_of_routes(&self, layer: &LayerId) -> Option<Arc<Timetable>> {
        let timetables = self.timetables.0.read();
        timetables.values().find(|one| one.routes_layer == *layer && self.is_in_force(one)).cloned()
    }

    /// What the features of a layer are in a timetable: `stops`, `routes`, or nothing.
    #[must_use]
    pub fn timetable_role(&self, layer: &LayerId) -> Option<&'static str> {
        let stops = self.timetable_of_stops(layer).map(|_| "stops");
        stops.or_else(|| self.timetable_of_routes(layer).map(|_| "routes"))
    }

    /// Generated times must never stand beside real features.
    fn is_in_force(&self, timetable: &Timetable) -> bool {
        let generated = |layer: &LayerId| self.atlas.layer(layer).is_some_and(|index| index.is_demo());
        !timetable.demo || generated(&timetable.stops_layer) && generated(&timetable.routes_layer)
    }

    pub(super) async fn read_timetable(&self, stops: &LayerId) -> Result<(), CityError> {
        let kept = self.store.timetable(stops).await?;
        let mut timetables = self.timetables.0.write();
        match kept {
            Some(timetable) => timetables.insert(stops.clone(), Arc::new(timetable)),
            None => timetables.remove(stops),
        };
        Ok(())
    }
}
