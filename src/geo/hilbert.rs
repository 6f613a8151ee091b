//! The Hilbert curve over the world square: places near each other get numbers near each other.

/// The number of `point` along a Hilbert curve of order 16 (cells of 611 m at the equator). Enough to pack an
/// index; places of one cell keep the order in which they came.
///
/// Method: J. Skilling, "Programming the Hilbert curve", AIP Conf. Proc. 707 (2004), in two dimensions.
#[must_use]
pub fn hilbert([x, y]: [u32; 2]) -> u32 {
    let (mut x, mut y) = (x >> 16, y >> 16);
    let mut number = 0_u32;
    let mut side = 1_u32 << 15;
    while side > 0 {
        let right = u32::from(x & side > 0);
        let lower = u32::from(y & side > 0);
        number = (number << 2) | ((3 * right) ^ lower);
        if lower == 0 {
            if right == 1 {
                (x, y) = (0xFFFF - x, 0xFFFF - y);
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

    /// The defining property of the curve: consecutive numbers are neighbouring cells. Checked on a 32 x 32 corner.
    #[test]
    fn consecutive_numbers_are_neighbouring_cells() {
        let mut cells: Vec<_> = (0..32_u32).flat_map(|x| (0..32_u32).map(move |y| [x, y])).collect();
        cells.sort_by_key(|&[x, y]| hilbert([x << 16, y << 16]));
        for pair in cells.windows(2) {
            let step = pair[0][0].abs_diff(pair[1][0]) + pair[0][1].abs_diff(pair[1][1]);
            assert_eq!(step, 1, "from {:?} to {:?}", pair[0], pair[1]);
        }
    }
}
