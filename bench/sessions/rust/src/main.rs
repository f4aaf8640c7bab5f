//! Serenade's VMIS-kNN under our clock: serenade.py runs it beside session_decisions.
//!
//! usage: beside-serenade decide TRAIN TEST M K LATEST IDF ROUNDS
//!        beside-serenade quality M K LATEST IDF TRAIN TEST [TRAIN TEST ...]
//!
//! Files have lines SessionId, ItemId, Time with tabs between them, under a header; the clicks of a
//! session lie together, in order of time. A decision is what serenade's own server does for one
//! click once it has the session: `predict` on its latest items, and the list in order.
use std::fs;
use std::time::Instant;

use serenade::vmisknn::{self, vmis_index::VMISIndex};

const LISTED: usize = 20;

#[derive(Clone, Copy)]
struct Settings {
    sessions_per_item: usize, // m
    neighbours: usize,        // k
    latest_items: usize,
    idf: f64,
}

fn read_sessions(path: &str) -> Vec<Vec<u64>> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("read {path}: {e}"));
    let mut sessions: Vec<Vec<u64>> = Vec::new();
    let mut last = "";
    for line in text.lines().skip(1) {
        let mut fields = line.split('\t');
        let session = fields.next().unwrap();
        let item = fields.next().unwrap().parse().unwrap();
        if session != last {
            sessions.push(Vec::new());
            last = session;
        }
        sessions.last_mut().unwrap().push(item);
    }
    sessions
}

fn decide(index: &VMISIndex, shown: &[u64], settings: Settings) -> Vec<u64> {
    let from = shown.len().saturating_sub(settings.latest_items);
    let list = vmisknn::predict(
        index,
        &shown[from..],
        settings.neighbours,
        settings.sessions_per_item,
        LISTED,
        false,
    );
    list.into_sorted_vec().iter().map(|each| each.id).collect()
}

#[derive(Default)]
struct Quality {
    positions: f64,
    hits: f64,
    ranks: f64, // the sum of 1 / rank
}

impl Quality {
    fn add(&mut self, list: &[u64], next: u64) {
        self.positions += 1.0;
        if let Some(at) = list.iter().position(|item| *item == next) {
            self.hits += 1.0;
            self.ranks += 1.0 / (at as f64 + 1.0);
        }
    }
    fn hr(&self) -> f64 {
        self.hits / self.positions
    }
    fn mrr(&self) -> f64 {
        self.ranks / self.positions
    }
}

// Of all positions, and of those alone where the visitor goes on to another item: serenade never
// recommends the current one.
fn qualities(index: &VMISIndex, test: &[Vec<u64>], settings: Settings) -> (Quality, Quality) {
    let (mut all, mut moves) = (Quality::default(), Quality::default());
    for session in test {
        for at in 1..session.len() {
            let list = decide(index, &session[..at], settings);
            all.add(&list, session[at]);
            if session[at] != session[at - 1] {
                moves.add(&list, session[at]);
            }
        }
    }
    (all, moves)
}

// What this thread has had of a core until now.
fn own_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn quantile(sorted_ns: &[u128], q: f64) -> f64 {
    sorted_ns[(q * (sorted_ns.len() - 1) as f64) as usize] as f64 / 1e3
}

fn settings_of(args: &[String]) -> Settings {
    Settings {
        sessions_per_item: args[0].parse().unwrap(),
        neighbours: args[1].parse().unwrap(),
        latest_items: args[2].parse().unwrap(),
        idf: args[3].parse().unwrap(),
    }
}

// The first round warms up and tells the quality.
fn time_decisions(args: &[String]) {
    let settings = settings_of(&args[2..]);
    let rounds: usize = args[6].parse().unwrap();
    let index = VMISIndex::new_from_csv(&args[0], settings.sessions_per_item, settings.idf);
    let test = read_sessions(&args[1]);
    let (all, moves) = qualities(&index, &test, settings);
    let mut took = Vec::new();
    let mut listed = 0;
    let before = own_seconds();
    for _ in 0..rounds {
        for session in &test {
            for at in 1..=session.len() {
                let began = Instant::now();
                let list = decide(&index, &session[..at], settings);
                took.push(began.elapsed().as_nanos());
                listed += list.len();
            }
        }
    }
    let cpu = own_seconds() - before;
    took.sort_unstable();
    println!("figure decisions {} -", took.len());
    println!("figure listed_mean {} items", listed as f64 / took.len() as f64);
    println!("figure p50_us {} us", quantile(&took, 0.5));
    println!("figure p90_us {} us", quantile(&took, 0.9));
    println!("figure p99_us {} us", quantile(&took, 0.99));
    println!("figure per_s_core {} decisions/s", took.len() as f64 / cpu);
    println!("figure positions {} -", all.positions);
    println!("figure hr20 {} -", all.hr());
    println!("figure mrr20 {} -", all.mrr());
    println!("figure hr20_moves {} -", moves.hr());
    println!("figure mrr20_moves {} -", moves.mrr());
}

// The means over pairs of training and test files, of the moves alone: the only positions at which
// its settings can matter.
fn tell_quality(args: &[String]) {
    let settings = settings_of(args);
    let (mut hr, mut mrr, mut pairs) = (0.0, 0.0, 0.0);
    for pair in args[4..].chunks(2) {
        let index = VMISIndex::new_from_csv(&pair[0], settings.sessions_per_item, settings.idf);
        let (_, moves) = qualities(&index, &read_sessions(&pair[1]), settings);
        hr += moves.hr();
        mrr += moves.mrr();
        pairs += 1.0;
    }
    println!("figure hr20_moves {} -", hr / pairs);
    println!("figure mrr20_moves {} -", mrr / pairs);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("decide") if args.len() == 8 => time_decisions(&args[1..]),
        Some("quality") if args.len() >= 7 && args.len() % 2 == 1 => tell_quality(&args[1..]),
        _ => {
            eprintln!("usage: beside-serenade decide TRAIN TEST M K LATEST IDF ROUNDS");
            eprintln!("       beside-serenade quality M K LATEST IDF TRAIN TEST [TRAIN TEST ...]");
            std::process::exit(2);
        }
    }
}
