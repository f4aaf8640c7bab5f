//! The names of RocksDB that serenade's session store is compiled against, and nothing behind them.
use std::time::Duration;

const NOT_HERE: &str = "there is no RocksDB in this bench: it measures decisions alone";

#[derive(Default)]
pub struct Options;

impl Options {
    pub fn create_if_missing(&mut self, _: bool) {}
    pub fn optimize_for_point_lookup(&mut self, _: u64) {}
    pub fn set_allow_mmap_reads(&mut self, _: bool) {}
    pub fn set_allow_mmap_writes(&mut self, _: bool) {}
}

pub struct DB;

impl DB {
    pub fn open_with_ttl(_: &Options, _: &str, _: Duration) -> Result<DB, &'static str> {
        Err(NOT_HERE)
    }
    pub fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
        Err(NOT_HERE)
    }
    pub fn put(&self, _: &[u8], _: &[u8]) -> Result<(), &'static str> {
        Err(NOT_HERE)
    }
}
