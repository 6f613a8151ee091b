//! The URL of a database: what it asks for, what it may not ask for, and how it is named without its password.

use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::super::StoreError;

/// A dead host is given up after this; applies to each host of a list.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that stays silent so long while an answer is due is dead.
const SILENCE: Duration = Duration::from_secs(30);

/// Where a database is.
pub struct Address {
    /// As the user named it, without the password.
    pub name: String,
    /// How to get there. Only servers that take writes: a standby cannot number commits.
    pub config: Config,
}

impl Address {
    /// Reads `postgres://user:password@host:port,host:port/database?option=value`.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let refused = |name: &str, reason: String| StoreError::Open { store: name.to_owned(), reason };
        if let Some(mode) = option(url, "sslmode").filter(|mode| !matches!(*mode, "disable" | "prefer")) {
            return Err(refused(&without_secrets(url), no_tls(mode)));
        }
        let mut config = Config::from_str(url)
            .map_err(|error| refused(&without_secrets(url), format!("the URL cannot be read: {}", cause(&error))))?;
        let name = name(&config);
        if config.get_ssl_mode() == SslMode::Require {
            return Err(refused(&name, no_tls("require")));
        }
        if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
            return Err(refused(
                &name,
                "target_session_attrs=read-only asks for a standby, which takes no writes".into(),
            ));
        }
        config.ssl_mode(SslMode::Disable).target_session_attrs(TargetSessionAttrs::ReadWrite);
        set_limits(&mut config);
        Ok(Self { name, config })
    }
}

fn set_limits(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
    }
    if config.get_application_name().is_none() {
        config.application_name("citylayers");
    }
}

fn no_tls(mode: &str) -> String {
    format!(
        "sslmode={mode} asks for an encrypted connection, which citylayers does not speak to a database yet; use \
         sslmode=disable inside a trusted network, or reach the server through a local tunnel or pooler that encrypts"
    )
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn option<'u>(url: &'u str, key: &str) -> Option<&'u str> {
    let (_, options) = url.split_once('?')?;
    options.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| (name == key).then_some(value))
}

fn name(config: &Config) -> String {
    let port = |number: usize| match config.get_ports() {
        [] => 5432,
        [one] => *one,
        many => many.get(number).copied().unwrap_or(5432),
    };
    let host = |(number, host): (usize, &Host)| match host {
        Host::Tcp(host) => format!("{host}:{}", port(number)),
        #[cfg(unix)]
        Host::Unix(folder) => format!("{}:{}", folder.display(), port(number)),
    };
    let hosts: Vec<String> = config.get_hosts().iter().enumerate().map(host).collect();
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    format!("postgres://{user}{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

/// For a URL that cannot be read: everything before the last `@` and after the first `?` may hold a password.
fn without_secrets(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(head, _)| head);
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://…@{place}"),
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_holds_the_password() {
        let table = [
            ("postgres://gis:s3cret@db.example:6432/city", "postgres://gis@db.example:6432/city"),
            ("postgresql://gis:s3cret@a,b:6000/city?connect_timeout=3", "postgres://gis@a:5432,b:6000/city"),
            ("postgres://db/city?user=gis&password=s3cret", "postgres://gis@db:5432/city"),
        ];
        for (url, name) in table {
            assert_eq!(Address::parse(url).map(|address| address.name).unwrap(), name, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_had_is_refused_with_the_reason_and_without_the_password() {
        let table = [
            ("postgres://gis:s3cret@db/city?sslmode=require", "sslmode=require asks for an encrypted connection"),
            ("postgres://gis:s3cret@db/city?sslmode=verify-full", "sslmode=verify-full asks for an encrypted"),
            ("postgres://gis:s3cret@db/city?target_session_attrs=read-only", "takes no writes"),
            ("postgres://gis:s3cret@db/city?colour=red", "unknown option `colour`"),
            ("postgres://gis:s3cret@db:port/city", "invalid value for option `port`"),
        ];
        for (url, reason) in table {
            let error = Address::parse(url).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(reason), "{url}: {error}");
            assert!(error.contains("db") && !error.contains("s3cret"), "{url}: {error}");
        }
    }
}
