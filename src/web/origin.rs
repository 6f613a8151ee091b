//! Whose page a browser writes from: only the service's own may. A page of somebody else that is open in the browser of somebody who can
//! reach this service would write in that person's place (cross-site request forgery).

use actix_web::HttpRequest;
use actix_web::http::header;

use super::error::Problem;
use super::negotiate::header_text;
use super::serving::State;

/// Refuses a write from a page of somebody else. Programs send no `Origin` (the Fetch standard, section 3.1) and pass; so does the own
/// page: as the browser says (`Sec-Fetch-Site`, over https and on localhost), of the same host, or of the `public_url`.
pub fn own_page(request: &HttpRequest, state: &State) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let refused = |origin: &str| {
        Err(Problem::Forbidden(format!(
            "a page of `{origin}` may read here and not write; if that is this service, it is to be started with --public-url {origin}"
        )))
    };
    match (text("sec-fetch-site"), header_text(request, &header::ORIGIN)) {
        (Some("same-origin" | "none"), _) | (None, None) => Ok(()),
        (_, Some(origin)) if is_own(origin, text("host"), state.public_url.as_deref()) => Ok(()),
        (_, origin) => refused(origin.unwrap_or("another site")),
    }
}

/// Whether an origin is that of the service. A proxy may have changed the scheme; what it says about the host is not asked: a page may
/// send such headers, too.
fn is_own(origin: &str, host: Option<&str>, public_url: Option<&str>) -> bool {
    let authority =
        |url: &str| url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_owned());
    let public = public_url.and_then(|url| Some((url.split_once("://")?.0.to_owned(), authority(url)?)));
    let is_public = public.is_some_and(|(scheme, host)| origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")));
    is_public || authority(origin).zip(host).is_some_and(|(own, host)| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_the_own_pages_write() {
        let table = [
            ("http://map.example:8080", "map.example:8080", None, true),
            ("https://map.example", "Map.Example", None, true),
            ("https://map.example", "127.0.0.1:8080", Some("https://map.example/city"), true),
            ("http://map.example", "127.0.0.1:8080", Some("https://map.example/city"), false),
            ("http://map.example:8081", "map.example:8080", None, false),
            ("https://evil.example", "map.example", Some("https://map.example"), false),
            ("https://map.example.evil.example", "map.example", Some("https://map.example"), false),
            ("null", "map.example", None, false),
        ];
        for (origin, host, public_url, own) in table {
            assert_eq!(is_own(origin, Some(host), public_url), own, "{origin} at {host}, {public_url:?}");
        }
    }
}
