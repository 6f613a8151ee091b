//! Lines that low zooms draw as one: against a naive joining, after edits, and what it saves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::demo::province;
use citylayers::geo::mercator::{WorldPoint, world_point};
use citylayers::geo::{Geometry, GeometryKind, TileCoord, Window};
use citylayers::index::LayerIndex;
use citylayers::model::layer::{Thinning, ZoomByCode};
use citylayers::model::{Change, Feature, FieldType, Layer, LayerId, Properties, Rows, Value};
use geo_types::{Coord, LineString, MultiLineString};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::features::{id, rows};
use crate::support::layers;
use crate::{assert_same_tiles, assert_untouched, ids};

const BASE_ZOOM: u8 = 9;

/// Half a CSS pixel of the last merged zoom in world units: what a chain may leave out.
const TOLERANCE: f64 = (1_u32 << (22 - BASE_ZOOM + 1)) as f64;

fn merged_layer() -> Arc<Layer> {
    let fields = [("class", FieldType::Text), ("name", FieldType::Text), ("surface", FieldType::Text)];
    let mut layer = (*layers::layer("streets", GeometryKind::Line, FieldType::Text, &fields)).clone();
    let zooms = vec![("main".to_owned(), 0), ("side".to_owned(), 5)];
    let by = Some(ZoomByCode { field: 0, zooms });
    layer.thinning = Some(Thinning { base_zoom: BASE_ZOOM, rate: 2.0, by, merge: vec![0, 1] });
    Arc::new(layer)
}

/// A crossing of a grid that nowhere runs straight; neighbours are about 40 km apart.
fn crossing([column, row]: [i32; 2]) -> Coord<f64> {
    let bend = |number: i32| f64::from(number.rem_euclid(11)) * 0.013;
    Coord {
        x: 100.0 + f64::from(column) * 0.37 + bend(column * 5 + row * 7),
        y: 10.0 + f64::from(row) * 0.41 + bend(column * 3 + row * 4),
    }
}

/// Most are one side of a square of the grid; some repeat another, close, run on for several sides or have two parts.
fn street(random: &mut ChaCha8Rng, layer: &Layer, number: u64, grid: i32) -> Feature {
    let start = [random.random_range(0..grid), random.random_range(0..grid)];
    let side = |at: [i32; 2], turn: u32| [at[0] + [1, 0, -1, 0][turn as usize], at[1] + [0, 1, 0, -1][turn as usize]];
    let mut walk = |start: [i32; 2], sides: usize| {
        let mut places = vec![start];
        for _ in 0..sides {
            places.push(side(places[places.len() - 1], random.random_range(0..4)));
        }
        places
    };
    let lines = match number % 16 {
        0 => vec![walk(start, 1), walk(start, 2)],
        1 => vec![vec![start, side(start, 0), side(start, 1), start]],
        2 | 3 => vec![walk(start, 4)],
        4 => vec![vec![start, start]],
        _ => vec![walk(start, 1)],
    };
    let line = |places: &Vec<[i32; 2]>| places.iter().map(|&place| crossing(place)).collect::<LineString<f64>>();
    let mut any =
        |values: &[Option<&str>]| values[random.random_range(0..values.len())].map(|text| Value::Text(text.to_owned()));
    let class = any(&[Some("main"), Some("main"), Some("main"), Some("side"), Some("lane"), None]);
    let name = any(&[None, None, None, Some("Quang Trung")]);
    let surface = any(&[None, Some("asphalt"), Some("gravel")]);
    let geometry = Geometry::Lines(MultiLineString(lines.iter().map(line).collect()));
    Feature { layer: layer.id.clone(), id: id(layer, number), geometry, properties: vec![class, name, surface] }
}

fn places(feature: &Feature) -> Vec<WorldPoint> {
    feature.geometry.coords().map(world_point).collect()
}

fn key(feature: &Feature) -> &[Option<Value>] {
    &feature.properties[..2]
}

/// The two ends of what can be joined.
fn ends(feature: &Feature) -> Vec<WorldPoint> {
    let (Geometry::Lines(lines), places) = (&feature.geometry, places(feature)) else { panic!("a line") };
    let (first, last) = (places[0], places[places.len() - 1]);
    if lines.0.len() == 1 && first != last { vec![first, last] } else { Vec::new() }
}

/// How many lines with the values of `feature` end at `place`.
fn ending(features: &[Feature], feature: &Feature, place: WorldPoint) -> usize {
    let alike = features.iter().filter(|other| key(other) == key(feature));
    alike.filter(|other| ends(other).contains(&place)).count()
}

/// The chains by definition: each line is put with those that it meets, over and over.
fn groups(features: &[Feature]) -> Vec<Vec<&Feature>> {
    let mut group: Vec<usize> = (0..features.len()).collect();
    for (a, one) in features.iter().enumerate() {
        for (b, other) in features.iter().enumerate().skip(a + 1) {
            let joint = |place: &WorldPoint| ends(other).contains(place) && ending(features, one, *place) == 2;
            if key(one) == key(other) && ends(one).iter().any(joint) {
                let (from, to) = (group[b], group[a]);
                group.iter_mut().filter(|number| **number == from).for_each(|number| *number = to);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Feature>> = BTreeMap::new();
    for (feature, number) in features.iter().zip(group) {
        groups.entry(number).or_default().push(feature);
    }
    let mut groups: Vec<Vec<&Feature>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort_by_key(|feature| feature.id.clone()));
    groups
}

fn distance(at: WorldPoint, line: &[WorldPoint]) -> f64 {
    let vector = |to: WorldPoint, from: WorldPoint| {
        [f64::from(to[0]) - f64::from(from[0]), f64::from(to[1]) - f64::from(from[1])]
    };
    let from_side = |side: &[WorldPoint]| {
        let ([x, y], [px, py]) = (vector(side[1], side[0]), vector(at, side[0]));
        let share = ((px * x + py * y) / (x * x + y * y)).clamp(0.0, 1.0);
        (px - share * x).hypot(py - share * y)
    };
    line.windows(2).map(from_side).fold(f64::INFINITY, f64::min)
}

fn length(line: &[WorldPoint]) -> f64 {
    let side = |side: &[WorldPoint]| {
        (f64::from(side[1][0]) - f64::from(side[0][0])).hypot(f64::from(side[1][1]) - f64::from(side[0][1]))
    };
    line.windows(2).map(side).sum()
}

fn middles(line: &[WorldPoint]) -> Vec<WorldPoint> {
    let middle = |side: &[WorldPoint]| [side[0][0].midpoint(side[1][0]), side[0][1].midpoint(side[1][1])];
    line.windows(2).map(middle).collect()
}

/// Where a chain of several lines begins and ends.
fn expected_ends(features: &[Feature], group: &[&Feature]) -> [WorldPoint; 2] {
    let free =
        |feature: &&Feature| ends(feature).into_iter().filter(|&end| ending(features, feature, end) != 2).collect();
    let free: Vec<Vec<WorldPoint>> = group.iter().map(free).collect();
    let free: Vec<WorldPoint> = free.into_iter().flatten().collect();
    match free[..] {
        [] => [ends(group[0])[0]; 2],
        [first, last] => [first, last],
        _ => panic!("a chain with the free ends {free:?}"),
    }
}

fn chain_features(index: &LayerIndex) -> BTreeMap<String, Feature> {
    let found = index.chains().expect("the layer merges its lines").all();
    let found = found.iter().flat_map(|found| found.numbers.iter().map(|&row| found.rows.feature(row as usize)));
    found.map(|feature| (feature.id.to_string(), feature)).collect()
}

#[test]
fn chains_are_those_of_a_naive_joining() {
    let mut random = ChaCha8Rng::seed_from_u64(41);
    let layer = merged_layer();
    let (mut long, mut closed) = (0, 0);
    for round in 0..120 {
        let grid = random.random_range(3..12);
        let count = random.random_range(1..200);
        let features: Vec<Feature> = (0..count).map(|number| street(&mut random, &layer, number, grid)).collect();
        let chains = chain_features(&LayerIndex::new(&rows(&layer, &features)));
        let groups = groups(&features);
        let names: BTreeSet<String> = groups.iter().map(|group| group[0].id.to_string()).collect();
        assert_eq!(chains.keys().cloned().collect::<BTreeSet<_>>(), names, "round {round}: {features:?}");
        for group in &groups {
            let chain = &chains[group[0].id.as_str()];
            let line = places(chain);
            if let [single] = group[..] {
                assert_eq!((&chain.properties, line.first()), (&single.properties, places(single).first()));
                continue;
            }
            let shared: Properties = key(group[0]).iter().cloned().chain([None]).collect();
            assert_eq!(chain.properties, shared, "{chain:?} of {group:?}");
            assert!(line.windows(2).all(|pair| pair[0] != pair[1]), "a vertex is repeated in {chain:?}");
            let [first, last] = expected_ends(&features, group);
            assert_eq!((line[0], line[line.len() - 1]), (first, last), "{chain:?} of {group:?}");
            let vertices: Vec<WorldPoint> = group.iter().flat_map(|feature| places(feature)).collect();
            assert!(line.iter().all(|place| vertices.contains(place)), "{chain:?} of {group:?}");
            let sides = group.iter().flat_map(|feature| middles(&places(feature)));
            let mut drawn = sides.chain(vertices.iter().copied());
            assert!(drawn.all(|place| distance(place, &line) <= TOLERANCE), "{chain:?} of {group:?}");
            let together: f64 = group.iter().map(|feature| length(&places(feature))).sum();
            assert!(length(&line) <= together * 1.000_001, "{chain:?} of {group:?}");
            long += usize::from(group.len() > 3);
            closed += usize::from(first == last);
        }
    }
    assert!(long > 50 && closed > 20, "only {long} long chains and {closed} closed ones");
}

/// Edits break and join chains; the outcome is that of a layer that never had a past.
#[test]
fn edited_chains_are_those_of_the_same_lines_built_afresh() {
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let layer = merged_layer();
    let mut joined = 0;
    for grid in [4, 7, 10] {
        let mut known: BTreeMap<String, Feature> = BTreeMap::new();
        let mut index = LayerIndex::new(&rows(&layer, &[]));
        for round in 0..40 {
            let changes: Vec<Change> =
                (0..random.random_range(1..25)).map(|_| change(&mut random, &layer, 160, grid)).collect();
            for change in &changes {
                match change {
                    Change::Put(feature) => known.insert(feature.id.to_string(), feature.clone()),
                    Change::Remove { id, .. } => known.remove(id.as_str()),
                    other => unreachable!("{other:?} is not made"),
                };
            }
            index = index.apply(&changes).0;
            if round % 9 == 8 {
                index = index.compacted().0;
            }
            let features: Vec<Feature> = known.values().cloned().collect();
            let fresh = LayerIndex::new(&rows(&layer, &features));
            let chains = chain_features(&index);
            assert_eq!(chains, chain_features(&fresh), "grid {grid} round {round} after {changes:?}");
            joined += features.len() - chains.len();
            for zoom in 0..=BASE_ZOOM {
                let shown = |index: &LayerIndex| ids(&index.query(&Window::WORLD, zoom));
                assert_eq!(shown(&index), shown(&fresh), "grid {grid} round {round} zoom {zoom}");
            }
            assert_same_tiles(&mut random, &index, &fresh, &features, round);
        }
    }
    assert!(joined > 1000, "only {joined} lines were joined to others");
}

fn change(random: &mut ChaCha8Rng, layer: &Layer, numbers: u64, grid: i32) -> Change {
    let number = random.random_range(0..numbers);
    let feature = street(random, layer, number, grid);
    if random.random_bool(0.3) {
        Change::Remove { layer: layer.id.clone(), id: feature.id }
    } else {
        Change::Put(feature)
    }
}

#[test]
fn no_tile_of_merged_lines_changes_where_nothing_is_touched() {
    let mut random = ChaCha8Rng::seed_from_u64(43);
    let layer = merged_layer();
    let features: Vec<Feature> = (0..150).map(|number| street(&mut random, &layer, number, 9)).collect();
    let mut index = LayerIndex::new(&rows(&layer, &features));
    let mut untouched = 0;
    for _ in 0..150 {
        let (next, touched) = index.apply(&[change(&mut random, &layer, 160, 9)]);
        untouched += assert_untouched(&mut random, &index, &next, &touched, &features);
        index = next;
    }
    assert!(untouched > 100, "only {untouched} tiles had anything");
}

/// What a chain does not show changes no tile that draws the chain.
#[test]
fn a_new_surface_of_a_part_touches_no_merged_zoom() {
    let layer = merged_layer();
    let part = |number: u64, surface: &str| Feature {
        layer: layer.id.clone(),
        id: id(&layer, number),
        geometry: Geometry::Lines(MultiLineString(vec![
            [crossing([i32::try_from(number).unwrap(), 0]), crossing([i32::try_from(number).unwrap() + 1, 0])]
                .into_iter()
                .collect(),
        ])),
        properties: vec![Some(Value::Text("main".to_owned())), None, Some(Value::Text(surface.to_owned()))],
    };
    let features: Vec<Feature> = (0..5).map(|number| part(number, "gravel")).collect();
    let index = LayerIndex::new(&rows(&layer, &features));
    assert_eq!(ids(&index.query(&Window::WORLD, BASE_ZOOM - 1)), ["P-000"]);
    assert_eq!(index.query(&Window::WORLD, BASE_ZOOM).iter().map(|found| found.numbers.len()).sum::<usize>(), 5);
    let (paved, touched) = index.apply(&[Change::Put(part(2, "asphalt"))]);
    assert!(!touched.is_empty() && touched.iter().all(|touch| touch.from >= BASE_ZOOM), "{touched:?}");
    let (broken, touched) = paved.apply(&[Change::Remove { layer: layer.id.clone(), id: id(&layer, 2) }]);
    assert!(touched.iter().any(|touch| touch.from == 0 && touch.to == BASE_ZOOM - 1), "{touched:?}");
    assert_eq!(ids(&broken.query(&Window::WORLD, BASE_ZOOM - 1)), ["P-000", "P-003"]);
}

/// Where lines are merged, what is left out are chains.
#[test]
fn what_merged_zooms_leave_out_are_chains() {
    let mut random = ChaCha8Rng::seed_from_u64(44);
    let layer = merged_layer();
    let features: Vec<Feature> = (0..150).map(|number| street(&mut random, &layer, number, 9)).collect();
    let index = LayerIndex::new(&rows(&layer, &features));
    let all = chain_features(&index).len();
    let left_out: BTreeMap<u8, usize> = index.left_out_by_zoom().into_iter().collect();
    for zoom in 0..=layer.maxzoom {
        let shown = ids(&index.query(&Window::WORLD, zoom)).len();
        let there = if zoom < BASE_ZOOM { all } else { features.len() };
        assert_eq!(there - shown, left_out.get(&zoom).copied().unwrap_or(0), "zoom {zoom}");
    }
    let coord = TileCoord::new(0, 0, 0).unwrap();
    assert_eq!(index.left_out(coord, coord.z(), &index.tile(coord)), left_out[&0]);
    assert!(left_out[&0] > left_out[&(BASE_ZOOM - 1)] && left_out[&(BASE_ZOOM - 1)] > 0, "{left_out:?}");
    assert_eq!(index.len(), features.len());
}

/// Features and vertices that a zoom draws of the whole layer.
fn drawn(index: &LayerIndex, zoom: u8) -> (usize, usize) {
    let (mut features, mut vertices) = (0, 0);
    for found in index.query(&Window::WORLD, zoom) {
        features += found.numbers.len();
        for &row in &found.numbers {
            let all = found.rows.arena().row_vertices(row as usize);
            vertices += found.detail[all].iter().filter(|detail| **detail <= zoom).count();
        }
    }
    (features, vertices)
}

/// The rows with every line cut where its vertices are a number of sides apart, as surveys cut at every crossing.
fn cut(rows: &Rows, layer: &Arc<Layer>, sides: usize) -> Rows {
    let mut cut = Rows::new(Arc::clone(layer));
    for row in 0..rows.len() {
        let Geometry::Lines(lines) = rows.arena().geometry(row) else { panic!("roads are lines") };
        for line in &lines.0 {
            for start in (0..line.0.len() - 1).step_by(sides) {
                let end = (start + sides).min(line.0.len() - 1);
                let piece = Geometry::Lines(MultiLineString(vec![LineString(line.0[start..=end].to_vec())]));
                cut.push(&(cut.len() + 1).to_string(), &piece, rows.values(row));
            }
        }
    }
    cut.finish();
    cut
}

/// The roads of the demo, each whole, and the same roads cut into pieces of three sides: merged, the pieces are drawn
/// as the whole roads are.
#[test]
fn pieces_of_roads_are_drawn_as_the_roads_that_they_are_of() {
    let catalog = Catalog::shipped().expect("the shipped layers are sound");
    let merging = catalog.layer(&LayerId::new("roads").expect("an id")).expect("a shipped layer");
    let mut plain = (**merging).clone();
    plain.thinning.as_mut().expect("roads are thinned").merge.clear();
    let plain = Arc::new(plain);
    let roads = province(2025, std::slice::from_ref(merging), 1.0).next().expect("the demo knows roads");
    let whole = LayerIndex::new(&cut(&roads, &plain, 1_000_000));
    let pieces = LayerIndex::new(&cut(&roads, &plain, 3));
    let merged = LayerIndex::new(&cut(&roads, merging, 3));
    for (name, index) in [("whole", &whole), ("pieces", &pieces), ("merged pieces", &merged)] {
        eprintln!("{name}: {} features, {} bytes", index.len(), index.heap_bytes());
    }
    for zoom in 6..13 {
        let ((roads, expected), (lines, unmerged), (chains, vertices)) =
            (drawn(&whole, zoom), drawn(&pieces, zoom), drawn(&merged, zoom));
        eprintln!(
            "z{zoom}: {lines} pieces, {unmerged} vertices; merged {chains}, {vertices}; whole {roads}, {expected}"
        );
        assert_eq!((chains, vertices), (roads, expected), "z{zoom}");
    }
    assert_eq!(drawn(&merged, 13).0, merged.len(), "from the base zoom on every piece is drawn");
}
