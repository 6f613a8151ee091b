//! A wire between a node and its server that can be cut at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::support::database::Database;

/// When the next connection that commits is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Never = 0,
    /// The server never sees the `COMMIT`.
    Before = 1,
    /// The server sees it, and nobody waits for its answer.
    Behind = 2,
    /// The server has answered, and the answer is lost.
    After = 3,
    /// Every connection, and every one that is tried.
    All = 4,
}

/// A port that leads to the server.
pub struct Wire {
    pub url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    cut: AtomicU8,
    /// Rings when something was cut.
    done: Notify,
    /// Rings when all must go.
    all: Notify,
}

impl Wire {
    /// Leads to the server of `database`.
    pub async fn to(database: &Database) -> Self {
        let (head, rest) = database.url.split_once('@').expect("the URL names a user");
        let (server, name) = rest.split_once('/').expect("the URL names a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("{head}@{}/{name}", listener.local_addr().expect("a port"));
        let state = Arc::new(State { cut: AtomicU8::new(0), done: Notify::new(), all: Notify::new() });
        let task = tokio::spawn(accept(listener, server.to_owned(), Arc::clone(&state)));
        Self { url, state, task }
    }

    /// Says when to cut.
    pub fn cut(&self, when: Cut) {
        self.state.cut.store(when as u8, Ordering::SeqCst);
        if when == Cut::All {
            self.state.all.notify_waiters();
        }
    }

    /// Waits until it was cut.
    pub async fn is_cut(&self) {
        self.state.done.notified().await;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn is(&self, cut: Cut) -> bool {
        self.cut.load(Ordering::SeqCst) == cut as u8
    }

    /// Whether this is the moment; then it is for this connection alone.
    fn take(&self, cut: Cut) -> bool {
        self.cut.compare_exchange(cut as u8, Cut::Never as u8, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

async fn accept(listener: TcpListener, server: String, state: Arc<State>) {
    while let Ok((node, _)) = listener.accept().await {
        let (server, state) = (server.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let gone = state.all.notified();
            if state.is(Cut::All) {
                state.done.notify_one();
                return;
            }
            let Ok(server) = TcpStream::connect(server).await else { return };
            tokio::select! {
                () = gone => {}
                () = carry(node, server, &state) => {}
            }
        });
    }
}

async fn carry(mut node: TcpStream, mut server: TcpStream, state: &State) {
    let (mut from_node, mut from_server) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = node.read(&mut from_node) => {
                let Ok(length @ 1..) = read else { return };
                let said = &from_node[..length];
                let commits = said.windows(7).any(|seven| seven == b"COMMIT\0");
                if commits && state.take(Cut::Before) {
                    return state.done.notify_one();
                }
                if server.write_all(said).await.is_err() {
                    return;
                }
                if commits && state.take(Cut::Behind) {
                    drop(node);
                    state.done.notify_one();
                    // The server would end a transaction whose client has gone, if it noticed in time.
                    while server.read(&mut from_server).await.is_ok_and(|length| length > 0) {}
                    return;
                }
                if commits && state.take(Cut::After) {
                    let _answer = server.read(&mut from_server).await;
                    return state.done.notify_one();
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(length @ 1..) = read else { return };
                if node.write_all(&from_server[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
