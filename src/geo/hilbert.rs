//! The Hilbert curve over the world square: places near each other get numbers near each other.

/// The number of `point` along a Hilbert curve of order 32: every place has its own. A curve of order 16, whose cells are
/// 611 m wide, left the lamps of a town in no order, and a query for one street looked at all of them.
///
/// Method: J. Skilling, "Programming the Hilbert curve", AIP Conf. Proc. 707 (2004), in two dimensions.
#[must_use]
pub fn hilbert([mut x, mut y]: [u32; 2]) -> u64 {
    let mut number = 0_u64;
    let mut side = 1_u32 << 31;
    while side > 0 {
        let right = u64::from(x & side > 0);
        let lower = u64::from(y & side > 0);
        number = (number << 2) | ((3 * right) ^ lower);
        if lower == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::hilbert;

    /// The defining property of the curve: consecutive numbers are neighbouring cells. Checked on 32 x 32 corners of cells of
    /// all sizes.
    #[test]
    fn consecutive_numbers_are_neighbouring_cells() {
        for side in [0, 16, 27] {
            let mut cells: Vec<_> = (0..32_u32).flat_map(|x| (0..32_u32).map(move |y| [x, y])).collect();
            cells.sort_by_key(|&[x, y]| hilbert([x << side, y << side]));
            for pair in cells.windows(2) {
                let step = pair[0][0].abs_diff(pair[1][0]) + pair[0][1].abs_diff(pair[1][1]);
                assert_eq!(step, 1, "from {:?} to {:?}, cells of 2^{side}", pair[0], pair[1]);
            }
        }
    }
}
