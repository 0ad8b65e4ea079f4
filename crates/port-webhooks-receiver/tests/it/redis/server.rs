//! A `redis-server` that a test starts, kills and restarts.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A Redis of the test's own, which ends with it.
pub struct Server {
    child: Child,
    pub port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Server {
    /// A Redis that forgets everything when it ends. `None`, with a message, where there is no `redis-server`.
    pub fn start() -> Option<Self> {
        Self::start_with(&["--appendonly", "no"])
    }

    /// A Redis that loses nothing when it is killed.
    pub fn persistent() -> Option<Self> {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let Some((child, port)) = spawn(&arguments, &directory) else {
            assert!(
                std::env::var_os("PORT_WEBHOOKS_NEEDS_REDIS").is_none(),
                "there is no redis-server on this machine"
            );
            // Not `eprintln`, which the test harness captures.
            let _ = std::io::stderr().write_all(b"skipped: there is no redis-server on this machine\n");
            return None;
        };
        Some(Self { child, port, arguments, directory })
    }

    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after `kill`, with the data that it persisted, on another port.
    pub fn restart(&mut self) {
        (self.child, self.port) = spawn(&self.arguments, &self.directory).unwrap();
    }

    pub async fn connect(&self) -> redis::aio::MultiplexedConnection {
        redis::Client::open(self.address()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `None` when there is no `redis-server`.
fn spawn(arguments: &[String], directory: &TempDir) -> Option<(Child, u16)> {
    // Another process may take the port before Redis does.
    for _ in 0..10 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--daemonize", "no", "--port", &port.to_string()])
            .arg("--dir")
            .arg(directory.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            // Keep reading, so that Redis is never blocked by a full pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return Some((child, port));
        }
        child.wait().unwrap();
    }
    panic!("redis-server does not start");
}
