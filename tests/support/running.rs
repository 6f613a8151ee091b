//! The program while it serves, in a process of its own: it can be stopped, and killed.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

/// A service that answers. It ends with this value.
pub struct Running {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Running {
    /// Starts `citylayers serve` on a free port and waits until it is ready. It works in `folder`.
    pub fn start(folder: &Path, store: &str, words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_citylayers"));
        for name in ["CITYLAYERS_DATA", "CITYLAYERS_LISTEN", "CITYLAYERS_MQTT"] {
            command.env_remove(name);
        }
        command.current_dir(folder).env("CITYLAYERS_STORE", store).stdout(Stdio::piped());
        let mut child = command.args(["serve", "--listen", "127.0.0.1:0"]).args(words).spawn().expect("it starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its words")).read_line(&mut said).expect("its words are read");
        let url = said.trim_end().strip_prefix("citylayers: serving ").map(|url| url.trim_end_matches('/').to_owned());
        let url = url.unwrap_or_else(|| panic!("it says that it serves, not `{said}`"));
        Self { child, url }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
    }

    /// Ends it as an operator does, and waits for its end.
    pub fn stop(mut self) {
        terminate(&self.child);
        assert!(self.child.wait().expect("it ends").success());
    }

    /// What it answers, which must be 200.
    pub fn get(&self, path: &str) -> Json {
        let mut answer =
            ureq::get(format!("{}{path}", self.url)).call().unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = answer.body_mut().read_to_string().expect("a body");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// The times of all readings of a feature, in order.
    pub fn times(&self, layer: &str, feature: &str) -> Vec<String> {
        let mut times = Vec::new();
        let mut next = Some(format!(
            "/collections/{layer}/items/{feature}/observations?limit=10000&datetime=../2100-01-01T00:00:00Z"
        ));
        while let Some(path) = next {
            let page = self.get(&path);
            let list = page["observations"].as_array().expect("readings");
            times.extend(list.iter().map(|one| one["time"].as_str().expect("a time").to_owned()));
            let link = page["links"].as_array().expect("links").iter().find(|link| link["rel"] == "next");
            next = link.map(|link| link["href"].as_str().expect("a link").replacen(&self.url, "", 1));
        }
        times
    }

    /// Listens to what happens in a layer, line by line. When it returns it is heard.
    pub fn listen(&self, layer: &str) -> impl Iterator<Item = String> + use<> {
        let address = self.url.strip_prefix("http://").expect("a URL");
        let mut stream = TcpStream::connect(address).expect("it answers");
        write!(stream, "GET /live?layers={layer} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("asked");
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let head = lines.next().expect("an answer");
        assert!(head.contains(" 200 "), "{head}");
        lines
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// SIGTERM.
pub fn terminate(child: &Child) {
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
}
