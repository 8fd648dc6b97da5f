//! The time from [`Emulator::start`] to the first answer, in process: `cargo bench -p
//! workos-emulator`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use workos_emulator::{Builder, Emulator};

const ROUNDS: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("| from start to the first answer | first in the process | median of {ROUNDS} |");
    println!("|---|---|---|");
    // The first of all reads what all emulators share: routes and parts of the contract.
    let in_memory = || Emulator::builder().without_socket();
    print("without a socket", one(in_memory()).await, median(in_memory).await);
    print("with a socket", one(Emulator::builder()).await, median(Emulator::builder).await);
}

async fn one(builder: Builder) -> Duration {
    let start = Instant::now();
    let emulator = builder.start().await.unwrap();
    let organizations = emulator.client().organizations();
    assert_eq!(organizations.list_organizations(Default::default()).await.unwrap().data, []);
    start.elapsed()
}

async fn median(builder: impl Fn() -> Builder) -> Duration {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(one(builder()).await);
    }
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn print(name: &str, first: Duration, median: Duration) {
    let micros = |time: Duration| time.as_micros();
    println!("| {name} | {} us | {} us |", micros(first), micros(median));
}
