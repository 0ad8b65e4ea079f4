//! What several tests need: a fake with a client, a contract to validate against.

pub mod contract;
mod log;
pub mod markdown;
pub mod pages;
mod polls;
mod property;
mod stalls;

use fake_port::{FakePort, Profile, Script, ScriptedServer};
use port_webhooks::{Client, ClientBuilder, Webhooks};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub use log::{Log, record_with};
pub use polls::poll_times;
pub use port_webhooks::test_util::ManualClock;
pub use property::{property, property_config};
pub use stalls::{StallClock, Stalls};

pub const PROFILES: [Profile; 2] = [Profile::Documented, Profile::Live];

pub const PAGE_URL: &str = "https://api.example.com/webhooks/port";

/// A client for a fake, with its credentials. Its time stands still, and it waits for nothing.
pub fn client_of(fake: &FakePort) -> ClientBuilder {
    let builder = Client::builder().credentials(fake.client_id(), fake.client_secret());
    builder.base_url(fake.uri()).clock(ManualClock::new()).http(plain_http())
}

pub fn hooks_of(fake: &FakePort) -> Webhooks {
    client_of(fake).build().unwrap().webhooks()
}

pub async fn fake_of(profile: Profile) -> FakePort {
    FakePort::builder().profile(profile).start().await.unwrap()
}

/// A client with a fixed token, for servers that know one route alone. It waits for nothing.
pub fn client_at(base_url: &str) -> ClientBuilder {
    let builder = Client::builder().access_token("fixed-access-token").base_url(base_url);
    builder.clock(ManualClock::new()).http(plain_http())
}

/// An HTTP client without roots to trust: to read those of the system takes most of the time of a short test.
pub fn plain_http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().tls_certs_only([])
}

/// A server that answers everything with one response.
pub async fn always(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(response).mount(&server).await;
    server
}

/// A server that plays one script on every connection.
pub async fn play(script: Script) -> ScriptedServer {
    ScriptedServer::start([script]).await.unwrap()
}

/// Adds the token route to a server.
pub async fn with_tokens(server: &MockServer, expires_in: serde_json::Value) {
    let body = serde_json::json!({ "ok": true, "accessToken": "a-token", "expiresIn": expires_in, "tokenType": "Bearer" });
    Mock::given(method("POST"))
        .and(path("/v1/auth/access_token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .with_priority(1)
        .mount(server)
        .await;
}
