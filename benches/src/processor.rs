//! Time on the processor, as Linux counts it.

use std::error::Error;
use std::fs;

/// The seconds that a thread or the first thread of a process has computed: `path` is its folder in `/proc`.
pub fn seconds(path: &str) -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("{path}/schedstat"))?;
    let nanoseconds: f64 = text.split(' ').next().ok_or("no time")?.parse()?;
    Ok(nanoseconds / 1e9)
}
