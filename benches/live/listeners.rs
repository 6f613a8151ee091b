//! Many who listen at once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// What the watched lamp's reading looks like in an event, before its number.
const WATCHED: &[u8] = br#""feature":"1","#;
const NUMBER: &[u8] = br#""power_w":"#;

/// Connections that are opened at once: a queue of a listening socket is no longer.
const TOGETHER: usize = 200;

/// Listeners with the same wish.
pub struct Listeners {
    tasks: Vec<JoinHandle<()>>,
    heard: mpsc::Receiver<(usize, Instant)>,
    bytes: Arc<AtomicUsize>,
}

/// What they heard.
pub struct Heard {
    /// Of each watched reading and listener, how long after it was sent.
    pub delays: Vec<Duration>,
    /// Readings that nobody may have missed and some did: the last of a listener counts for those told together before it.
    pub missed: usize,
    pub bytes: usize,
}

impl Listeners {
    /// Returns when all of them are told that they are listened to.
    pub async fn open(address: SocketAddr, query: &str, count: usize) -> Self {
        let (voice, heard) = mpsc::channel();
        let bytes = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::with_capacity(count);
        for first in (0..count).step_by(TOGETHER) {
            let opening = (first..count.min(first + TOGETHER)).map(|_| begun(address, query));
            for stream in futures_util::future::join_all(opening).await {
                tasks.push(tokio::spawn(listen(stream, voice.clone(), Arc::clone(&bytes))));
            }
        }
        Self { tasks, heard, bytes }
    }

    /// Stops listening.
    pub fn close(&mut self, sent: &[Instant]) -> Heard {
        self.tasks.iter().for_each(JoinHandle::abort);
        let heard: Vec<(usize, Instant)> = self.heard.try_iter().collect();
        let delays: Vec<Duration> = heard.iter().map(|(number, at)| *at - sent[*number]).collect();
        let last = sent.len() - 1;
        let finished = heard.iter().filter(|(number, _)| *number == last).count();
        Heard { delays, missed: self.tasks.len() - finished, bytes: self.bytes.load(Ordering::Relaxed) }
    }
}

async fn begun(address: SocketAddr, query: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("the service answers");
    let request = format!("GET /live{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asked");
    let (mut head, mut buffer) = (Vec::new(), [0_u8; 1024]);
    while !head.windows(7).any(|window| window == b"retry: ") {
        let count = stream.read(&mut buffer).await.expect("an answer");
        assert!(count > 0, "the service closed: {}", String::from_utf8_lossy(&head));
        head.extend_from_slice(&buffer[..count]);
    }
    stream
}

/// Looks through what comes for the numbers of the watched lamp.
async fn listen(mut stream: TcpStream, voice: mpsc::Sender<(usize, Instant)>, bytes: Arc<AtomicUsize>) {
    let mut buffer = vec![0_u8; 4096];
    let mut rest: Vec<u8> = Vec::new();
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        let now = Instant::now();
        bytes.fetch_add(count, Ordering::Relaxed);
        rest.extend_from_slice(&buffer[..count]);
        let Some(end) = rest.iter().rposition(|&byte| byte == b'\n') else { continue };
        for line in rest[..end].split(|&byte| byte == b'\n').filter(|line| find(line, WATCHED).is_some()) {
            let Some(number) = find(line, NUMBER).map(|at| at + NUMBER.len()) else { continue };
            let digits = line[number..].iter().take_while(|byte| byte.is_ascii_digit());
            let number = digits.fold(0_usize, |number, digit| number * 10 + usize::from(digit - b'0'));
            if voice.send((number, now)).is_err() {
                return;
            }
        }
        rest.drain(..=end);
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
