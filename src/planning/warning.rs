//! What is wrong or doubtful in a corner table, in Vietnamese and English.

use serde::Serialize;

use super::zones::Fit;
use crate::model::Title;

/// Something that whoever wrote the table should look at. Unless it says otherwise the rest of the answer takes the table as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// What it is, for programs.
    pub code: WarningCode,
    /// What it is, for people.
    pub text: Title,
    /// The corners concerned, by their place in the table, from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corners: Vec<usize>,
    /// Where, in the system of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
    /// Where, longitude and latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon_lat: Option<[f64; 2]>,
}

/// The kinds of warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Fewer than three corners that differ; nothing is measured.
    TooFewCorners,
    /// The corners lie on one line.
    NoArea,
    /// A corner is there twice in a row; it is counted once.
    RepeatedCorner,
    /// The last corner is nearly the first; it is taken for it.
    NotClosed,
    /// Two sides meet where they should not.
    SelfCrossing,
    /// The corners make sense when their numbers are exchanged.
    AxesSwapped,
    /// The corners make sense in another coordinate system.
    WrongZone,
    /// The province uses another zone.
    UnusualZone,
    /// It does not lie, or not whole, in the units that the layers have.
    OutsideProvince,
    /// The stated area is another.
    AreaDiffers,
    /// A stated side length is another.
    SideDiffers,
    /// There are more or fewer stated side lengths than sides.
    SidesMiscounted,
}

impl Warning {
    fn new(code: WarningCode, vi: String, en: String) -> Self {
        Self { code, text: Title { vi, en }, corners: Vec::new(), at: None, lon_lat: None }
    }

    fn of_corners(self, corners: impl Into<Vec<usize>>) -> Self {
        Self { corners: corners.into(), ..self }
    }

    pub(super) fn too_few(found: usize) -> Self {
        Self::new(
            WarningCode::TooFewCorners,
            format!("Bảng tọa độ chỉ có {found} đỉnh khác nhau; thửa đất cần ít nhất 3 đỉnh."),
            format!("The table has only {found} corners that differ; a parcel needs at least 3."),
        )
    }

    pub(super) fn no_area() -> Self {
        Self::new(
            WarningCode::NoArea,
            "Các đỉnh nằm trên một đường thẳng nên không tạo thành diện tích.".to_owned(),
            "The corners lie on one line and enclose nothing.".to_owned(),
        )
    }

    pub(super) fn repeated([first, second]: [usize; 2]) -> Self {
        Self::new(
            WarningCode::RepeatedCorner,
            format!("Đỉnh {second} trùng với đỉnh {first} và được tính một lần."),
            format!("Corner {second} repeats corner {first} and is counted once."),
        )
        .of_corners([first, second])
    }

    pub(super) fn not_closed(last: usize, gap: f64) -> Self {
        let [vi, en] = numbers(gap, 3);
        Self::new(
            WarningCode::NotClosed,
            format!("Đỉnh cuối ({last}) cách đỉnh đầu {vi} m; được coi là điểm khép góc."),
            format!("The last corner ({last}) is {en} m from the first; it is taken for the closing one."),
        )
        .of_corners([1, last])
    }

    pub(super) fn crossing(sides: [[usize; 2]; 2], at: [f64; 2], lon_lat: Option<[f64; 2]>) -> Self {
        let [[a, b], [c, d]] = sides;
        let warning = Self::new(
            WarningCode::SelfCrossing,
            format!("Cạnh {a}–{b} cắt hoặc chạm cạnh {c}–{d}: thứ tự đỉnh có thể sai, diện tích không đáng tin."),
            format!(
                "Side {a}–{b} crosses or touches side {c}–{d}: the order of the corners may be wrong, the area is not to be trusted."
            ),
        );
        Self { at: Some(at), lon_lat, ..warning.of_corners([a, b, c, d]) }
    }

    pub(super) fn swapped(fit: &Fit) -> Self {
        let warning = Self::new(
            WarningCode::AxesSwapped,
            format!("Có vẻ X và Y bị đổi chỗ: khi đổi lại, thửa đất nằm {}.", fit.place().vi),
            format!("The axes seem to be exchanged: with easting first the parcel lies {}.", fit.place().en),
        );
        Self { lon_lat: Some(fit.lon_lat), ..warning }
    }

    pub(super) fn wrong_zone(fit: &Fit) -> Self {
        let warning = Self::new(
            WarningCode::WrongZone,
            format!("Có vẻ sai hệ tọa độ: theo {}, thửa đất nằm {}.", fit.name().vi, fit.place().vi),
            format!(
                "The coordinate system seems to be another: in {} the parcel lies {}.",
                fit.name().en,
                fit.place().en
            ),
        );
        Self { lon_lat: Some(fit.lon_lat), ..warning }
    }

    pub(super) fn unusual_zone(fit: &Fit, metres: f64) -> Self {
        let [vi, en] = numbers(metres / 1000.0, 1);
        let (name, place) = (fit.name(), fit.place());
        let warning = Self::new(
            WarningCode::UnusualZone,
            format!("Hồ sơ ở đây thường dùng {}; theo hệ đó, thửa đất nằm cách {vi} km, {}.", name.vi, place.vi),
            format!("Papers here usually use {}; in it the parcel would lie {en} km away, {}.", name.en, place.en),
        );
        Self { lon_lat: Some(fit.lon_lat), ..warning }
    }

    pub(super) fn outside(lon_lat: Option<[f64; 2]>) -> Self {
        let warning = Self::new(
            WarningCode::OutsideProvince,
            "Thửa đất nằm ngoài địa bàn, và không hệ tọa độ VN-2000 nào đưa về trong địa bàn.".to_owned(),
            "The parcel lies outside the province, and no zone of VN-2000 puts it inside.".to_owned(),
        );
        Self { lon_lat, ..warning }
    }

    pub(super) fn partly_outside(square_metres: f64) -> Self {
        let [vi, en] = numbers(square_metres, 1);
        Self::new(
            WarningCode::OutsideProvince,
            format!("{vi} m² của thửa đất nằm ngoài các đơn vị hành chính của địa bàn."),
            format!("{en} m² of the parcel lie outside the administrative units of the province."),
        )
    }

    pub(super) fn area_differs(stated: f64, computed: f64) -> Self {
        let ([vi_stated, en_stated], [vi_computed, en_computed]) = (numbers(stated, 1), numbers(computed, 1));
        let [vi, en] = numbers((computed - stated).abs(), 1);
        let (word, english) = if computed > stated { ("lớn", "more") } else { ("nhỏ", "less") };
        Self::new(
            WarningCode::AreaDiffers,
            format!("Diện tích tính từ tọa độ là {vi_computed} m², {word} hơn {vi} m² so với {vi_stated} m² đã ghi."),
            format!("The corners give {en_computed} m², {en} m² {english} than the stated {en_stated} m²."),
        )
    }

    pub(super) fn side_differs(side: [usize; 2], stated: f64, computed: f64) -> Self {
        let ([vi_stated, en_stated], [vi_computed, en_computed]) = (numbers(stated, 2), numbers(computed, 2));
        let [from, to] = side;
        Self::new(
            WarningCode::SideDiffers,
            format!("Cạnh {from}–{to} dài {vi_computed} m theo tọa độ, ghi {vi_stated} m."),
            format!("Side {from}–{to} is {en_computed} m long by its corners, {en_stated} m as stated."),
        )
        .of_corners(side)
    }

    pub(super) fn miscounted(stated: usize, sides: usize) -> Self {
        Self::new(
            WarningCode::SidesMiscounted,
            format!("Có {stated} chiều dài cạnh được ghi nhưng thửa đất có {sides} cạnh; không so sánh."),
            format!("{stated} side lengths are stated, but the parcel has {sides} sides; they are not compared."),
        )
    }
}

/// A number as it is written in Vietnamese and in English.
pub(super) fn numbers(number: f64, decimals: usize) -> [String; 2] {
    let english = format!("{number:.decimals$}");
    [english.replace('.', ","), english]
}
