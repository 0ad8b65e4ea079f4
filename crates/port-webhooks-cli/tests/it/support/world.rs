//! A fake Port, and a directory to run the command in.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use fake_port::{Builder, FakePort, Profile, Recording};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Ran, Running, command};

/// 2026-01-15T10:30:00Z, when everything happens.
const NOW: Duration = Duration::from_secs(1_768_473_000);

/// A fake Port whose clock stands still, and a directory for files.
pub(crate) struct World {
    pub(crate) fake: FakePort,
    pub(crate) directory: TempDir,
    // Dropped last: the fake runs on it.
    runtime: Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn live() -> Self {
        Self::with(|builder| builder.profile(Profile::Live))
    }

    pub(crate) fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let builder = FakePort::builder().clock(|| UNIX_EPOCH + NOW).record(Recording::All);
        let fake = runtime.block_on(change(builder).serve()).unwrap();
        Self { fake, directory: tempfile::tempdir().unwrap(), runtime }
    }

    /// Two webhooks with everything that a subscription has.
    pub(crate) fn seeded() -> Self {
        let world = Self::new();
        world
            .fake
            .seed_all([
                json!({
                    "identifier": "entity-created",
                    "title": "Entity Created",
                    "description": "Webhook for new entity events",
                    "url": "https://api.example.com/webhooks/port",
                    "events": ["entity.created", "entity.updated"],
                    "headers": { "Authorization": "Bearer hidden-token", "X-API-Key": "hidden-key" },
                    "security": { "secret": "hidden-secret" },
                }),
                json!({
                    "identifier": "audit",
                    "url": "https://audit.example.com",
                    "events": ["run.completed"],
                    "enabled": false,
                }),
            ])
            .unwrap();
        world
    }

    /// The command, which finds the fake.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.directory.path());
        command
            .env("PORT_BASE_URL", self.fake.uri())
            .env("PORT_CLIENT_ID", self.fake.client_id())
            .env("PORT_CLIENT_SECRET", self.fake.client_secret())
            .args(arguments);
        command
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments), "")
    }

    /// Runs it with something to read.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        Ran::of(self.command(arguments), input)
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Writes a file into the directory.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A stored webhook.
    #[track_caller]
    pub(crate) fn stored(&self, identifier: &str) -> Value {
        self.fake.webhook(identifier).expect("the webhook is there")
    }

    /// How many requests changed something, or tried to.
    pub(crate) fn writes(&self) -> usize {
        use fake_port::Route::{Create, Delete, Replace, Update};

        self.fake.requests().of([Create, Update, Replace, Delete]).len()
    }

    /// How many requests were sent, those for a token included.
    pub(crate) fn requests(&self) -> usize {
        self.fake.requests().len()
    }

    /// Waits for something that the fake does.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}
