//! The helpers on one core, compared with the official crate and the bare primitives.
//!
//! Usage: `helpers` for operations per second; `helpers list`, and `helpers count <work> <party>
//! <times>`, which callgrind watches inside [`measured`].

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]
// a measuring tool may fail loudly

use std::time::{Duration, Instant};

use bench::helpers::{Group, groups};
use bench::{median, row};

const ROUNDS: usize = 15;
const TURN: Duration = Duration::from_millis(60);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The official crate's locks and our timers expect tokio around them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    match arguments.as_slice() {
        [] => report(),
        ["list"] => list(),
        ["count", work, party, times] => count(work, party, times.parse().unwrap()),
        _ => panic!("usage: helpers [list | count <work> <party> <times>]"),
    }
}

fn list() {
    for group in groups() {
        for (party, _) in group.parties {
            println!("{}\t{party}", group.work);
        }
    }
}

fn count(work: &str, party: &str, times: usize) {
    let mut groups = groups();
    let group = groups.iter_mut().find(|group| group.work == work).unwrap();
    let (_, once) = group.parties.iter_mut().find(|(name, _)| *name == party).unwrap();
    for _ in 0..5 {
        once();
    }
    measured(|| (0..times).for_each(|_| once()));
}

/// The counted work.
#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}

fn report() {
    row(&["work", "by", "per second", "of the first", "of the last"].map(str::to_owned));
    row(&["---"; 5].map(str::to_owned));
    for mut group in groups() {
        let rates = rates(&mut group);
        let bare = rates.len() - 1;
        for (which, (party, _)) in group.parties.iter().enumerate() {
            let against = |other: usize| {
                let paired = rates[which].iter().zip(&rates[other]).map(|(own, its)| own / its);
                format!("{:.2}x", median(paired.collect()))
            };
            let rate = format!("{:.0}", median(rates[which].clone()));
            row(&[group.work.clone(), (*party).to_owned(), rate, against(0), against(bare)]);
        }
    }
}

/// Operations per second of each party in each round. Each party runs once per round, in rotating
/// order.
fn rates(group: &mut Group) -> Vec<Vec<f64>> {
    let parties = group.parties.len();
    let mut rates = vec![Vec::new(); parties];
    let batches: Vec<u32> = group.parties.iter_mut().map(|(_, once)| batch(once)).collect();
    for round in 0..ROUNDS {
        for turn in 0..parties {
            let which = (round + turn) % parties;
            rates[which].push(rate(&mut group.parties[which].1, batches[which]));
        }
    }
    rates
}

/// A batch size that makes the cost of reading the clock negligible. Also warms up.
fn batch(once: &mut dyn FnMut()) -> u32 {
    let start = Instant::now();
    let mut times = 0;
    while start.elapsed() < TURN {
        once();
        times += 1;
    }
    times / 50 + 1
}

fn rate(once: &mut dyn FnMut(), batch: u32) -> f64 {
    let start = Instant::now();
    let mut times = 0;
    while start.elapsed() < TURN {
        (0..batch).for_each(|_| once());
        times += batch;
    }
    f64::from(times) / start.elapsed().as_secs_f64()
}
