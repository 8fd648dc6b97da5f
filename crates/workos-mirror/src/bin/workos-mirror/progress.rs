//! How far a backfill is: bars in a terminal, and plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use workos_mirror::Progress;

/// How many pages of a list one plain line stands for.
const PAGES_PER_LINE: u64 = 100;

/// One bar for each list. How long a list is, WorkOS does not say: a bar counts.
pub(crate) struct Bars {
    all: Option<MultiProgress>,
    bars: Mutex<BTreeMap<&'static str, ProgressBar>>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        let all = stderr().is_terminal().then(MultiProgress::new);
        Self { all, bars: Mutex::default() }
    }

    pub(crate) fn show(&self, progress: &Progress) {
        match &self.all {
            Some(all) => self.draw(all, progress),
            None if progress.is_finished => eprintln!("{}: {} rows", progress.list, progress.rows),
            None if progress.pages.is_multiple_of(PAGES_PER_LINE) => {
                eprintln!("{}: {} rows so far", progress.list, progress.rows);
            }
            None => {}
        }
    }

    fn draw(&self, all: &MultiProgress, progress: &Progress) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(progress.list).or_insert_with(|| {
            let bar = all.add(ProgressBar::no_length());
            let template = "{spinner} {msg:<28} {human_pos:>12} rows";
            // A template that does not parse leaves the default, and this one does.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(progress.list);
            bar
        });
        bar.set_position(progress.rows);
        if progress.is_finished {
            bar.finish();
        }
    }

    /// Leaves the bars as they are.
    pub(crate) fn finish(&self) {
        let bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        bars.values().filter(|bar| !bar.is_finished()).for_each(ProgressBar::abandon);
    }
}
