//! The client: HTTP/1.1 with keep-alive over a bare socket.
//!
//! It shares the cores with the servers, so it must cost little; and it takes the tiles in the order of the list and
//! looks at every answer. `wrk` does that only in Lua, where each answer costs more than it does here.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use tokio::net::TcpStream;

/// How a client asks to have a tile packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packing {
    Identity,
    Gzip,
    Zstd,
}

impl Packing {
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Zstd];

    /// Its name in `Accept-Encoding` and `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The bytes of a GET.
pub fn request(path: &str, packing: Packing) -> Vec<u8> {
    let name = packing.name();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Encoding: {name}\r\n\r\n").into_bytes()
}

/// What came back.
pub struct Answer<'a> {
    pub status: u16,
    /// `Content-Encoding`; `identity` without one.
    pub packing: &'a str,
    pub body: &'a [u8],
}

/// A connection that is kept.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    unchunked: Vec<u8>,
}

struct Head {
    status: u16,
    packing: Range<usize>,
    /// `None`: in chunks (RFC 9112, section 7.1).
    length: Option<usize>,
    end: usize,
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = connect(address).await?;
        Ok(Self { address, stream, buffer: vec![0; 1 << 16], filled: 0, unchunked: Vec::new() })
    }

    /// Sends a request and reads the whole answer to it.
    pub async fn get(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        if self.ask(request).await.is_err() {
            // A server closes what was idle while others were measured; one that is gone says so again.
            self.stream = connect(self.address).await?;
            self.ask(request).await?;
        }
        let head = loop {
            if let Some(end) = self.buffer[..self.filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break head(&self.buffer[..end], end + 4)?;
            }
            self.read().await?;
        };
        if let Some(length) = head.length {
            self.fill(head.end + length).await?;
        } else {
            self.unchunk(head.end).await?;
        }
        let packing = str::from_utf8(&self.buffer[head.packing]).map_err(io::Error::other)?;
        let body = match head.length {
            Some(length) => &self.buffer[head.end..head.end + length],
            None => &self.unchunked,
        };
        Ok(Answer { status: head.status, packing: if packing.is_empty() { "identity" } else { packing }, body })
    }

    /// Sends a request and reads the first bytes of the answer.
    async fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.filled = 0;
        self.send(request).await?;
        self.read().await
    }

    async fn send(&self, mut request: &[u8]) -> io::Result<()> {
        while !request.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(request) {
                Ok(sent) => request = &request[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads something.
    async fn read(&mut self) -> io::Result<()> {
        if self.buffer.len() - self.filled < 1 << 14 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.filled += read;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads until `end` bytes are there.
    async fn fill(&mut self, end: usize) -> io::Result<()> {
        while self.filled < end {
            self.read().await?;
        }
        Ok(())
    }

    async fn unchunk(&mut self, mut at: usize) -> io::Result<()> {
        self.unchunked.clear();
        loop {
            let line = loop {
                if let Some(length) = self.buffer[at..self.filled].windows(2).position(|two| two == b"\r\n") {
                    break at..at + length;
                }
                self.read().await?;
            };
            let start = line.end + 2;
            let size = str::from_utf8(&self.buffer[line]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
            let size = size.ok_or_else(|| io::Error::other("a chunk without a size"))?;
            self.fill(start + size + 2).await?;
            if size == 0 {
                return Ok(());
            }
            self.unchunked.extend_from_slice(&self.buffer[start..start + size]);
            at = start + size + 2;
        }
    }
}

fn head(text: &[u8], end: usize) -> io::Result<Head> {
    let digits = text.get(9..12).and_then(|three| str::from_utf8(three).ok());
    let status = digits.and_then(|three| three.parse().ok()).ok_or_else(|| io::Error::other("no status line"))?;
    let mut head = Head { status, packing: 0..0, length: Some(0), end };
    let mut at = 0;
    for line in text.split(|&byte| byte == b'\n') {
        let name = line.iter().position(|&byte| byte == b':').unwrap_or(0);
        let value = at + name + 2..at + line.len() - usize::from(line.ends_with(b"\r"));
        match name {
            14 if line[..name].eq_ignore_ascii_case(b"content-length") => {
                head.length = str::from_utf8(&text[value]).ok().and_then(|text| text.parse().ok());
            }
            16 if line[..name].eq_ignore_ascii_case(b"content-encoding") => head.packing = value,
            17 if line[..name].eq_ignore_ascii_case(b"transfer-encoding") => head.length = None,
            _ => {}
        }
        at += line.len() + 1;
    }
    Ok(head)
}
