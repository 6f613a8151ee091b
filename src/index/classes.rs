//! Values parted into classes for a map: quantiles, equal intervals, natural breaks.

use crate::model::indicator::Method;

/// The greatest value of each class, from the lowest class to the highest: at most `count`, and fewer where the values leave no more.
/// Values that are equal are in one class. Empty without values, which are finite.
#[must_use]
pub fn breaks(values: &[f64], method: Method, count: usize) -> Vec<f64> {
    // Zero and minus zero are one value.
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&least), Some(&greatest)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let mut breaks = match method {
        Method::Quantile => quantiles(&sorted, count),
        Method::Equal => equal(least, greatest, count),
        Method::Jenks => natural(&sorted, count),
    };
    breaks.dedup();
    breaks
}

/// The class of a value that is not above the last break.
#[must_use]
pub fn class(breaks: &[f64], value: f64) -> usize {
    breaks.partition_point(|greatest| *greatest < value)
}

/// By the inverse of the empirical distribution (R. Hyndman, Y. Fan, "Sample Quantiles in Statistical Packages", 1996, definition 1).
fn quantiles(sorted: &[f64], count: usize) -> Vec<f64> {
    (1..=count).map(|class| sorted[(class * sorted.len()).div_ceil(count) - 1]).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few classes")]
fn equal(least: f64, greatest: f64, count: usize) -> Vec<f64> {
    let width = (greatest - least) / count as f64;
    let inner = (1..count).map(|class| least + width * class as f64);
    // What rounding carried past the greatest value is the last class.
    inner.take_while(|limit| *limit < greatest).chain([greatest]).collect()
}

/// Values that are equal, how many they are, and the running sums that tell how alike a run of them is.
struct Runs {
    /// Each value once.
    values: Vec<f64>,
    /// How many values, their sum and the sum of their squares before each, all less the mean, which keeps the digits of
    /// values that differ little.
    before: Vec<[f64; 3]>,
}

impl Runs {
    #[expect(clippy::cast_precision_loss, reason = "some thousand units")]
    fn new(sorted: &[f64]) -> Self {
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let (mut values, mut before) = (Vec::new(), vec![[0.0; 3]]);
        for alike in sorted.chunk_by(|one, other| one.total_cmp(other).is_eq()) {
            let (times, value) = (alike.len() as f64, alike[0] - mean);
            let [count, sum, squares] = before[values.len()];
            values.push(alike[0]);
            before.push([count + times, sum + times * value, squares + times * value * value]);
        }
        Self { values, before }
    }

    /// The sum of squared distances from their mean of the values from run `first` up to, not including, `end`.
    fn spread(&self, first: usize, end: usize) -> f64 {
        let (from, to) = (self.before[first], self.before[end]);
        let [count, sum, squares] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
        squares - sum * sum / count
    }
}

/// Fisher's exact programme: the best parting of the first values into one class more comes from the best partings into one less. In
/// the square of the number of different values.
fn natural(sorted: &[f64], count: usize) -> Vec<f64> {
    let runs = Runs::new(sorted);
    let number = runs.values.len();
    let count = count.min(number);
    let mut best: Vec<f64> = (0..=number).map(|end| if end == 0 { 0.0 } else { runs.spread(0, end) }).collect();
    // By class and end the run with which the class begins.
    let mut begins: Vec<Vec<usize>> = vec![vec![0; number + 1]];
    for classes in 2..=count {
        let (mut next, mut begin) = (vec![f64::INFINITY; number + 1], vec![0; number + 1]);
        for end in classes..=number {
            for (first, before) in best[..end].iter().enumerate().skip(classes - 1) {
                let spread = before + runs.spread(first, end);
                if spread < next[end] {
                    (next[end], begin[end]) = (spread, first);
                }
            }
        }
        best = next;
        begins.push(begin);
    }
    let mut breaks = Vec::with_capacity(count);
    let mut end = number;
    for begin in begins.iter().rev() {
        breaks.push(runs.values[end - 1]);
        end = begin[end];
    }
    breaks.reverse();
    breaks
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// The squared distances of values from the means of their classes, by the definition.
    fn spread(values: &[f64], breaks: &[f64]) -> f64 {
        let mut classes: Vec<Vec<f64>> = vec![Vec::new(); breaks.len()];
        values.iter().for_each(|&value| classes[class(breaks, value)].push(value));
        let of = |values: &Vec<f64>| {
            let mean = values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).expect("few"));
            values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
        };
        classes.iter().filter(|values| !values.is_empty()).map(of).sum()
    }

    /// The least spread of all partings into `count` classes: every choice of upper limits.
    fn least(values: &[f64], distinct: &[f64], count: usize) -> f64 {
        let inner = distinct.len() - 1;
        let chosen = |mask: u32| {
            let limits = (0..inner).filter(move |at| mask >> at & 1 == 1).map(|at| distinct[at]);
            limits.chain([distinct[inner]]).collect::<Vec<f64>>()
        };
        let partings = (0..1_u32 << inner).filter(|mask| mask.count_ones() as usize + 1 == count);
        partings.map(|mask| spread(values, &chosen(mask))).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn natural_breaks_are_the_best_of_all() {
        let mut random = ChaCha8Rng::seed_from_u64(1977);
        for round in 0..400 {
            let number = random.random_range(1..12);
            let (few, offset) = (random.random_bool(0.5), if round % 5 == 0 { 1e9 } else { 0.0 });
            let mut value =
                || if few { f64::from(random.random_range(0..6_u8)) } else { random.random_range(-50.0..50.0) };
            let values: Vec<f64> = (0..number).map(|_| value() + offset).collect();
            let mut distinct = values.clone();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            for count in 2..=6 {
                let found = breaks(&values, Method::Jenks, count);
                let classes = count.min(distinct.len());
                assert_eq!(found.len(), classes, "{values:?}");
                let (found, best) = (spread(&values, &found), least(&values, &distinct, classes));
                assert!(
                    (found - best).abs() <= 1e-4_f64.min(1e-9 + best * 1e-6),
                    "{found} {best}: {values:?} in {count}"
                );
            }
        }
    }

    #[test]
    fn every_method_parts_all_values() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..300 {
            let number = random.random_range(1..40);
            let values: Vec<f64> = (0..number).map(|_| f64::from(random.random_range(-9..9_i8))).collect();
            let greatest = values.iter().copied().fold(f64::MIN, f64::max);
            for (name, method) in Method::NAMES {
                for count in 2..=9 {
                    let breaks = breaks(&values, method, count);
                    assert!((1..=count).contains(&breaks.len()), "{name}: {values:?}");
                    assert!(breaks.is_sorted_by(|one, next| one < next), "{name}: {breaks:?}");
                    assert_eq!(breaks.last(), Some(&greatest), "{name}: {values:?}");
                    assert!(values.iter().all(|value| class(&breaks, *value) < breaks.len()), "{name}: {values:?}");
                }
            }
        }
        assert_eq!(breaks(&[], Method::Jenks, 5), Vec::<f64>::new());
    }

    #[test]
    fn known_values_have_known_breaks() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(breaks(&hundred, Method::Quantile, 4), [25.0, 50.0, 75.0, 100.0]);
        assert_eq!(breaks(&[0.0, 1.0, 2.0, 10.0], Method::Equal, 5), [2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(breaks(&[3.0, 3.0, 3.0], Method::Equal, 5), [3.0]);
        assert_eq!(breaks(&[1.0, 1.0, 1.0, 1.0, 9.0], Method::Quantile, 4), [1.0, 9.0]);
        assert_eq!(breaks(&[4.0, 5.0, 9.0, 10.0], Method::Jenks, 2), [5.0, 10.0]);
    }
}
