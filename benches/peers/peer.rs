//! Martin and tipg, each a process of its own on a free port; it ends with the bench.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use citylayers::geo::TileCoord;

use super::Arguments;
use super::http::{Connection, Packing, request};
use super::ours::loopback;
use super::province::LAYERS;
use super::replay::{Paths, Server};

/// Names in the tables.
pub const MARTIN: &str = "Martin";
pub const TIPG: &str = "tipg";

/// How long a server may take to start: it looks at every table first.
const START: Duration = Duration::from_mins(2);

/// A running server.
pub struct Process {
    child: Child,
    pub server: Server,
}

/// Told to end, not killed: uvicorn ends its workers then.
impl Drop for Process {
    fn drop(&mut self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Whether Martin keeps tiles.
#[derive(Clone, Copy, PartialEq)]
pub enum Cache {
    /// On, as shipped, with room for every tile of the lists.
    On,
    Off,
}

/// The programs that `scripts/peers` installed.
pub struct Installed {
    folder: PathBuf,
}

impl Installed {
    /// What is in the folder; the error says which server is wanted and missing.
    pub fn find(arguments: &Arguments) -> Result<Self, String> {
        let installed = Self { folder: arguments.peers.clone() };
        let programs = [("martin", installed.martin()), ("tipg", installed.uvicorn())];
        match programs.iter().find(|(name, program)| arguments.wants(name) && !program.exists()) {
            Some((_, missing)) => Err(format!("{} is not there: `make bench-peers` installs it", missing.display())),
            None => Ok(installed),
        }
    }

    fn martin(&self) -> PathBuf {
        self.folder.join("bin/martin")
    }

    fn uvicorn(&self) -> PathBuf {
        self.folder.join("tipg/bin/uvicorn")
    }

    /// Martin with one worker a core, as it chooses itself.
    pub fn start_martin(&self, url: &str, cache: Cache) -> Result<Process, String> {
        let address = free();
        let mut command = Command::new(self.martin());
        let megabytes = if cache == Cache::On { "8192" } else { "0" };
        command.args(["--listen-addresses", &address.to_string(), "--cache-size", megabytes, url]);
        self.start(command, Server { name: MARTIN, address, paths: martin_paths }, "/health")
    }

    /// tipg as shipped: at most 10,000 features a tile, no cache.
    pub fn start_tipg(&self, url: &str) -> Result<Process, String> {
        let address = free();
        let mut command = Command::new(self.uvicorn());
        let port = address.port().to_string();
        command.args(["tipg.main:app", "--host", "127.0.0.1", "--workers", "2", "--log-level", "warning"]);
        command.args(["--port", &port]).env("DATABASE_URL", url).env("TIPG_DB_SCHEMAS", r#"["public"]"#);
        self.start(command, Server { name: TIPG, address, paths: tipg_paths }, "/healthz")
    }

    fn start(&self, mut command: Command, server: Server, health: &str) -> Result<Process, String> {
        let log = self.folder.join(format!("{}.log", server.name));
        let file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| error.to_string())?;
        let child = command.stdout(file).stderr(errors).spawn().map_err(|error| format!("{}: {error}", server.name))?;
        let mut process = Process { child, server };
        let start = Instant::now();
        while !is_up(server.address, health) {
            let ended = process.child.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || start.elapsed() > START {
                return Err(format!("{} did not start; see {}", server.name, log.display()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(process)
    }
}

/// A port that was free a moment ago: these servers cannot be asked which one they took.
fn free() -> SocketAddr {
    TcpListener::bind(loopback()).and_then(|listener| listener.local_addr()).expect("a free port")
}

fn is_up(address: SocketAddr, path: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let Ok(mut connection) = Connection::open(address).await else { return false };
        let answer = connection.get(&request(path, Packing::Identity)).await;
        answer.is_ok_and(|answer| answer.status == 200)
    })
}

fn martin_paths(coord: TileCoord) -> Vec<String> {
    vec![format!("/{}/{}/{}/{}", LAYERS.join(","), coord.z(), coord.x(), coord.y())]
}

/// One a layer: tipg has no tiles of several.
fn tipg_paths(coord: TileCoord) -> Vec<String> {
    let path = |layer: &str| {
        let [z, x, y] = [u32::from(coord.z()), coord.x(), coord.y()];
        format!("/collections/public.{layer}/tiles/WebMercatorQuad/{z}/{x}/{y}")
    };
    LAYERS.iter().map(|layer| path(layer)).collect()
}

/// The first and the second request for a tile on a server that never saw it: what is kept shows.
pub fn first_and_second(address: SocketAddr, paths: Paths, tile: TileCoord) -> Result<[Duration; 2], String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
        let mut times = [Duration::ZERO; 2];
        for time in &mut times {
            let start = Instant::now();
            for path in paths(tile) {
                let answer = connection.get(&request(&path, Packing::Identity)).await;
                let status = answer.map_err(|error| error.to_string())?.status;
                if status != 200 && status != 204 {
                    return Err(format!("{path}: status {status}"));
                }
            }
            *time = start.elapsed();
        }
        Ok(times)
    })
}
