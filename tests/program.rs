//! The command line as people and scripts meet it: exit codes, messages, and files that come back.

#[path = "support/present.rs"]
mod present;
#[path = "support/program.rs"]
mod program;
#[path = "support/running.rs"]
mod running;

use std::process::Command;

use program::Desk;
use running::Running;

const LAMPS: &str = "id,lamp_type,lon,lat\nL1,led,105.67,18.66\nL2,hps,105.68,18.67\nL3,led,105.69,18.68\n";

#[test]
fn done_is_0_refused_is_1_and_wrong_usage_is_2() {
    let desk = Desk::new();
    let lamps = desk.write("lamps.csv", LAMPS);
    let lamps = lamps.to_str().expect("a plain name");
    let table: &[(&[&str], i32, &str)] = &[
        (&["layers"], 0, ""),
        (&["layers", "wards"], 0, ""),
        (&["--help"], 0, ""),
        (&["import", "--help"], 0, ""),
        (&["import", lamps, "--layer", "street_lights", "--dry-run"], 0, "nothing is written"),
        (&["import", lamps, "--layer", "street_lights"], 0, "3 of 3"),
        (&["check"], 0, ""),
        (&["import", "nowhere.csv", "--layer", "street_lights"], 1, "nowhere.csv"),
        (&["import", lamps, "--layer", "wards"], 1, "lamps.csv"),
        (&["import", lamps, "--layer", "lamps"], 2, "street_lights"),
        (&["import", lamps, "--layer", "street_lights", "--crs", "EPSG:1"], 2, "EPSG:1"),
        (&["import", lamps], 2, "--layer"),
        (&["serve", "--mqtt", "mqtts://broker.example"], 2, "bridge"),
        (&["frobnicate"], 2, "frobnicate"),
        (&["demo", "--on", "2026-01-01"], 2, "--play"),
        (&["demo", "--play", "--speed", "0"], 2, "0.01"),
        (&["demo", "--play", "--from", "25:00"], 2, "24:00"),
        (&["demo", "--play", "--from", "14:00", "--until", "14:00"], 2, "--until is later"),
        (&["demo", "--until", "14:00"], 2, "--play"),
        (&["demo", "--print", "--from", "14:00", "--until", "13:00"], 2, "--until is later"),
        (&["demo", "--to", "http://127.0.0.1:1"], 2, "--play"),
    ];
    for &(words, code, part) in table {
        let answer = desk.run(words);
        assert_eq!(answer.code, code, "{words:?}: {answer:?}");
        assert!(answer.err.contains(part), "{words:?}: {answer:?}");
        // The store may be a URL with a password.
        let store = desk.path("city.gpkg").display().to_string();
        let tells = words.contains(&"--help") && answer.out.contains(&store);
        assert!(!tells, "{words:?} tells the value of CITYLAYERS_STORE: {answer:?}");
    }
}

#[test]
fn every_format_gives_back_what_went_in() {
    let desk = Desk::new();
    let lamps = desk.write("lamps.csv", LAMPS);
    assert_eq!(desk.import(&lamps, "street_lights", &[]).code, 0);
    let before = desk.features("street_lights");
    assert_eq!(before.len(), 3);
    for format in ["geojson", "geojsonseq", "csv", "gpkg", "flatgeobuf"] {
        let file = desk.path(&format!("lamps.{format}"));
        let words = ["export", "--layer", "street_lights", "--format", format, file.to_str().expect("a plain name")];
        assert_eq!(desk.run(words).code, 0, "{format}");
        let answer = desk.import(&file, "street_lights", &[]);
        assert_eq!(answer.code, 0, "{format}: {answer:?}");
        let mut after = desk.features("street_lights");
        after.sort_by_key(|lamp| lamp["id"].to_string());
        assert_eq!(after, before, "{format}");
        if present::have_gdal() {
            let seen = Command::new("ogrinfo").args(["-so", "-al"]).arg(&file).output().expect("GDAL");
            let (text, warnings) = (String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
            assert!(text.contains("Feature Count: 3") && warnings.is_empty(), "{format}: {text}{warnings}");
        }
    }
}

#[test]
fn modes_replace_append_and_upsert() {
    let desk = Desk::new();
    let lamps = desk.write("lamps.csv", LAMPS);
    let more = desk.write("more.csv", "id,lamp_type,lon,lat\nL3,hps,105.7,18.7\nL4,led,105.7,18.7\n");
    let ids = |desk: &Desk| -> Vec<String> {
        desk.features("street_lights").iter().map(|lamp| lamp["id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(desk.import(&lamps, "street_lights", &[]).code, 0);
    let refused = desk.import(&more, "street_lights", &["--mode", "append"]);
    assert_eq!(refused.code, 1, "one of two has an id that is there: {refused:?}");
    assert!(refused.err.contains("row 1") && refused.err.contains("L3"), "{}", refused.err);
    assert_eq!(ids(&desk), ["L1", "L2", "L3"]);
    assert_eq!(desk.import(&more, "street_lights", &["--mode", "append", "--refuse-share", "0.5"]).code, 0);
    assert_eq!(ids(&desk), ["L1", "L2", "L3", "L4"]);
    assert_eq!(desk.features("street_lights")[2]["properties"]["lamp_type"], "led");
    assert_eq!(desk.import(&more, "street_lights", &["--mode", "upsert"]).code, 0);
    assert_eq!(desk.features("street_lights")[2]["properties"]["lamp_type"], "hps");
    assert_eq!(desk.import(&more, "street_lights", &[]).code, 0);
    assert_eq!(ids(&desk), ["L3", "L4"]);
}

#[test]
fn a_register_does_not_bring_vessels_back_to_their_harbours() {
    let desk = Desk::new();
    let register = "id,name,lon,lat\nNA-1,Sao Biển,105.75,18.76\nNA-2,Hải Âu,105.75,18.76\n";
    let register = desk.write("register.csv", register);
    assert_eq!(desk.import(&register, "vessels", &[]).code, 0);
    let store = desk.path("city.gpkg");
    let service = Running::start(&desk.path(""), store.to_str().expect("a plain name"), &["--observations"]);
    let reading = r#"{"layer":"vessels","feature":"NA-1","values":{},"lon":107.5,"lat":18.2}"#;
    let mut answer = ureq::post(format!("{}/observations", service.url))
        .header("content-type", "application/json")
        .send(reading)
        .expect("it takes readings");
    assert_eq!(answer.body_mut().read_to_string().expect("a text"), r#"{"accepted":1,"refused":[]}"#);
    service.stop();
    let later = desk.write("later.csv", "id,name,lon,lat\nNA-1,Sao Biển 2,105.75,18.76\nNA-2,Hải Âu,105.8,18.8\n");
    let expected = [("Sao Biển 2", [107.5, 18.2]), ("Hải Âu", [105.8, 18.8])];
    for mode in ["upsert", "replace"] {
        let answer = desk.import(&later, "vessels", &["--mode", mode]);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.err.contains("1 features of `vessels` stay"), "{}", answer.err);
        for (vessel, (name, place)) in desk.features("vessels").iter().zip(expected) {
            assert_eq!(vessel["properties"]["name"], name, "{mode}");
            assert_eq!(vessel["geometry"]["coordinates"], serde_json::json!(place), "{mode}: {name}");
        }
    }
}

#[test]
fn a_second_process_on_the_same_store_is_refused_with_the_name_of_the_first() {
    let desk = Desk::new();
    let store = citylayers::store::gpkg::GeoPackage::open(&desk.path("city.gpkg")).expect("the store opens");
    let answer = desk.run(["check"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("in use") && answer.err.contains(&std::process::id().to_string()), "{}", answer.err);
    drop(store);
}

/// A quote that nobody closes makes the rest of a CSV one value; a line of GeoJSON that breaks off is a torn file.
#[test]
fn a_torn_file_takes_nothing_in() {
    let desk = Desk::new();
    let lamp = |i: u32| format!("L{i},{}Phố {i},105.67,18.66,\n", if i == 500 { "\"" } else { "" });
    let lamps =
        std::iter::once("id,street,lon,lat,notes\n".to_owned()).chain((0..1000).map(lamp)).collect::<Vec<_>>().concat();
    let torn = [
        ("quote.csv", lamps.clone()),
        ("last.csv", lamps.replace('"', "").replace("L900,Phố 900,105.67,18.66,", "L900,Phố 900,105.67,18.66,\"")),
        ("cut.geojsonl", {
            let line = |i: u32| {
                format!(
                    "{{\"type\":\"Feature\",\"id\":{i},\"properties\":{{}},\"geometry\":{{\"type\":\"Point\",\"coordinates\":[105.6,18.6]}}}}\n"
                )
            };
            let text: Vec<String> = (0..100).map(line).collect();
            let mut text = text.concat();
            text.truncate(text.len() - 30);
            text
        }),
    ];
    for (name, text) in torn {
        let file = desk.write(name, text);
        let answer = desk.import(&file, "street_lights", &[]);
        assert_eq!(answer.code, 1, "{name}: {answer:?}");
        assert!(answer.err.contains("get the whole file"), "{name}: {}", answer.err);
    }
    let whole = desk.write("whole.csv", lamps.replace('"', ""));
    assert_eq!(desk.import(&whole, "street_lights", &[]).code, 0);
    assert_eq!(desk.features("street_lights").len(), 1000);
}

#[test]
fn what_cannot_be_meant_touches_nothing() {
    let desk = Desk::new();
    let lamps = desk.write("lamps.csv", LAMPS);
    let lamps = lamps.to_str().expect("a plain name");
    let degrees = desk.write("degrees.csv", "id,x,y\nL1,105.67,18.66\n");
    let degrees = degrees.to_str().expect("a plain name");
    assert_eq!(desk.run(["check"]).code, 1, "there is no store to check");
    assert!(!desk.path("city.gpkg").exists());
    assert_eq!(desk.run(["import", lamps, "--layer", "street_lights"]).code, 0);
    let table: [(&[&str], i32, &str); 5] = [
        (&["import", lamps, "--layer", "street_lights", "--report", "/no/such/report.json"], 1, "report"),
        (&["import", lamps, "--layer", "street_lights", "--report", lamps], 2, "lamps.csv"),
        (&["export", "--layer", "street_lights", "--format", "csv", "city.gpkg"], 2, "the store itself"),
        (&["--store", "mysql://u:secret@localhost/x", "check"], 2, "mysql://u@localhost/x"),
        (&["import", degrees, "--layer", "street_lights", "--crs", "EPSG:3857"], 1, "are degrees"),
    ];
    for (words, code, part) in table {
        let answer = desk.run(words);
        assert_eq!(answer.code, code, "{words:?}: {answer:?}");
        assert!(answer.err.contains(part) && !answer.err.contains("secret"), "{words:?}: {answer:?}");
        assert_eq!(desk.features("street_lights").len(), 3, "{words:?}");
    }
}

/// What keeps the service from starting is found before anybody starts it.
#[test]
fn check_refuses_what_serve_would_refuse() {
    let desk = Desk::new();
    let lamps = desk.write("lamps.csv", LAMPS);
    assert_eq!(desk.import(&lamps, "street_lights", &[]).code, 0);
    let whole = desk.run(["check"]);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert!(whole.out.contains(" layers, ") && whole.out.contains(" scenes: sound"), "{}", whole.out);
    let configurations = [
        (
            "[[webhook]]\nname = \"ioc\"\nurl = \"ftp://ioc.example\"\nsecret = \"s\"\n",
            "`ftp://ioc.example` is no http://",
        ),
        ("[[webhook]]\nname = \"ioc\"\nurl = \"https://ioc.example\"\nsecret = \"\"\n", "its secret is empty"),
        ("[[gtfs_realtime]]\nlayer = \"wards\"\nfile = \"a.pb\"\n", "there is no layer of that name that moves"),
        ("mqtt = \"http://127.0.0.1\"\n", "http"),
    ];
    for (text, part) in configurations {
        desk.write("citylayers.toml", text);
        for words in [&["check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let answer = desk.run(words);
            assert_eq!(answer.code, 2, "{text}{words:?}: {answer:?}");
            assert!(answer.err.contains(part), "{text}{words:?}: {}", answer.err);
        }
    }
    desk.write("citylayers.toml", "");
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for folder in ["layers", "rules", "indicators", "scenes"] {
        std::fs::create_dir_all(desk.path("data").join(folder)).expect("a folder");
        for file in std::fs::read_dir(shipped.join(folder)).expect("the shipped files") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), desk.path("data").join(folder).join(file.file_name())).expect("a copy");
        }
    }
    assert_eq!(desk.run(["check"]).code, 0, "a whole folder of data is sound");
    let spoilt = [
        ("indicators/population.toml", "merge = ", "mergee = ", "population.toml:"),
        ("scenes/indicators.toml", "\"on_time_procedures\"", "\"punctuality\"", "there is no indicator `punctuality`"),
        ("rules/air_unhealthy.toml", "\"aqi\"", "\"smog\"", "smog"),
        ("scenes/traffic.toml", "layers = [", "layers = [\"trams\", ", "there is no layer `trams`"),
    ];
    for (file, sound, wrong, part) in spoilt {
        let text = std::fs::read_to_string(shipped.join(file)).expect("a shipped file");
        assert!(text.contains(sound), "{file} has no `{sound}`");
        desk.write(&format!("data/{file}"), text.replacen(sound, wrong, 1));
        let answer = desk.run(["check"]);
        assert_eq!(answer.code, 1, "{file}: {answer:?}");
        assert!(answer.err.contains(part), "{file}: {}", answer.err);
        desk.write(&format!("data/{file}"), &text);
    }
}

#[test]
fn a_catalogue_with_a_mistake_names_file_and_line() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("data/layers")).expect("a folder");
    desk.write("data/layers/lamps.toml", "id = \"lamps\"\ncolour = \"red\"\n");
    let answer = desk.run(["layers"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("lamps.toml:2"), "{}", answer.err);
}
