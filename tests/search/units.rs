//! Who types the name of an old unit gets the units that hold it now, and is told why.

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::demo::province;
use citylayers::index::LayerIndex;
use citylayers::index::fold::fold;
use citylayers::index::names::{Asked, Hit, search};
use citylayers::index::page::Found;
use citylayers::model::{Feature, Layer, ValueRef};

use super::support::features::rows;
use super::support::present::shared;
use super::{asked, feature, found, layer, names};

/// Names as people type them, and what must come first.
#[test]
fn names_are_found_as_they_are_typed() {
    let wards = layer("wards");
    let made = [
        ("16690", "Trường Vinh", "Phường Trường Vinh", "Phường Trung Đô, Phường Bến Thủy"),
        ("16681", "Thành Vinh", "Phường Thành Vinh", "Phường Lê Lợi, Phường Quang Trung, Xã Hưng Hoà"),
        ("16708", "Vinh Hưng", "Phường Vinh Hưng", "Phường Đông Vĩnh, Xã Nghi Ân"),
        (
            "17000",
            "Đức Châu",
            "Xã Đức Châu",
            "Xã Diễn Ngọc (huyện Diễn Châu), một phần diện tích tự nhiên của xã Hoà Bình",
        ),
        ("17001", "Thuỷ Đức", "Xã Thuỷ Đức", "giữ nguyên"),
    ];
    let features: Vec<Feature> = (0_u32..)
        .zip(made)
        .map(|(number, (id, name, full, merged))| {
            let texts = [("name", name), ("full_name", full), ("merged_from", merged)];
            feature(&wards, id, [105.0 + f64::from(number) / 10.0, 18.7], &texts)
        })
        .collect();
    let index = [Arc::new(LayerIndex::new(&rows(&wards, &features)))];
    let decomposed = "thu\u{309}y \u{111}u\u{31b}\u{301}c";
    let table = [
        ("truong vinh", "16690", "Trường Vinh"),
        ("TRƯỜNG VINH", "16690", "Trường Vinh"),
        ("vinh trư", "16690", "Trường Vinh"),
        ("phuong truong", "16690", "Phường Trường Vinh"),
        ("duc chau", "17000", "Đức Châu"),
        ("ĐỨC", "17000", "Đức Châu"),
        ("thủy đức", "17001", "Thuỷ Đức"),
        ("thuỷ đức", "17001", "Thuỷ Đức"),
        (decomposed, "17001", "Thuỷ Đức"),
        ("16708", "16708", "16708"),
        ("1670", "16708", "16708"),
        ("bến thuỷ", "16690", "Phường Bến Thủy"),
        ("ben thuy", "16690", "Phường Bến Thủy"),
        ("phường bến thủy", "16690", "Phường Bến Thủy"),
        ("hưng hòa", "16681", "Xã Hưng Hoà"),
        ("nghi an", "16708", "Xã Nghi Ân"),
        ("dien ngoc", "17000", "Xã Diễn Ngọc (huyện Diễn Châu)"),
        ("hoà bình", "17000", "một phần diện tích tự nhiên của xã Hoà Bình"),
    ];
    for (typed, id, text) in table {
        let asked = asked(typed, None, 10);
        let hits = found(&index, &asked);
        let first = hits.first().unwrap_or_else(|| panic!("`{typed}` finds nothing"));
        assert_eq!(first.found.id(), id, "`{typed}` finds {:?}", names(&hits));
        assert_eq!(asked.part(&first.text()), text, "`{typed}`");
    }
    for typed in ["inh", "vinh truongg", "truong vinh hung", "x"] {
        let hits = found(&index, &asked(typed, None, 10));
        let through_type = hits.iter().all(|hit| hit.text().starts_with('X') || hit.text().contains(", X"));
        assert!(hits.is_empty() || typed == "x" && through_type, "`{typed}` finds {:?}", names(&hits));
    }
}

/// The old communes in a list, without what stands in parentheses.
fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(", ").map(|item| item.split(" (").next().unwrap_or_default().trim())
}

/// The real list of mergers of two provinces: each old commune by its name, with its type and without, while streets and lamps by the
/// same name crowd around.
#[test]
fn every_old_commune_of_the_real_list_leads_to_its_wards() {
    let Some(file) = shared("admin-2025/merger_text_nghe_an_thanh_hoa.csv") else { return };
    let mut reader = csv::Reader::from_path(file).expect("the list opens");
    let records: Vec<[String; 3]> = reader
        .deserialize::<(String, String, String, String, String)>()
        .map(|record| {
            let (code, name, _, _, merged) = record.expect("a record");
            [code, name, merged]
        })
        .collect();
    let wards = layer("wards");
    let (streets, lamps) = (layer("roads"), layer("street_lights"));
    let place = |number: u32| [105.0 + f64::from(number % 20) / 20.0, 18.5 + f64::from(number / 20) / 20.0];
    let features: Vec<Feature> = (0..)
        .zip(&records)
        .map(|(number, [code, full, merged])| {
            let name = full.split_once(' ').map_or(full.as_str(), |(_, name)| name);
            feature(&wards, code, place(number), &[("name", name), ("full_name", full), ("merged_from", merged)])
        })
        .collect();
    let mut heirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [code, _, merged] in &records {
        items(merged).filter(|item| *item != "giữ nguyên").for_each(|item| heirs.entry(item).or_default().push(code));
    }
    assert!(heirs.len() > 850, "{} old units", heirs.len());
    let crowd = |layer: &Arc<Layer>, field: &str| {
        let named = heirs.keys().step_by(20).flat_map(|name| std::iter::repeat_n(*name, 30));
        let features: Vec<Feature> = (0..)
            .zip(named)
            .map(|(number, name)| {
                let bare = name.split_once(' ').map_or(name, |(_, bare)| bare);
                feature(layer, &number.to_string(), place(number % 300), &[(field, bare)])
            })
            .collect();
        Arc::new(LayerIndex::new(&rows(layer, &features)))
    };
    let indexes =
        [Arc::new(LayerIndex::new(&rows(&wards, &features))), crowd(&streets, "name"), crowd(&lamps, "street")];
    let mut lost = Vec::new();
    for (old, codes) in &heirs {
        // Of an item like `thị trấn A và xã B` the name is not the whole.
        let bare = ["Phường ", "Xã ", "Thị trấn "].iter().find_map(|kind| old.strip_prefix(kind)).unwrap_or(old);
        for typed in [(*old).to_owned(), bare.to_lowercase(), fold(bare)] {
            let asked = asked(&typed, None, 10);
            let hits = found(&indexes, &asked);
            let of = |code: &str| {
                hits.iter().find(|hit| hit.found.rows.layer().id.as_str() == "wards" && hit.found.id() == code)
            };
            let shown = codes.iter().filter(|code| of(code).is_some_and(|hit| told(hit, &asked, bare))).count();
            if shown == 0 || shown < codes.len().min(3) {
                lost.push(format!("`{typed}`: {codes:?}, found {:?}", names(&hits)));
            }
        }
    }
    assert!(lost.is_empty(), "{} of {} are lost:\n{}", lost.len(), heirs.len() * 3, lost.join("\n"));
    eprintln!("{} old units lead to their wards", heirs.len());
}

/// Whether the reason that is given has the name. Without tone marks the old Hòa Lộc is the Hoa Lộc of today, which holds it.
fn told(hit: &Hit, asked: &Asked, name: &str) -> bool {
    fold(asked.part(&hit.text())).contains(&fold(name))
}

/// The communes of March 2025, from another source than the list of mergers: nearly each is in it.
#[test]
fn the_communes_of_before_lead_somewhere() {
    let (Some(mergers), Some(communes)) = (
        shared("admin-2025/merger_text_nghe_an_thanh_hoa.csv"),
        shared("admin-2024/units_3level_2025-03-01_nghe_an_thanh_hoa.csv"),
    ) else {
        return;
    };
    let wards = layer("wards");
    let mut reader = csv::Reader::from_path(mergers).expect("the list opens");
    let features: Vec<Feature> = reader
        .records()
        .map(|record| {
            let record = record.expect("a record");
            let (code, full, merged) = (&record[0], &record[1], &record[4]);
            let name = full.split_once(' ').map_or(full, |(_, name)| name);
            feature(&wards, code, [105.0, 18.7], &[("name", name), ("full_name", full), ("merged_from", merged)])
        })
        .collect();
    let index = [Arc::new(LayerIndex::new(&rows(&wards, &features)))];
    let mut reader = csv::Reader::from_path(communes).expect("the communes open");
    let (mut all, mut nowhere) = (0, Vec::new());
    for record in reader.records() {
        let record = record.expect("a record");
        let old = &record[6];
        all += 1;
        if !found(&index, &asked(old, None, 10)).iter().any(|hit| hit.rank.class.is_whole()) {
            nowhere.push(old.to_owned());
        }
    }
    eprintln!("{} of {all} communes lead to no ward: {nowhere:?}", nowhere.len());
    assert!(all > 900 && nowhere.len() * 50 < all, "{} of {all}: {nowhere:?}", nowhere.len());
}

/// Every district of the demo by its name: its wards, told to be its successors, also where only wards are asked for.
#[test]
fn every_district_of_the_demo_leads_to_its_wards() {
    let layers = ["wards", "districts", "roads", "street_lights"].map(layer);
    let indexes: Vec<Arc<LayerIndex>> =
        province(2025, &layers, 0.05).map(|rows| Arc::new(LayerIndex::new(&rows))).collect();
    let of = |id: &str| indexes.iter().find(|index| index.layer().id.as_str() == id).expect("the demo knows the layer");
    let districts = of("districts");
    let successors = layers[1].field_index("successors").expect("a field");
    let mut checked = 0;
    for selection in districts.all() {
        for &row in &selection.numbers {
            let text = |field: usize| match selection.rows.columns()[field].get(row as usize) {
                Some(ValueRef::Text(text)) => text.to_owned(),
                _ => String::new(),
            };
            let (name, wanted) = (text(layers[1].field_index("name").expect("a field")), text(successors));
            let wanted: Vec<&str> = wanted.split(", ").collect();
            let id = selection.rows.id(row as usize);
            let is_heir = |hit: &&Hit| {
                let through = hit.through.as_ref().map(Found::id);
                through == Some(id) && wanted.contains(&hit.found.id()) && hit.text() == name
            };
            let all = search(
                &indexes.iter().map(|index| (Arc::clone(index), true)).collect::<Vec<_>>(),
                &asked(&name, None, 100),
            );
            assert_eq!(all.hits.first().map(|hit| hit.found.id()), Some(id), "{name}: {:?}", names(&all.hits));
            let heirs = all.hits.iter().filter(is_heir).count();
            // A ward with the name of its district answers by its own.
            assert!(heirs + 1 >= wanted.len(), "{name}: {heirs} of {wanted:?} in {:?}", names(&all.hits));
            let wards_alone = [(Arc::clone(of("wards")), true), (Arc::clone(districts), false)];
            let ten = search(&wards_alone, &asked(&name.to_lowercase(), None, 10));
            assert!(ten.hits.iter().all(|hit| hit.found.rows.layer().id.as_str() == "wards"), "{name}");
            assert!(
                ten.hits.iter().filter(is_heir).count() + 1 >= wanted.len().min(10),
                "{name}: {:?}",
                names(&ten.hits)
            );
            checked += wanted.len();
        }
    }
    assert!(checked >= 250, "only {checked} wards");
}
