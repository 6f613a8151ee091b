//! Chance, the same on every machine: only sums, products and square roots of `f64`, which IEEE 754 rounds alike
//! everywhere, and never a sine.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::plane::Place;

/// The dice of one theme: no theme's draws shift another's.
pub fn dice(seed: u64, theme: &str) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(mixed(seed, theme))
}

fn mixed(seed: u64, theme: &str) -> u64 {
    theme.bytes().fold(scrambled(seed), |hash, byte| scrambled(hash ^ u64::from(byte)))
}

/// The finaliser of `SplitMix64` (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn scrambled(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Value noise: a smooth field of chance over the board (K. Perlin's quintic fade between the corners of a grid).
#[derive(Clone, Copy, Debug)]
pub struct Noise(u64);

impl Noise {
    /// The field of a theme.
    pub fn new(seed: u64, theme: &str) -> Self {
        Self(mixed(seed, theme))
    }

    /// A field of its own for each number.
    pub fn numbered(self, number: u32) -> Self {
        Self(scrambled(self.0 ^ u64::from(number)))
    }

    /// Between -1 and 1, changing over about `wavelength` metres.
    pub fn at(self, [x, y]: Place, wavelength: f64) -> f64 {
        let (x, y) = (x / wavelength, y / wavelength);
        let (left, low) = (x.floor(), y.floor());
        let (s, t) = (fade(x - left), fade(y - low));
        let bottom = mix(self.corner(left, low), self.corner(left + 1.0, low), s);
        let top = mix(self.corner(left, low + 1.0), self.corner(left + 1.0, low + 1.0), s);
        mix(bottom, top, t)
    }

    /// `octaves` fields on top of each other, each of half the wavelength and 0.6 of the strength of the one before.
    pub fn fractal(self, at: Place, wavelength: f64, octaves: u32) -> f64 {
        let (mut sum, mut total, mut weight, mut wavelength) = (0.0, 0.0, 1.0, wavelength);
        for octave in 0..octaves {
            sum += weight * self.numbered(octave).at(at, wavelength);
            total += weight;
            weight *= 0.6;
            wavelength *= 0.5;
        }
        sum / total
    }

    fn corner(self, x: f64, y: f64) -> f64 {
        let hash = scrambled(scrambled(self.0 ^ x.to_bits()) ^ y.to_bits());
        let word = u32::try_from(hash >> 32).expect("32 bits are left");
        f64::from(word) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

fn fade(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn mix(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

/// A gentle bending of the whole board that hides its grid: neighbours stay neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Bend {
    noise: Noise,
    strength: f64,
    wavelength: f64,
}

impl Bend {
    /// Moves places by up to `strength` metres, changing over about `wavelength` metres: several times as long, or the
    /// board would fold.
    pub fn new(noise: Noise, strength: f64, wavelength: f64) -> Self {
        Self { noise, strength, wavelength }
    }

    /// Where a place of the straight board comes to lie.
    pub fn bent(self, at: Place) -> Place {
        let by = |axis: u32| self.noise.numbered(axis).fractal(at, self.wavelength, 3) * self.strength;
        [at[0] + by(200), at[1] + by(201)]
    }

    /// The place of the straight board that comes to lie at `at`, to some metres.
    pub fn straightened(self, at: Place) -> Place {
        (0..6).fold(at, |guess, _| {
            let bent = self.bent(guess);
            [guess[0] + at[0] - bent[0], guess[1] + at[1] - bent[1]]
        })
    }
}
