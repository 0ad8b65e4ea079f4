//! This program once more, as a server in a process of its own, so that what it takes can be told. Linux only.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::{env, fs, io, process, thread};

use crate::processor;

/// What a program is started with that is to be a server; its name follows.
const SERVE: &str = "--serve";

/// A server in a process of its own. It ends with this.
pub struct Served {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What else it said of itself.
    pub word: String,
}

impl Served {
    /// Starts the server of this name.
    pub fn start(name: &str) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?);
        let mut child = command.args([SERVE, name]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let (address, word) =
            line.trim_end_matches('\n').split_once(' ').ok_or("the server did not start")?;
        Ok(Self { address: address.parse()?, word: word.to_owned(), child })
    }

    /// The seconds that its first thread has computed.
    pub fn cpu(&self) -> Result<f64, Box<dyn Error>> {
        processor::seconds(&format!("/proc/{}", self.child.id()))
    }

    /// The bytes that it holds: `VmRSS` for now, `VmHWM` for the most so far.
    pub fn memory(&self, which: &str) -> Result<f64, Box<dyn Error>> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(which)).ok_or("no memory")?;
        let kibibytes: f64 = line.trim_start_matches(':').trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Its input has ended by then.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The server that this process is to be, if it is to be one.
pub fn wanted() -> Option<String> {
    env::args().skip_while(|argument| argument != SERVE).nth(1)
}

/// Says that the server listens, and has the process end with its input.
pub fn announce(address: SocketAddr, word: &str) {
    println!("{address} {word}");
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
}
