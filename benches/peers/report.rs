//! The tables: medians with their spread, and ratios.

use std::collections::BTreeMap;
use std::time::Duration;

use super::edits::{Edited, Seen};
use super::replay::quantile;
use super::{bare, ours, peer};

/// Figures of several rounds.
#[derive(Clone, Default)]
pub struct Rounds(pub Vec<f64>);

impl Rounds {
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => None,
            count if count % 2 == 1 => Some(sorted[count / 2]),
            count => Some(f64::midpoint(sorted[count / 2 - 1], sorted[count / 2])),
        }
    }

    /// `median [least to most]`.
    fn text(&self) -> String {
        let Some(median) = self.median() else { return "-".to_owned() };
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        if self.0.len() == 1 {
            return short(median);
        }
        format!("{} [{} to {}]", short(median), short(least), short(most))
    }

    /// Ours by theirs, round by round.
    fn ratio(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect())
    }
}

/// Three digits, no more.
fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// Milliseconds.
pub fn ms(time: Duration) -> String {
    short(time.as_secs_f64() * 1_000.0)
}

/// Tiles a second: what was measured, by server.
#[derive(Default)]
pub struct Rates {
    order: Vec<String>,
    rows: BTreeMap<String, BTreeMap<&'static str, Rounds>>,
}

impl Rates {
    pub fn add(&mut self, what: &str, server: &'static str, rate: f64) {
        if !self.rows.contains_key(what) {
            self.order.push(what.to_owned());
        }
        self.rows.entry(what.to_owned()).or_default().entry(server).or_default().0.push(rate);
    }

    /// Markdown.
    pub fn print(&self) {
        println!("\n| tiles/s | bare handler | citylayers | Martin | tipg | citylayers : Martin | citylayers : bare |");
        println!("|---|---|---|---|---|---|---|");
        for what in &self.order {
            let row = &self.rows[what];
            let of = |name: &str| row.get(name).cloned().unwrap_or_default();
            let [bare, ours, martin, tipg] = [bare::NAME, ours::NAME, peer::MARTIN, peer::TIPG].map(of);
            let columns = [&bare, &ours, &martin, &tipg].map(Rounds::text).join(" | ");
            println!("| {what} | {columns} | {} | {} |", ours.ratio(&martin).text(), ours.ratio(&bare).text());
        }
    }
}

/// Prints a table of texts.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    println!("\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    rows.iter().for_each(|row| println!("| {} |", row.join(" | ")));
}

/// A row on a warm replay without edits and with them: rates, their ratio, edits a second; how soon edits were seen; how many
/// tiles were stale in the end.
pub fn edited(label: String, figures: &[Rounds; 4], seen: &Seen, stale: usize) -> Vec<String> {
    let figures = figures.iter().map(Rounds::text).collect();
    [vec![label], figures, freshness(seen), vec![stale.to_string()]].concat()
}

/// A row on how soon edits were seen.
pub fn fresh(name: &str, edited: &Edited) -> Vec<String> {
    let rates = vec![name.to_owned(), format!("{:.0}", edited.rate), ms(edited.slowest)];
    [rates, freshness(&edited.seen)].concat()
}

/// How many edits were watched, how many of them were not seen at all, and how soon the others.
fn freshness(seen: &Seen) -> Vec<String> {
    let counts = vec![(seen.after.len() + seen.missed.len()).to_string(), seen.missed.len().to_string()];
    let time =
        |share: f64| if seen.after.is_empty() { "-".to_owned() } else { ms(quantile(seen.after.clone(), share)) };
    [counts, [0.5, 0.99, 1.0].map(time).to_vec()].concat()
}
