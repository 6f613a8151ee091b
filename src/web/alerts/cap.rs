//! `GET /alerts/{id}.cap`: an alert as the Common Alerting Protocol has it (OASIS CAP 1.2, section 3), in Vietnamese and English.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, FixedOffset, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::area::{Area, area};
use super::found;
use crate::model::alert::{Entry, Status};
use crate::model::{Alert, Title};
use crate::web::error::Problem;
use crate::web::links::base_url;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// Viet Nam has one time, without summer time (section 3.3.2 wants an offset in hours and minutes).
const OFFSET: i32 = 7 * 3600;

type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;

/// Answers the alert.
pub async fn cap(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let alert = found(&state, &path).await?;
    let base = base_url(&request, &state);
    let area = area(&alert, state.city()?.atlas());
    let xml = document(&alert, &area, &base).map_err(|error| {
        tracing::error!(%error, "an alert could not be written as CAP");
        Problem::Internal
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/cap+xml");
    Ok(response.body(xml))
}

fn moment(time: DateTime<Utc>) -> String {
    let offset =
        FixedOffset::east_opt(OFFSET).map_or_else(|| time.fixed_offset(), |offset| time.with_timezone(&offset));
    offset.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn text(xml: &mut Xml, name: &str, text: &str) -> Written {
    // XML 1.0 has no such characters (section 2.2), and a name may have been typed with any.
    let sound: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect();
    xml.create_element(name).write_text_content(BytesText::new(&sound))?;
    Ok(())
}

/// The whole document. `place` is where it is, and `base` where the service is reached, and names the sender.
pub fn document(alert: &Alert, place: &Area, base: &str) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("alert").with_attribute(("xmlns", NAMESPACE)).write_inner_content(|xml| {
        envelope(xml, alert, base)?;
        info(xml, alert, place, base, "vi-VN", |title| &title.vi)?;
        info(xml, alert, place, base, "en", |title| &title.en)
    })?;
    Ok(xml.into_inner())
}

/// What is the same in every language. Each edition of an alert is a message of its own, which names the first.
fn envelope(xml: &mut Xml, alert: &Alert, base: &str) -> Written {
    let sender = base.split("://").last().unwrap_or(base);
    let number = alert.edition();
    text(xml, "identifier", &format!("{}.{number}", alert.id))?;
    text(xml, "sender", sender)?;
    let written = |entry: Option<&Entry>| moment(entry.map_or(alert.raised_at, |entry| entry.at));
    text(xml, "sent", &moment(alert.changed_at))?;
    text(xml, "status", "Actual")?;
    let first = number <= 1;
    let kind = match alert.status {
        Status::Raised | Status::Acknowledged if first => "Alert",
        Status::Raised | Status::Acknowledged => "Update",
        Status::Resolved | Status::Expired => "Cancel",
    };
    text(xml, "msgType", kind)?;
    text(xml, "scope", "Public")?;
    if !first {
        text(xml, "references", &format!("{sender},{}.1,{}", alert.id, written(alert.trail.first())))?;
    }
    Ok(())
}

fn info(xml: &mut Xml, alert: &Alert, place: &Area, base: &str, language: &str, say: fn(&Title) -> &str) -> Written {
    xml.create_element("info").write_inner_content(|xml| {
        text(xml, "language", language)?;
        text(xml, "category", &format!("{:?}", alert.category))?;
        text(xml, "event", say(&alert.title))?;
        text(xml, "urgency", &format!("{:?}", alert.urgency))?;
        text(xml, "severity", &format!("{:?}", alert.severity))?;
        text(xml, "certainty", &format!("{:?}", alert.certainty))?;
        text(xml, "onset", &moment(alert.raised_at))?;
        if let Some(expires) = alert.expires_at {
            text(xml, "expires", &moment(expires))?;
        }
        text(xml, "senderName", say(&alert.agency))?;
        text(xml, "headline", say(&alert.headline))?;
        let steps: Vec<&str> = alert.steps.iter().map(|step| say(&step.title)).collect();
        if !steps.is_empty() {
            text(xml, "instruction", &steps.join("\n"))?;
        }
        text(xml, "web", &format!("{base}/alerts/{}", alert.id))?;
        parameter(xml, "layer", &alert.layer)?;
        parameter(xml, "feature", &alert.feature)?;
        if let Some(value) = alert.value {
            parameter(xml, alert.property.as_deref().unwrap_or("value"), &value.to_string())?;
        }
        written_area(xml, place)
    })?;
    Ok(())
}

fn parameter(xml: &mut Xml, name: &str, value: &str) -> Written {
    xml.create_element("parameter").write_inner_content(|xml| {
        text(xml, "valueName", name)?;
        text(xml, "value", value)
    })?;
    Ok(())
}

fn written_area(xml: &mut Xml, place: &Area) -> Written {
    xml.create_element("area").write_inner_content(|xml| {
        text(xml, "areaDesc", &place.called)?;
        for polygon in &place.polygons {
            text(xml, "polygon", polygon)?;
        }
        place.circle.iter().try_for_each(|circle| text(xml, "circle", circle))
    })?;
    Ok(())
}
