//! What is measured now of features that tiles show in groups.
//!
//! Each cell of each zoom that shows groups has its totals, kept as readings and edits come: one of them costs a look-up a zoom, a
//! group is found with one, and no geometry is looked at. All sums are of whole numbers, so the outcome does not depend on the
//! order in which readings came.

use hashbrown::HashMap;

use super::cluster::{MILLIONTHS, cell_at, millionths};
use super::present::Newest;
use crate::geo::mercator::WorldPoint;
use crate::model::Layer;
use crate::model::layer::{Clustering, Total};

/// The totals of a layer's groups.
#[derive(Debug)]
pub struct GroupTotals {
    clustering: Clustering,
    /// The observed properties of which something is told, see [`Clustering::measured`].
    measured: Vec<usize>,
    /// The first zoom with tiles.
    first: u8,
    /// From the first zoom on, by cell: what is held of each total, and then of how many features each property is known. A cell
    /// without a measured feature is not here.
    zooms: Vec<HashMap<[u32; 2], Box<[i128]>>>,
}

/// One total of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    /// Values added up.
    Sum(f64),
    /// Features in a state.
    Count(u64),
}

/// What a group tells.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTotal {
    /// By the place of each total in [`Clustering::totals`]; `None` where nothing is known of its property.
    pub totals: Vec<Option<Told>>,
    /// By the place of each property in [`Clustering::measured`]: of how many features it is known.
    pub known: Vec<u64>,
}

impl GroupTotals {
    /// Of a layer without readings yet; `None` of one whose groups tell nothing of them.
    #[must_use]
    pub fn of(layer: &Layer) -> Option<Self> {
        let clustering = layer.cluster.as_ref().filter(|clustering| !clustering.totals.is_empty())?.clone();
        let zooms = vec![HashMap::new(); usize::from((clustering.max_zoom + 1).saturating_sub(layer.minzoom))];
        Some(Self { measured: clustering.measured(), first: layer.minzoom, zooms, clustering })
    }

    /// Takes what was known of a feature at a place off, and adds what is known of it now.
    pub fn exchange(
        &mut self,
        before: (Option<WorldPoint>, &[Option<Newest>]),
        now: (Option<WorldPoint>, &[Option<Newest>]),
    ) {
        let [taken, added] = [before, now].map(|(place, values)| place.map(|place| (place, self.share(values))));
        match (taken, added) {
            (Some((from, taken)), Some((to, added))) if from == to => {
                let difference: Vec<i128> = added.iter().zip(&taken).map(|(added, taken)| added - taken).collect();
                self.add(to, &difference, 1);
            }
            (taken, added) => {
                taken.iter().for_each(|(place, taken)| self.add(*place, taken, -1));
                added.iter().for_each(|(place, added)| self.add(*place, added, 1));
            }
        }
    }

    /// What a feature adds to each number of a cell.
    fn share(&self, values: &[Option<Newest>]) -> Vec<i128> {
        let value = |of: usize| values.get(of).copied().flatten().map(|(_, value)| value);
        let totals = self.clustering.totals.iter().map(|total| value(total.of).map_or(0, |value| share(total, value)));
        let known = self.measured.iter().map(|&of| i128::from(value(of).is_some()));
        totals.chain(known).collect()
    }

    fn add(&mut self, place: WorldPoint, share: &[i128], sign: i128) {
        if share.iter().all(|&part| part == 0) {
            return;
        }
        for (zoom, cells) in (self.first..).zip(&mut self.zooms) {
            let cell = cell_at(place, zoom, &self.clustering);
            let held = cells.entry(cell).or_insert_with(|| vec![0; share.len()].into());
            held.iter_mut().zip(share).for_each(|(held, part)| *held += sign * part);
            if held.iter().all(|&held| held == 0) {
                cells.remove(&cell);
            }
        }
    }

    /// What a group of a zoom tells; `None` where nothing is measured.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sums of measures")]
    pub fn group(&self, zoom: u8, cell: [u32; 2]) -> Option<GroupTotal> {
        let held = self.zooms.get(usize::from(zoom.checked_sub(self.first)?))?.get(&cell)?;
        let (totals, known) = held.split_at(self.clustering.totals.len());
        let known: Vec<u64> = known.iter().map(|&known| u64::try_from(known).unwrap_or_default()).collect();
        let told = self.clustering.totals.iter().zip(totals).map(|(total, &held)| {
            let place = self.measured.iter().position(|&of| of == total.of)?;
            let count = || Told::Count(u64::try_from(held).unwrap_or_default());
            let sum = || Told::Sum(held as f64 / MILLIONTHS);
            (known[place] > 0).then(|| total.range.map_or_else(sum, |_| count()))
        });
        Some(GroupTotal { totals: told.collect(), known })
    }

    /// How its layer is shown in groups.
    #[must_use]
    pub fn clustering(&self) -> &Clustering {
        &self.clustering
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.zooms.iter_mut().for_each(HashMap::clear);
    }
}

fn share(total: &Total, value: f64) -> i128 {
    if total.range.is_some() { i128::from(total.count(value)) } else { millionths(value) }
}
