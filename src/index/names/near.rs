//! How far things are from where somebody looks.

use std::f64::consts::TAU;

use geo::{Distance, Haversine};
use geo_types::Point;

use crate::geo::Window;
use crate::geo::mercator::{LIMIT, WORLD, WorldPoint, world_point};

/// The mean radius of the earth, metres (IUGG), as [`Haversine`] has it.
const RADIUS: f64 = 6_371_008.8;

/// A place to be near to.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    lon_lat: [f64; 2],
    world: WorldPoint,
}

impl Near {
    /// `[lon, lat]` in degrees.
    #[must_use]
    pub fn new(lon_lat: [f64; 2]) -> Self {
        Self { lon_lat, world: world_point(lon_lat) }
    }

    /// The great-circle distance to `[lon, lat]`, metres on the sphere: up to 0.6 % from that on the ellipsoid.
    #[must_use]
    pub fn metres(&self, [lon, lat]: [f64; 2]) -> f64 {
        let [own_lon, own_lat] = self.lon_lat;
        Haversine.distance(Point::new(own_lon, own_lat), Point::new(lon, lat))
    }

    /// The squared distance on the world square beyond which nothing is within `metres`, infinite near the poles: a great circle
    /// of that length stays between two parallels, and on the square no step of it is stretched more than at the higher one.
    #[must_use]
    pub fn reach(&self, metres: f64) -> f64 {
        let angle = metres / RADIUS;
        let highest = self.lon_lat[1].abs().to_radians() + angle;
        if highest.to_degrees() >= LIMIT {
            return f64::INFINITY;
        }
        // Two units for what was rounded to whole ones.
        let units = angle / highest.cos() / TAU * WORLD + 2.0;
        units * units
    }

    /// What is within `half` units of the world square to each side, up to its edge.
    #[must_use]
    pub fn window(&self, half: u32) -> Window {
        let [x, y] = self.world;
        let (min_x, max_x) = (x.saturating_sub(half), x.saturating_add(half));
        Window { min_x, min_y: y.saturating_sub(half), max_x, max_y: y.saturating_add(half) }
    }

    /// The squared distance of a place on the world square, the shorter way around the world.
    #[must_use]
    #[inline]
    pub fn squared(&self, [x, y]: WorldPoint) -> f64 {
        let east = x.wrapping_sub(self.world[0]);
        let across = f64::from(east.min(east.wrapping_neg()));
        let along = f64::from(y.abs_diff(self.world[1]));
        across * across + along * along
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn nothing_within_a_distance_is_beyond_its_reach() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut beyond = 0;
        for _ in 0..200_000 {
            let mut place = |far: f64, around: [f64; 2]| {
                let lon: f64 = around[0] + random.random_range(-far..far);
                let lat: f64 = around[1] + random.random_range(-far..far);
                [(lon + 180.0).rem_euclid(360.0) - 180.0, lat.clamp(-90.0, 90.0)]
            };
            let own = place(180.0, [0.0, 0.0]);
            let [one, other] = [place(3.0, own), place(3.0, own)];
            let near = Near::new(own);
            let [one_metres, other_metres] = [near.metres(one), near.metres(other)];
            if near.squared(world_point(other)) > near.reach(one_metres) {
                beyond += 1;
                assert!(other_metres > one_metres, "{own:?}: {other:?} is nearer than {one:?}");
            }
        }
        assert!(beyond > 20_000, "only {beyond} were beyond reach");
    }

    #[test]
    fn a_degree_of_latitude_is_a_360th_of_a_meridian() {
        let metres = Near::new([105.0, 18.0]).metres([105.0, 19.0]);
        assert!((metres - 111_195.08).abs() < 0.01, "{metres}");
    }
}
