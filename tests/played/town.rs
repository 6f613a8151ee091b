//! The program as an operator runs it: a demo of a few layers in a folder of its own, served, and its day played.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A served demo; ends with this value.
pub struct Town {
    pub url: String,
    folder: TempDir,
    service: Child,
}

/// The seed and scale of the demo.
const DEMO: [&str; 4] = ["--seed", "11", "--scale", "0.2"];

impl Town {
    /// Fills a store with these layers of the shipped catalogue and serves it.
    pub fn demo(layers: &[&str]) -> Self {
        Self::demo_with(layers, &[], &[])
    }

    /// The same with the rules of these files, and with more words for `serve`.
    pub fn demo_with(layers: &[&str], rules: &[PathBuf], words: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/layers");
        fs::create_dir_all(folder.path().join("data/layers")).expect("a folder for layers");
        fs::create_dir_all(folder.path().join("data/rules")).expect("a folder for rules");
        for rule in rules {
            let name = rule.file_name().expect("the name of a file");
            fs::copy(rule, folder.path().join("data/rules").join(name)).expect("a rule");
        }
        for layer in layers {
            let file = format!("{layer}.toml");
            fs::copy(shipped.join(&file), folder.path().join("data/layers").join(&file)).expect("a shipped layer");
        }
        let output = program(folder.path()).arg("demo").args(DEMO).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::served_with(folder, words)
    }

    /// Serves a folder with `data/layers`.
    pub fn served(folder: TempDir) -> Self {
        Self::served_with(folder, &[])
    }

    fn served_with(folder: TempDir, words: &[&str]) -> Self {
        let mut service = program(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--observations"])
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = service.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let url = line.trim().strip_prefix("citylayers: serving ").expect("a URL").trim_end_matches('/').to_owned();
        Self { url, folder, service }
    }

    /// Runs `demo` with these words and the same seed and scale: what it writes, and what it says.
    pub fn run(&self, words: &[&str]) -> (String, String) {
        let output =
            program(self.folder.path()).arg("demo").args(DEMO).args(words).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(output.status.success(), "{words:?}: {err}");
        (out, err)
    }

    /// Starts a `demo` with these words and the same seed and scale, and gives it back with its first line that begins so.
    pub fn start(&self, words: &[&str], prefix: &str) -> (Playing, String) {
        let mut command = program(self.folder.path());
        let mut player = command.arg("demo").args(DEMO).args(words).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(player.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let line = lines.find_map(|line| line.strip_prefix(prefix).map(str::to_owned)).expect("what it says");
        (Playing { player, said: Box::new(lines) }, line)
    }

    /// The bytes of an answer that must be 200; nothing for 204.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let mut answer =
            ureq::get(format!("{}{path}", self.url)).call().unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!([200, 204].contains(&answer.status().as_u16()), "{path}: {}", answer.status());
        answer.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a body")
    }

    /// The JSON of an answer.
    pub fn json(&self, path: &str) -> Json {
        serde_json::from_slice(&self.bytes(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Posts readings: the status and the answer.
    pub fn post(&self, body: &str) -> (u16, Json) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("{}/observations", self.url)).content_type("application/x-ndjson");
        let mut answer = request.send(body).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), serde_json::from_str(&text).expect("JSON"))
    }

    /// Bytes of memory that the service holds.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.service.id())).expect("Linux");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        resident.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// All features of a layer.
    pub fn features(&self, layer: &str) -> Vec<Json> {
        let mut features = Vec::new();
        let mut next = Some(format!("/collections/{layer}/items?limit=10000"));
        while let Some(path) = next {
            let page = self.json(&path);
            features.extend(page["features"].as_array().expect("features").iter().cloned());
            let link = page["links"].as_array().expect("links").iter().find(|link| link["rel"] == "next");
            next = link
                .map(|link| link["href"].as_str().expect("a link").strip_prefix(&self.url).expect("own").to_owned());
        }
        features
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.service.kill().expect("it was running");
        self.service.wait().expect("it ends");
    }
}

/// A day that is being played.
pub struct Playing {
    player: Child,
    said: Box<dyn Iterator<Item = String>>,
}

impl Playing {
    /// Whether it still is.
    pub fn goes_on(&mut self) -> bool {
        self.player.try_wait().expect("its state").is_none()
    }

    /// Waits for the end, which must be good: what was said until then.
    pub fn end(mut self) -> String {
        let said: Vec<String> = self.said.by_ref().collect();
        let status = self.player.wait().expect("it ends");
        assert!(status.success(), "{said:?}");
        said.join("\n")
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // Already over, unless a test failed.
        let _ = self.player.kill();
        let _ = self.player.wait();
    }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_citylayers"));
    command
        .current_dir(folder)
        .env("CITYLAYERS_STORE", folder.join("city.gpkg"))
        .env("CITYLAYERS_DATA", folder.join("data"));
    command.env_remove("CITYLAYERS_LISTEN").env_remove("CITYLAYERS_MQTT");
    command
}
