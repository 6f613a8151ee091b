//! Lines that look as if nature or an engineer had drawn them.

use rand::Rng;

use super::plane::{Place, between, direction, distance, moved};

/// A smooth line through all of `places` (Catmull-Rom), with a place about every `step` metres.
pub fn through(places: &[Place], step: f64) -> Vec<Place> {
    let last = places.len() - 1;
    let mut line = Vec::new();
    for number in 0..last {
        let ends = [places[number], places[number + 1]];
        sample(&mut line, [places[number.saturating_sub(1)], ends[0], ends[1], places[(number + 2).min(last)]], step);
    }
    line.push(places[last]);
    line
}

/// The same for a ring, without its closing place.
pub fn around(ring: &[Place], step: f64) -> Vec<Place> {
    let at = |number: usize| ring[number % ring.len()];
    let mut line = Vec::new();
    for number in 0..ring.len() {
        sample(&mut line, [at(number), at(number + 1), at(number + 2), at(number + 3)], step);
    }
    line
}

/// Appends the curve from the second to before the third place.
fn sample(line: &mut Vec<Place>, [before, from, to, after]: [Place; 4], step: f64) {
    let count = steps(distance(from, to), step);
    for number in 0..count {
        let t = f64::from(number) / f64::from(count);
        let (square, cube) = (t * t, t * t * t);
        let curve = |axis: usize| {
            0.5 * (2.0 * from[axis]
                + (to[axis] - before[axis]) * t
                + (2.0 * before[axis] - 5.0 * from[axis] + 4.0 * to[axis] - after[axis]) * square
                + (3.0 * from[axis] - before[axis] - 3.0 * to[axis] + after[axis]) * cube)
        };
        line.push([curve(0), curve(1)]);
    }
}

/// How many pieces of about `step` make `length`; at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and lengths are of this world"
)]
pub fn steps(length: f64, step: f64) -> u32 {
    ((length / step).round() as u32).max(1)
}

/// Midpoint displacement: halves the pieces of `line` until none is longer than `step`, moving each new place sideways
/// by up to `strength` of the piece. The given places stay.
pub fn roughened(line: &[Place], step: f64, strength: f64, dice: &mut impl Rng) -> Vec<Place> {
    let mut rough = vec![line[0]];
    for pair in line.windows(2) {
        halve(&mut rough, [pair[0], pair[1]], step, strength, dice);
        rough.push(pair[1]);
    }
    rough
}

fn halve(line: &mut Vec<Place>, [a, b]: [Place; 2], step: f64, strength: f64, dice: &mut impl Rng) {
    let length = distance(a, b);
    if length <= step {
        return;
    }
    let aside = length * strength * dice.random_range(-1.0..1.0);
    let middle = moved(between(a, b, 0.5), direction(a, b), 0.0, aside);
    halve(line, [a, middle], step, strength, dice);
    line.push(middle);
    halve(line, [middle, b], step, strength, dice);
}

/// `passes` times draws each inner place half-way to the middle of its neighbours. A loop, whose ends are equal, keeps
/// that one place.
pub fn relaxed(mut line: Vec<Place>, passes: u32) -> Vec<Place> {
    for _ in 0..passes {
        let old = line.clone();
        for (number, trio) in old.windows(3).enumerate() {
            line[number + 1] = between(trio[1], between(trio[0], trio[2], 0.5), 0.5);
        }
    }
    line
}

/// Cuts the corners (Chaikin): twice as many places, both ends kept.
pub fn rounded(line: &[Place]) -> Vec<Place> {
    let last = line.len() - 1;
    let mut round = vec![line[0]];
    for (number, pair) in line.windows(2).enumerate() {
        if number > 0 {
            round.push(between(pair[0], pair[1], 0.25));
        }
        if number + 1 < last {
            round.push(between(pair[0], pair[1], 0.75));
        }
    }
    round.push(line[last]);
    round
}

/// Every second place and both ends.
pub fn thinned(line: &[Place]) -> Vec<Place> {
    let last = line.len() - 1;
    line.iter().enumerate().filter(|(number, _)| number % 2 == 0 || *number == last).map(|(_, &at)| at).collect()
}

/// Metres.
pub fn length(line: &[Place]) -> f64 {
    line.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// Places and directions every `step` metres, the first after `start` metres.
pub fn walked(line: &[Place], start: f64, step: f64) -> Vec<(Place, Place)> {
    let (mut found, mut behind, mut next) = (Vec::new(), 0.0, start);
    for pair in line.windows(2) {
        let piece = distance(pair[0], pair[1]);
        while next <= behind + piece && piece > 0.0 {
            found.push((between(pair[0], pair[1], (next - behind) / piece), direction(pair[0], pair[1])));
            next += step;
        }
        behind += piece;
    }
    found
}
