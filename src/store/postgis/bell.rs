//! Hears that the journal has grown. What has grown is read there: a bell may ring twice, or not at all.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Config, NoTls};

use super::fault::{Fault, Patience};

/// A connection of its own that listens until this is dropped, and comes back when it is lost.
pub struct Bell {
    rung: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Bell {
    /// Begins to listen. Rings once it does, for what was missed before.
    pub fn new(config: Config) -> Self {
        let rung = Arc::new(Notify::new());
        let task = tokio::spawn(keep_listening(config, Arc::clone(&rung)));
        Self { rung, task }
    }

    /// Waits for the bell, or until it is time to look anyway.
    pub async fn wait(&self, longest: Duration) {
        let _silent = tokio::time::timeout(longest, self.rung.notified()).await;
    }

    /// Listens no more, and wakes whoever waits.
    pub fn stop(&self) {
        self.task.abort();
        self.rung.notify_one();
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn keep_listening(config: Config, rung: Arc<Notify>) {
    let mut patience = Patience::endless();
    loop {
        let mut heard = false;
        if let Err(fault) = listen(&config, &rung, &mut heard).await {
            if heard {
                patience = Patience::endless();
            }
            patience.pause(&fault).await;
        }
    }
}

async fn listen(config: &Config, rung: &Notify, heard: &mut bool) -> Result<(), Fault> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    let mut listening = std::pin::pin!(client.batch_execute("LISTEN citylayers"));
    loop {
        tokio::select! {
            done = &mut listening, if !*heard => {
                done?;
                *heard = true;
                rung.notify_one();
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(_))) => rung.notify_one(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Fault::Lost("the listening connection was closed".to_owned())),
            },
        }
    }
}
