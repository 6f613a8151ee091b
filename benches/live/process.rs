//! The service in a process of its own, and what it uses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Clock ticks of a second in `/proc` (`USER_HZ`, 100 on every Linux of today).
const TICKS: f64 = 100.0;

/// A served store; ends with this value.
pub struct Service {
    pub address: SocketAddr,
    child: Child,
}

impl Service {
    /// Serves a store on a free port.
    pub fn start(store: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_citylayers"))
            .args(["serve", "--listen", "127.0.0.1:0", "--observations", "--store"])
            .arg(store)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where it listens");
        let address = line.trim().trim_end_matches('/').rsplit('/').next().expect("an address");
        Self { address: address.parse().expect("an address and a port"), child }
    }

    /// Bytes of memory, and seconds of processor time so far.
    pub fn used(&self) -> (u64, f64) {
        let read = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).expect("Linux");
        let status = read("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        let stat = read("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
        (kilobytes * 1024, ticks as f64 / TICKS)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ends");
    }
}

/// Whether so many files may be open at once.
pub fn may_open(files: usize) -> bool {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let limit: usize = line.split_whitespace().nth(3).and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
    limit >= files
}
