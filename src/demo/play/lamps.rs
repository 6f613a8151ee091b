//! Lamps burn from dusk to dawn. A few stay dark, and the lamps of one cabinet go out in the evening.

use std::sync::Arc;

use rand::Rng;

use super::{Diary, Told, number, text, within};
use crate::demo::noise::dice;
use crate::model::Rows;

/// When cabinets switch off and on: seconds since midnight of the first, and how much later the last does.
const DAWN: (u32, u32) = (5 * 3600 + 1500, 600);
const DUSK: (u32, u32) = (18 * 3600, 900);

/// When one cabinet fails.
const FAILURE: u32 = 21 * 3600;

/// What all of them tell: at midnight how they are, and then each change.
pub fn day(rows: &Rows, seed: u64) -> Vec<Told> {
    let mut diary = Diary::new("street_lights");
    let mut dice = dice(seed, "day of the lamps");
    let failing = if rows.is_empty() { "" } else { text(rows, rows.len() / 3, "cabinet") };
    for row in 0..rows.len() {
        let id: Arc<str> = rows.id(row).into();
        let is_good = text(rows, row, "status") != "faulty";
        // Some are dark though the register says that they work.
        let fails_tonight = dice.random_range(0..250_u32) == 0;
        let watts = number(rows, row, "wattage").max(50.0) * dice.random_range(0.93..1.02);
        let mut note = |at: u32, burns: bool| {
            let power = if burns { within(watts, 0.0, 2_000.0) } else { 0.0 };
            diary.note(at, &id, None, &[("lit", f64::from(u8::from(burns))), ("power_w", power)]);
        };
        let cabinet = text(rows, row, "cabinet");
        note(0, is_good);
        note(later(DAWN, cabinet), false);
        note(later(DUSK, cabinet), is_good && !fails_tonight);
        if !cabinet.is_empty() && cabinet == failing {
            note(FAILURE, false);
        }
    }
    diary.told
}

/// A cabinet switches all of its lamps at once.
fn later((first, spread): (u32, u32), cabinet: &str) -> u32 {
    first + cabinet.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 65_521) % spread
}
