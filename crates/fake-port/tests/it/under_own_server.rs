//! The suite under the fake's own server.

#[path = "suite/mod.rs"]
mod suite;

use fake_port::{Builder, FakePort, Recording, StartError};

trait Launch {
    async fn launch(self) -> Result<FakePort, StartError>;
}

impl Launch for Builder {
    async fn launch(self) -> Result<FakePort, StartError> {
        self.record(Recording::All).serve().await
    }
}
