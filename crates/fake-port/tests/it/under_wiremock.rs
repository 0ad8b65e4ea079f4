//! The suite under wiremock.

#[path = "suite/mod.rs"]
mod suite;

use fake_port::{Builder, FakePort, StartError};

trait Launch {
    async fn launch(self) -> Result<FakePort, StartError>;
}

impl Launch for Builder {
    async fn launch(self) -> Result<FakePort, StartError> {
        self.start().await
    }
}
