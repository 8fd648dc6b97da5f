//! Serves an emulator on a socket.

use std::io;
use std::sync::Arc;

use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answer;
use crate::environment::Environment;

/// Serves connections. Dropping it closes all of them.
pub(crate) async fn serve(environment: Arc<Environment>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(environment.clone(), stream))),
                // Most likely out of file descriptors; others will be closed in a moment.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(
    environment: Arc<Environment>,
    stream: tokio::net::TcpStream,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let service = hyper::service::service_fn(|request| answer(environment.clone(), request));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A disconnected client or a requested fault is not a failure of the server.
    let _ = served;
    Ok(())
}
