//! What a backfill of 100,000 users takes: `cargo bench -p workos-mirror --bench backfill`.
//!
//! WorkOS takes 20 milliseconds for a page, so that waiting shows.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::{Duration, Instant};

use workos::user_management::CreateUser;
use workos_emulator::{Emulator, Fault};
use workos_mirror::Mirror;

const USERS: usize = 100_000;
const LATENCY: Duration = Duration::from_millis(20);
const PATH: &str = "/user_management/users";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let users = emulator.client().user_management();
    for number in 0..USERS {
        users.create_user(CreateUser::new(format!("user-{number}@example.com"))).await?;
    }
    emulator.requests().clear();
    emulator.faults().add(Fault::latency(LATENCY).path(PATH));

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("workos.sqlite");
    let mirror = Mirror::open_sqlite(emulator.client(), path).await?;
    let start = Instant::now();
    mirror.backfill(|_| {}).await?;
    let took = start.elapsed();

    let status = mirror.status().await?;
    let users = status.rows.get("users").copied().unwrap_or_default();
    let requests = emulator.requests().count();
    let floor = LATENCY * u32::try_from(USERS / 100)?;
    println!(
        "{users} users with all other lists in {requests} requests: {took:.2?}; the waits for {} pages \
         alone are {floor:.2?}",
        USERS / 100
    );
    Ok(())
}
