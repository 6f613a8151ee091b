//! One connection, from the first word to the last.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout, timeout_at};

use super::broker::Broker;
use super::keeper::{Keeper, Line, PORTIONS};
use super::wire::{Heard, KEEP_ALIVE, Payload, Said, Wire, WireError};

/// Messages that wait while others are kept; as many again may be on their way to the store. More is left with the broker.
const WINDOW: u16 = 30_000;

/// Messages for which another portion is begun while some are under way. Fewer wait for more.
const PORTION: usize = WINDOW as usize / PORTIONS;

/// Bytes of messages that wait.
const MOST_BYTES: usize = 8 << 20;

/// Bytes that are read at once. Messages are slices of what was read: it is used up before there is more of it.
const READ: usize = 64 << 10;
const LEAST_READ: usize = 4 << 10;

/// A broker sends messages one by one. While some are on their way to the store, so long others may gather.
const GATHERING: Duration = Duration::from_millis(1);

/// How long a broker may take to answer or to take something.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It could not be made, or broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was said.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Nothing was said.
    #[error("the broker is silent")]
    Silent,
    /// It went.
    #[error("the broker closed the connection")]
    Closed,
    /// A defect.
    #[error("messages could not be judged")]
    Judging,
}

/// Messages that are being kept, and the word that they are.
struct Portion {
    messages: Arc<Vec<Heard>>,
    kept: oneshot::Receiver<()>,
}

/// Both ends, and the messages in between.
struct Session {
    wire: Wire,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    inbox: BytesMut,
    waiting: Vec<Heard>,
    waiting_bytes: usize,
    /// In the order in which they came.
    under_way: VecDeque<Portion>,
    heard_at: Instant,
    /// After so long a silence one of us takes the other for gone.
    keep_alive: Duration,
}

/// Converses until the end: `Ok` when `stop` says so. `subscribed` is called when messages begin to come.
pub async fn converse(
    broker: &Broker,
    keeper: &Keeper,
    stop: &mut watch::Receiver<bool>,
    subscribed: impl FnMut(),
) -> Result<(), SessionError> {
    let mut session = tokio::select! {
        session = timeout(PATIENCE, Session::begin(broker)) => session.map_err(|_elapsed| SessionError::Silent)??,
        _ = stop.changed() => return Ok(()),
    };
    let line = keeper.line();
    let ended = session.listen(&line, stop, subscribed).await;
    if ended.is_err() {
        // Before the same messages come again: without a time they would be two readings.
        tokio::select! {
            () = line.finish() => {}
            _ = stop.changed() => {}
        }
    }
    ended
}

impl Session {
    async fn begin(broker: &Broker) -> Result<Self, SessionError> {
        let stream = TcpStream::connect((broker.host.as_str(), broker.port)).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut session = Self {
            wire: Wire::new(broker),
            reader,
            writer,
            inbox: BytesMut::new(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            under_way: VecDeque::new(),
            heard_at: Instant::now(),
            keep_alive: Duration::from_secs(u64::from(KEEP_ALIVE)),
        };
        let mut out = BytesMut::new();
        session.wire.hello(broker, WINDOW, &mut out)?;
        session.say(&mut out).await?;
        loop {
            match session.wire.next(&mut session.inbox)? {
                Some(Said::Welcome(seconds)) => {
                    session.keep_alive = Duration::from_secs(u64::from(seconds));
                    break;
                }
                Some(other) => return Err(WireError::Garbled(format!("{other:?} before a welcome")).into()),
                None => session.read().await?,
            }
        }
        session.wire.subscribe(&mut out)?;
        session.say(&mut out).await?;
        Ok(session)
    }

    async fn listen(
        &mut self,
        line: &Line,
        stop: &mut watch::Receiver<bool>,
        mut subscribed: impl FnMut(),
    ) -> Result<(), SessionError> {
        let mut out = BytesMut::new();
        let mut beat = interval(self.keep_alive / 2);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.take_in(&mut subscribed)?;
            self.keep_what_waits(line);
            let room = self.has_room();
            tokio::select! {
                read = fill(&mut self.reader, &mut self.inbox), if room => {
                    let bytes = read?;
                    self.heard_at = Instant::now();
                    if bytes < LEAST_READ && !self.under_way.is_empty() {
                        sleep(GATHERING).await;
                    }
                }
                kept = done(self.under_way.front_mut()) => self.acknowledge(kept, &mut out)?,
                _ = beat.tick() => {
                    self.still_there(room)?;
                    Wire::ping(&mut out);
                }
                _ = stop.changed() => return self.leave(&mut out).await,
            }
            self.say(&mut out).await?;
        }
    }

    /// Acknowledges what is on its way to the store if it comes there soon; else it comes again after the next start.
    async fn leave(&mut self, out: &mut BytesMut) -> Result<(), SessionError> {
        let last = Instant::now() + PATIENCE;
        while !self.under_way.is_empty() {
            match timeout_at(last, done(self.under_way.front_mut())).await {
                Ok(kept) => self.acknowledge(kept, out)?,
                Err(_elapsed) => self.under_way.clear(),
            }
        }
        Wire::goodbye(out);
        self.say(out).await
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < usize::from(WINDOW) && self.waiting_bytes < MOST_BYTES
    }

    /// All that was read, as far as there is room.
    fn take_in(&mut self, subscribed: &mut impl FnMut()) -> Result<(), SessionError> {
        while self.has_room() {
            match self.wire.next(&mut self.inbox)? {
                Some(Said::Message(heard)) => {
                    self.waiting_bytes += bytes(&heard);
                    self.waiting.push(heard);
                }
                Some(Said::Subscribed) => subscribed(),
                Some(Said::Welcome(_) | Said::Nothing) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// Sends what has come to the store, at once where nothing is on its way.
    fn keep_what_waits(&mut self, line: &Line) {
        let enough = |under_way: &VecDeque<Portion>| if under_way.is_empty() { 1 } else { PORTION };
        while self.under_way.len() < PORTIONS && self.waiting.len() >= enough(&self.under_way) {
            let rest = self.waiting.split_off(PORTION.min(self.waiting.len()));
            let messages = Arc::new(std::mem::replace(&mut self.waiting, rest));
            self.waiting_bytes -= messages.iter().map(bytes).sum::<usize>();
            let kept = line.send(Arc::clone(&messages));
            self.under_way.push_back(Portion { messages, kept });
        }
    }

    /// The first portion came to its end. In the order in which they came (MQTT 5, section 4.6).
    fn acknowledge(&mut self, kept: Result<(), SessionError>, out: &mut BytesMut) -> Result<(), SessionError> {
        let portion = self.under_way.pop_front();
        kept?;
        let messages = portion.iter().flat_map(|portion| portion.messages.iter());
        messages.filter_map(|heard| heard.packet).for_each(|packet| Wire::acknowledge(packet, out));
        Ok(())
    }

    /// A broker answers each ping; who does not listen cannot hear it.
    fn still_there(&mut self, listening: bool) -> Result<(), SessionError> {
        if !listening {
            self.heard_at = Instant::now();
        }
        let silent = self.heard_at.elapsed() > self.keep_alive * 3 / 2;
        if silent { Err(SessionError::Silent) } else { Ok(()) }
    }

    async fn read(&mut self) -> Result<(), SessionError> {
        fill(&mut self.reader, &mut self.inbox).await.map(drop)
    }

    async fn say(&mut self, out: &mut BytesMut) -> Result<(), SessionError> {
        if !out.is_empty() {
            timeout(PATIENCE, self.writer.write_all(out)).await.map_err(|_elapsed| SessionError::Silent)??;
            out.clear();
        }
        Ok(())
    }
}

fn bytes(heard: &Heard) -> usize {
    let payload = match &heard.payload {
        Payload::Whole(payload) => payload.len(),
        Payload::TooLong { .. } => 0,
    };
    heard.topic.len() + payload
}

/// Reads some. Nothing is lost when it is dropped before its end.
async fn fill(reader: &mut OwnedReadHalf, inbox: &mut BytesMut) -> Result<usize, SessionError> {
    if inbox.capacity() - inbox.len() < LEAST_READ {
        inbox.reserve(READ);
    }
    match reader.read_buf(inbox).await? {
        0 => Err(SessionError::Closed),
        bytes => Ok(bytes),
    }
}

/// The end of what is under way; never, when nothing is.
async fn done(first: Option<&mut Portion>) -> Result<(), SessionError> {
    match first {
        Some(first) => (&mut first.kept).await.map_err(|_gone| SessionError::Judging),
        None => std::future::pending().await,
    }
}
