//! Which broker, and as whom: `mqtt://user:password@host:1883?version=5&client=NAME&group=NAME`.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::ingest::message::ROOT;

/// The port of MQTT without TLS.
const PORT: u16 = 1883;

/// How the broker is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT 3.1.1.
    V4,
    /// MQTT 5.
    V5,
}

/// A broker, and who we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Broker {
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
    /// The protocol.
    pub protocol: Protocol,
    /// The name of our session: the same after a restart, and of no other node.
    pub client: String,
    /// The nodes that share what comes. `None`: everything comes to us, which is the rule, because mosquitto 2.0 forgets shared subscriptions
    /// when it is restarted, and with them what is sent until we are back.
    pub group: Option<String>,
}

/// A URL that names no broker.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Not a URL of a broker at all.
    #[error("the broker is no URL like mqtt://user:password@host:1883: {0}")]
    NoUrl(String),
    /// TLS.
    #[error(
        "TLS is not spoken to brokers: name a broker on this machine or network with mqtt://, and let that one bridge to the other by TLS (mosquitto.conf: connection, address, bridge_cafile)"
    )]
    Tls,
    /// A parameter that is unknown or has no such value.
    #[error("`{0}`: a broker's parameters are version (3.1.1 or 5), client and group")]
    Parameter(String),
    /// A name that cannot be one level of a topic, or of a session.
    #[error("`{0}={1}`: 1 to 64 letters, digits, `-`, `_`, `.`")]
    Name(String, String),
}

impl Broker {
    /// Reads a URL; `client` is the name of the session where it names none.
    pub fn parse(url: &str, client: &str) -> Result<Self, BrokerError> {
        let url = Url::parse(url).map_err(|error| BrokerError::NoUrl(error.to_string()))?;
        match url.scheme() {
            "mqtt" | "tcp" => {}
            "mqtts" | "ssl" | "tls" => return Err(BrokerError::Tls),
            other => return Err(BrokerError::NoUrl(format!("`{other}://`"))),
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| BrokerError::NoUrl("it names no host".to_owned()))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(BrokerError::NoUrl(format!(
                "nothing stands behind the port but ?parameters, not `{}`",
                url.path()
            )));
        }
        let plain = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(String::from).map_err(|error| BrokerError::NoUrl(format!("user and password are UTF-8: {error}")))
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((plain(user)?, plain(password.unwrap_or_default())?)),
        };
        let mut broker = Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(PORT),
            login,
            protocol: Protocol::V5,
            client: client.to_owned(),
            group: None,
        };
        for (name, value) in url.query_pairs() {
            broker.set(&name, &value)?;
        }
        Ok(broker)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), BrokerError> {
        let named = || {
            let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let fits = (1..=64).contains(&value.len()) && value.bytes().all(good);
            if fits { Ok(value.to_owned()) } else { Err(BrokerError::Name(name.to_owned(), value.to_owned())) }
        };
        match (name, value) {
            ("version", "5") => self.protocol = Protocol::V5,
            ("version", "3.1.1" | "4") => self.protocol = Protocol::V4,
            ("client", _) => self.client = named()?,
            ("group", _) => self.group = Some(named()?),
            _ => return Err(BrokerError::Parameter(format!("{name}={value}"))),
        }
        Ok(())
    }

    /// What is subscribed to (MQTT 5, section 4.8.2; brokers of 3.1.1 share in the same way or refuse).
    #[must_use]
    pub fn filter(&self) -> String {
        match &self.group {
            Some(group) => format!("$share/{group}/{ROOT}/#"),
            None => format!("{ROOT}/#"),
        }
    }
}

/// As it may be printed: without a password.
impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtt://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {:?} as {} in {:?}", self.protocol, self.client, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_everything_or_is_refused_with_what_would_be_right() {
        let plain = Broker {
            host: "localhost".into(),
            port: 1883,
            login: None,
            protocol: Protocol::V5,
            client: "node".into(),
            group: None,
        };
        let table = [
            ("mqtt://localhost", plain.clone()),
            ("mqtt://localhost:1884/", Broker { port: 1884, ..plain.clone() }),
            ("mqtt://[::1]:1884", Broker { host: "::1".into(), port: 1884, ..plain.clone() }),
            ("mqtt://u:p%40%3A@localhost", Broker { login: Some(("u".into(), "p@:".into())), ..plain.clone() }),
            (
                "mqtt://u@localhost?version=3.1.1",
                Broker { login: Some(("u".into(), String::new())), protocol: Protocol::V4, ..plain.clone() },
            ),
            ("mqtt://localhost?client=a-1", Broker { client: "a-1".into(), ..plain.clone() }),
            ("mqtt://localhost?group=b&version=5", Broker { group: Some("b".into()), ..plain }),
        ];
        for (url, expected) in table {
            let broker = Broker::parse(url, "node").unwrap_or_else(|error| panic!("{url}: {error}"));
            assert!(broker == expected, "{url}: {broker:?}");
            assert!(!format!("{broker} {broker:?}").contains("p@:"), "{url}");
        }
        for (url, part) in [
            ("localhost:1883", "mqtt://"),
            ("http://localhost", "mqtt://"),
            ("mqtts://localhost", "bridge"),
            ("mqtt://", "no host"),
            ("mqtt://localhost/topic", "/topic"),
            ("mqtt://localhost?version=6", "version=6"),
            ("mqtt://localhost?qos=2", "qos=2"),
            ("mqtt://localhost?client=a/b", "a/b"),
            ("mqtt://localhost?group=a%2B", "a+"),
            ("mqtt://localhost?group=", "group="),
        ] {
            let error = Broker::parse(url, "node").expect_err(url).to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
