//! Rings to polygons. A shapefile lists the rings of all polygons of a shape: clockwise ones are exteriors, the others holes.

type Ring = Vec<[f64; 2]>;

/// Each hole goes to the smallest exterior around it; one that lies in none is an exterior that runs the wrong way. Rings
/// come out as RFC 7946 has them (exterior counter-clockwise), from the place where they began.
pub(super) fn polygons(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    if let [ring] = rings.as_slice() {
        let is_counterclockwise = signed_area(ring) > 0.0;
        return rings.into_iter().map(|ring| vec![if is_counterclockwise { ring } else { reversed(ring) }]).collect();
    }
    let (mut exteriors, mut holes) = (Vec::new(), Vec::new());
    for ring in rings {
        if signed_area(&ring) > 0.0 { holes.push(ring) } else { exteriors.push((ring, Vec::new())) }
    }
    let frames: Vec<Frame> = exteriors.iter().map(|(ring, _)| Frame::of(ring)).collect();
    let mut lost = Vec::new();
    for hole in holes {
        let frame = Frame::of(&hole);
        let around = |i: &usize| frames[*i].holds(&frame) && holds(&exteriors[*i].0, &hole);
        let smallest = (0..exteriors.len()).filter(around).min_by(|a, b| frames[*a].area.total_cmp(&frames[*b].area));
        match smallest {
            Some(i) => exteriors[i].1.push(reversed(hole)),
            None => lost.push(vec![hole]),
        }
    }
    let whole = |(ring, holes): (Ring, Vec<Ring>)| std::iter::once(reversed(ring)).chain(holes).collect();
    exteriors.into_iter().map(whole).chain(lost).collect()
}

fn reversed(mut ring: Ring) -> Ring {
    ring.reverse();
    ring
}

/// Twice the area, positive when the ring runs counter-clockwise. Taken from the first place, so that far coordinates lose
/// no digits.
fn signed_area(ring: &[[f64; 2]]) -> f64 {
    let Some([x0, y0]) = ring.first().copied() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0)).sum()
}

struct Frame {
    low: [f64; 2],
    high: [f64; 2],
    area: f64,
}

impl Frame {
    fn of(ring: &[[f64; 2]]) -> Self {
        let mut frame = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2], area: signed_area(ring).abs() };
        for place in ring {
            for (axis, number) in place.iter().enumerate() {
                frame.low[axis] = frame.low[axis].min(*number);
                frame.high[axis] = frame.high[axis].max(*number);
            }
        }
        frame
    }

    fn holds(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.low[axis] && other.high[axis] <= self.high[axis])
    }
}

/// By the first place of the hole that is not on the exterior itself.
fn holds(exterior: &[[f64; 2]], hole: &[[f64; 2]]) -> bool {
    hole.iter().find_map(|place| is_inside(exterior, *place)).unwrap_or(true)
}

/// `None` on the border.
fn is_inside(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> Option<bool> {
    let mut inside = false;
    for pair in ring.windows(2) {
        let [[x1, y1], [x2, y2]] = [pair[0], pair[1]];
        let side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
        let within = |a: f64, b: f64, value: f64| a.min(b) <= value && value <= a.max(b);
        if side == 0.0 && within(x1, x2, x) && within(y1, y2, y) {
            return None;
        }
        if (y1 > y) != (y2 > y) && (side > 0.0) == (y2 > y1) {
            inside = !inside;
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clockwise from its south-west corner.
    fn square(x: f64, y: f64, side: f64) -> Ring {
        vec![[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]
    }

    #[test]
    fn holes_find_the_smallest_exterior() {
        // An island in a lake in an island, a pond in the inner one, and a field apart.
        let (outer, lake, island, pond, field) =
            (square(0., 0., 10.), square(1., 1., 8.), square(2., 2., 6.), square(3., 3., 1.), square(20., 0., 1.));
        let shape = vec![reversed(pond.clone()), outer.clone(), reversed(lake.clone()), field.clone(), island.clone()];
        let expected = vec![vec![reversed(outer), lake], vec![reversed(field)], vec![reversed(island), pond]];
        assert_eq!(polygons(shape), expected);
    }

    #[test]
    fn rings_that_touch_and_rings_that_lie() {
        let (outer, corner) = (square(0., 0., 10.), square(0., 0., 2.));
        assert_eq!(
            polygons(vec![outer.clone(), reversed(corner.clone())]),
            [vec![reversed(outer.clone()), corner.clone()]]
        );
        let apart = square(50., 0., 2.);
        assert_eq!(
            polygons(vec![outer.clone(), reversed(apart.clone())]),
            [vec![reversed(outer.clone())], vec![reversed(apart)]]
        );
        assert_eq!(polygons(vec![outer.clone()]), [vec![reversed(outer.clone())]]);
        assert_eq!(polygons(vec![reversed(outer.clone())]), [vec![reversed(outer)]]);
        assert_eq!(polygons(vec![]), Vec::<Vec<Ring>>::new());
    }
}
