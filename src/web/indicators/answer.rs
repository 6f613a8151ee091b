//! `GET /indicators/{id}`: the values of a period as JSON and as CSV.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value as Json, json};

use super::legend::legend;
use super::list::described;
use super::painted::Painted;
use crate::index::sheet::{Sheet, Unit};
use crate::model::{Indicator, Period};
use crate::web::features::formats::Format;
use crate::web::links::base_url;
use crate::web::negotiate::{has_already, header_text};
use crate::web::serving::State;

const HEADER: &str = "unit,name,period,value,partial,rank,class,previous,change,year_before,year_change,target,distance,met,converted_from,missing\n";

pub(super) fn answer(request: &HttpRequest, state: &State, painted: &Painted, format: Format) -> HttpResponse {
    // The default period of tomorrow is another document: the entity tag names it.
    let etag = format!("W/\"{}-{}-{:x}-{}\"", painted.version, painted.choice.key(), state.fingerprint, format.name());
    let common = [(header::ETAG, etag.as_str()), (header::CACHE_CONTROL, "no-cache"), (header::VARY, "Accept")];
    let with_common = |mut response: actix_web::HttpResponseBuilder| {
        for header in common {
            response.insert_header(header);
        }
        response
    };
    if has_already(header_text(request, &header::IF_NONE_MATCH), &etag) {
        return with_common(HttpResponse::NotModified()).finish();
    }
    let mut response = with_common(HttpResponse::Ok());
    match format {
        Format::Csv => response.content_type("text/csv; charset=utf-8").body(csv(painted)),
        _ => response.content_type("application/json").body(document(request, state, painted).to_string()),
    }
}

fn document(request: &HttpRequest, state: &State, painted: &Painted) -> Json {
    let Painted { choice, sheet, .. } = painted;
    let mut document = described(&base_url(request, state), state, &choice.indicator);
    document["period"] = json!(choice.period);
    document["previous"] = json!(choice.period.and_then(Period::previous));
    document["year_before"] = json!(choice.period.and_then(Period::year_before));
    document["target"] = json!(sheet.target);
    document["classes"] = json!({"method": choice.method, "count": painted.breaks.len(), "breaks": painted.breaks});
    document["legend"] = json!(legend(painted));
    document["summary"] = summary(&choice.indicator, sheet);
    let units = sheet.units.iter().map(|unit| described_unit(painted, unit));
    document["units"] = Json::Array(units.collect());
    document
}

fn summary(indicator: &Indicator, sheet: &Sheet) -> Json {
    let all = &sheet.summary;
    let mut summary = compared([all.previous, all.year_before].map(|all| all.map(|all| (all.now, all.before))));
    summary.insert("value".into(), json!(all.value));
    summary.insert("rule".into(), json!(indicator.merge.as_ref().map(crate::model::indicator::Merge::name)));
    summary.insert("units".into(), json!(sheet.units.len()));
    summary.insert("known".into(), json!(all.known));
    summary.insert("met".into(), json!(all.met));
    aimed(&mut summary, indicator, sheet.target, all.value);
    Json::Object(summary)
}

fn described_unit(painted: &Painted, unit: &Unit) -> Json {
    let mut members = compared([unit.previous, unit.year_before].map(|before| unit.value().zip(before)));
    members.insert("id".into(), json!(unit.id));
    members.insert("name".into(), json!(unit.name));
    members.insert("value".into(), json!(unit.value()));
    members.insert("rank".into(), json!(unit.rank));
    members.insert("class".into(), json!(painted.class_of(unit)));
    aimed(&mut members, &painted.choice.indicator, painted.sheet.target, unit.value());
    let converted = unit.figure.and_then(|figure| figure.converted);
    members.insert("converted".into(), json!(converted.is_some()));
    if let (Some(converted), Some(figure)) = (converted, unit.figure) {
        members.insert("from_units".into(), json!(converted.units));
        members.insert("missing_units".into(), json!(converted.missing));
        if converted.missing > 0 {
            members.insert("partial".into(), json!(figure.value));
        }
    }
    Json::Object(members)
}

/// The changes of the last period and in a year: the value and the earlier one, where both are known.
fn compared([previous, year_before]: [Option<(f64, f64)>; 2]) -> Map<String, Json> {
    let change = |both: Option<(f64, f64)>| {
        both.map(|(value, before)| {
            let percent = (before != 0.0).then(|| 100.0 * (value - before) / before.abs());
            json!({"from": before, "difference": value - before, "percent": percent})
        })
    };
    let mut members = Map::new();
    members.insert("change".into(), json!(change(previous)));
    members.insert("year_change".into(), json!(change(year_before)));
    members
}

/// How far a value is from its target, and whether it is met.
fn aimed(members: &mut Map<String, Json>, indicator: &Indicator, target: Option<f64>, value: Option<f64>) {
    let both = value.zip(target);
    members.insert("distance".into(), json!(both.map(|(value, target)| value - target)));
    let met = both.zip(indicator.direction).map(|((value, target), direction)| direction.meets(value, target));
    members.insert("target_met".into(), json!(met));
}

fn csv(painted: &Painted) -> String {
    let Painted { choice, sheet, .. } = painted;
    let period = choice.period.map(|period| period.to_string()).unwrap_or_default();
    let mut text = HEADER.to_owned();
    let shown = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    for unit in &sheet.units {
        let value = unit.value();
        let converted = unit.figure.and_then(|figure| figure.converted);
        let partial = unit.figure.map(|figure| figure.value).filter(|_| value.is_none());
        let change = |before: Option<f64>| shown(value.zip(before).map(|(value, before)| value - before));
        let aimed = value.zip(sheet.target);
        let met =
            aimed.zip(choice.indicator.direction).map(|((value, target), direction)| direction.meets(value, target));
        let cells = [
            unit.id.clone(),
            unit.name.clone(),
            period.clone(),
            shown(value),
            shown(partial),
            unit.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            painted.class_of(unit).map(|class| class.to_string()).unwrap_or_default(),
            shown(unit.previous),
            change(unit.previous),
            shown(unit.year_before),
            change(unit.year_before),
            shown(sheet.target),
            shown(aimed.map(|(value, target)| value - target)),
            met.map(|met| met.to_string()).unwrap_or_default(),
            converted.map(|converted| converted.units.to_string()).unwrap_or_default(),
            converted.map(|converted| converted.missing.to_string()).unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// As RFC 4180 writes it, section 2.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
