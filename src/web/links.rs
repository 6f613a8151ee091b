//! Absolute links: clients that page through a layer, QGIS among them, do not follow relative ones.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde_json::{Value, json};

use super::serving::State;

/// Where absolute links begin, without a slash at the end: the configured public URL, else what a proxy says in `Forwarded`
/// (RFC 7239) or `X-Forwarded-*`, else the host that the request names. What is no host name is not believed.
#[must_use]
pub fn base_url(request: &HttpRequest, state: &State) -> String {
    state.public_url.clone().unwrap_or_else(|| base_of_request(&|name| text(request, name)))
}

fn text<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn base_of_request<'h>(header: &dyn Fn(&str) -> Option<&'h str>) -> String {
    // Of a chain of proxies the first entry is of the one that the client sees.
    let first = |name: &str| header(name).and_then(|list| list.split(',').next()).map(str::trim);
    let forwarded = |key: &str| {
        let entry = first("forwarded")?;
        let pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.trim_matches('"')).next()
    };
    let host = forwarded("host").or_else(|| first("x-forwarded-host")).or_else(|| header(header::HOST.as_str()));
    let sound =
        |host: &&str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    let scheme = forwarded("proto").or_else(|| first("x-forwarded-proto"));
    let scheme = if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) { "https" } else { "http" };
    let plain =
        |path: &&str| path.starts_with('/') && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b));
    let prefix = first("x-forwarded-prefix").filter(plain).unwrap_or_default().trim_end_matches('/');
    format!("{scheme}://{}{prefix}", host.filter(sound).unwrap_or("localhost"))
}

/// A link object (RFC 8288, as OGC 17-069r4 writes it).
#[must_use]
pub fn link(href: &str, rel: &str, media_type: &str, title: &str) -> Value {
    json!({"href": href, "rel": rel, "type": media_type, "title": title})
}

/// Text as a part of a URL's path or query (RFC 3986, section 2.1): all but unreserved characters escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let hex = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase();
            escaped.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_where_the_client_sees_the_service() {
        let table: [(&[(&str, &str)], &str); 9] = [
            (&[], "http://localhost"),
            (&[("host", "127.0.0.1:8080")], "http://127.0.0.1:8080"),
            (
                &[("host", "a"), ("x-forwarded-host", "gis.example"), ("x-forwarded-proto", "https")],
                "https://gis.example",
            ),
            (&[("host", "a"), ("x-forwarded-host", "one.example, two.example")], "http://one.example"),
            (&[("host", "a"), ("x-forwarded-prefix", "/gis/")], "http://a/gis"),
            (&[("host", "a"), ("x-forwarded-prefix", "//evil\"")], "http://a"),
            (
                &[("host", "a"), ("forwarded", "for=10.0.0.1;proto=https;host=\"gis.example:444\"")],
                "https://gis.example:444",
            ),
            (&[("host", "a\"><script>")], "http://localhost"),
            (&[("host", "a"), ("x-forwarded-proto", "javascript")], "http://a"),
        ];
        for (headers, expected) in table {
            let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            assert_eq!(base_of_request(&header), expected, "{headers:?}");
        }
    }

    #[test]
    fn what_means_something_in_a_url_is_escaped() {
        assert_eq!(escaped("P-001"), "P-001");
        assert_eq!(escaped("a b/ư&=%"), "a%20b%2F%C6%B0%26%3D%25");
    }
}
