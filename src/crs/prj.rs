//! What a `.prj` says, as far as it decides which CRS it is: names and parameters. Everything else is PROJ's business.
//!
//! Reads OGC 01-009 (WKT 1), its ESRI dialect, and ISO 19162 (WKT 2), all alike.

/// The deciding parts of a WKT.
#[derive(Clone, Debug, PartialEq)]
pub struct Prj {
    /// The name of the whole.
    pub name: String,
    /// Whether it is a projection, or degrees.
    pub projected: bool,
    /// The name of the datum.
    pub datum: String,
    /// The name of the projection method, empty for degrees.
    pub method: String,
    /// The EPSG code of the whole, when it ends with one.
    pub code: Option<u32>,
    /// Whether its lengths are metres.
    pub metric: bool,
    parameters: Vec<(String, f64)>,
}

impl Prj {
    /// `None` when `text` does not begin as a WKT of a horizontal CRS.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('\u{feff}');
        let keyword: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let keyword = keyword.to_ascii_uppercase();
        if ![
            "PROJCS",
            "GEOGCS",
            "PROJCRS",
            "GEOGCRS",
            "GEODCRS",
            "PROJECTEDCRS",
            "GEOGRAPHICCRS",
            "COMPD_CS",
            "BOUNDCRS",
        ]
        .contains(&keyword.as_str())
        {
            return None;
        }
        let nodes = nodes(text);
        let quoted = |keys: &[&str]| nodes.iter().find(|n| keys.contains(&n.key.as_str())).map(|n| n.name.clone());
        Some(Self {
            name: nodes.first().map(|node| node.name.clone()).unwrap_or_default(),
            projected: nodes.iter().any(|n| ["PROJCS", "PROJCRS", "PROJECTEDCRS"].contains(&n.key.as_str())),
            datum: quoted(&["DATUM", "ENSEMBLE", "GEODETICDATUM", "TRF"]).unwrap_or_default(),
            method: quoted(&["PROJECTION", "METHOD"]).unwrap_or_default(),
            code: outer_code(&nodes),
            metric: lengths(&nodes).all(|metres| (metres - 1.0).abs() < 1e-9),
            parameters: nodes
                .iter()
                .filter(|n| n.key == "PARAMETER")
                .filter_map(|n| Some((folded(&n.name), n.number?)))
                .collect(),
        })
    }

    /// The value of the first parameter with one of these names; case, blanks and underscores do not count.
    #[must_use]
    pub fn parameter(&self, names: &[&str]) -> Option<f64> {
        names
            .iter()
            .find_map(|name| self.parameters.iter().find(|(known, _)| *known == folded(name)).map(|&(_, value)| value))
    }

    /// Whether the datum is VN-2000: `D_Vietnam_2000` (ESRI), `Vietnam_2000` (GDAL), `Vietnam 2000` (EPSG), `VN-2000`.
    #[must_use]
    pub fn is_vn2000(&self) -> bool {
        let names = folded(&self.datum);
        ["vietnam2000", "vn2000"].iter().any(|name| names.contains(name))
    }

    /// Whether the datum is WGS 84, in one of its spellings.
    #[must_use]
    pub fn is_wgs84(&self) -> bool {
        let datum = folded(&self.datum);
        ["wgs1984", "wgs84", "worldgeodeticsystem1984"].iter().any(|name| datum.contains(name))
    }
}

/// Letters and digits only, lower case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Node {
    key: String,
    name: String,
    number: Option<f64>,
    depth: usize,
}

/// Every `KEY["name", number ...`, in the order of the text.
fn nodes(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut word = String::new();
    let mut depth = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '[' | '(' => {
                depth += 1;
                let (name, number) = first_values(rest.as_str());
                nodes.push(Node { key: std::mem::take(&mut word).to_ascii_uppercase(), name, number, depth });
            }
            ']' | ')' => depth = depth.saturating_sub(1),
            '"' => rest.by_ref().take_while(|&c| c != '"').for_each(drop),
            c if c.is_ascii_alphanumeric() || c == '_' => word.push(c),
            _ => word.clear(),
        }
    }
    nodes
}

/// The quoted name at the start of `text` and the number after it: `"Central_Meridian",104.75]` or `"EPSG","9208"]`.
fn first_values(text: &str) -> (String, Option<f64>) {
    let mut parts = text.trim_start().splitn(3, '"');
    let (Some(""), Some(name), Some(after)) = (parts.next(), parts.next(), parts.next()) else {
        return (String::new(), None);
    };
    let after = after.trim_start_matches([',', ' ', '"', '\n', '\r', '\t']);
    let number: String = after.chars().take_while(|c| c.is_ascii_digit() || "+-.eE".contains(*c)).collect();
    (name.to_owned(), number.parse().ok())
}

/// The metres of every unit of length.
fn lengths(nodes: &[Node]) -> impl Iterator<Item = f64> {
    nodes.iter().filter(|n| n.key == "LENGTHUNIT" || (n.key == "UNIT" && n.depth == 2)).filter_map(|n| n.number)
}

/// The code of the `AUTHORITY` or `ID` directly inside the whole.
fn outer_code(nodes: &[Node]) -> Option<u32> {
    let own = nodes.iter().rev().find(|n| n.depth == 2 && (n.key == "AUTHORITY" || n.key == "ID"))?;
    let number = own.number.filter(|number| own.name.eq_ignore_ascii_case("EPSG") && number.fract() == 0.0)?;
    format!("{number}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESRI: &str = r#"PROJCS["VN-2000_TM-3_104-45",GEOGCS["GCS_VN-2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",104.75],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

    #[test]
    fn the_deciding_parts_are_found_in_every_dialect() {
        let esri = Prj::read(ESRI).expect("a .prj");
        assert!(esri.is_vn2000() && esri.projected && esri.metric && !esri.is_wgs84());
        assert!(!Prj::read(&ESRI.replace("\"Meter\",1.0", "\"Foot_US\",0.304800609601219")).expect("a .prj").metric);
        assert_eq!(esri.parameter(&["central meridian"]), Some(104.75));
        assert_eq!(esri.parameter(&["Scale factor at natural origin", "scale_factor"]), Some(0.9999));
        assert_eq!(
            (esri.name.as_str(), esri.method.as_str(), esri.code),
            ("VN-2000_TM-3_104-45", "Transverse_Mercator", None)
        );

        let two = r#"GEOGCRS["WGS 84", ENSEMBLE["World Geodetic System 1984 ensemble",
            MEMBER["World Geodetic System 1984 (Transit)"]], CS[ellipsoidal,2], ID["EPSG",4326]]"#;
        let two = Prj::read(two).expect("a .prj");
        assert!(two.is_wgs84() && !two.projected);
        assert_eq!(two.code, Some(4326));

        let inner =
            r#"PROJCS["x",GEOGCS["y",DATUM["WGS_1984"],AUTHORITY["EPSG","4326"]],PROJECTION["Transverse_Mercator"]]"#;
        assert_eq!(Prj::read(inner).expect("a .prj").code, None, "the code of a part is not that of the whole");
        for text in ["", "EPSG:4326", "LOCAL_CS[\"x\"]", "hello"] {
            assert_eq!(Prj::read(text), None, "{text}");
        }
    }
}
