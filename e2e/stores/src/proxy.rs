//! [`Proxy`]: a server that can go away and come back.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How a database behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// As it should.
    Works,
    /// It closes every connection, at once.
    Away,
    /// It accepts connections, and nobody answers.
    Silent,
}

/// In front of a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = watch::Sender::new(Mode::Works);
        let modes = mode.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, server.clone(), modes.subscribe()));
            }
        });
        Self { port, mode, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one connection, until the server changes.
async fn pass_on(mut client: TcpStream, server: String, mut modes: watch::Receiver<Mode>) {
    let mode = *modes.borrow();
    let mut server = match mode {
        Mode::Works => TcpStream::connect(server).await.ok(),
        Mode::Away => return,
        Mode::Silent => None,
    };
    if let Some(server) = &mut server {
        tokio::select! {
            // First, so that nothing passes once the mode has changed.
            biased;
            _ = modes.wait_for(|mode| *mode != Mode::Works) => {}
            _ = copy_bidirectional(&mut client, server) => return,
        }
    }
    // A silent server keeps its connections. They are of no use when it works again.
    let _ = modes.wait_for(|mode| *mode != Mode::Silent).await;
}
