//! How a fake starts and stops.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::time::{Duration, UNIX_EPOCH};

use fake_port::wiremock::{Mock, ResponseTemplate, matchers};
use fake_port::{Ending, FakePort, Fault, StartError};

use crate::client::{Client, subscription};

#[tokio::test]
async fn port_is_free_right_after_a_drop() {
    // Where no other test lets the system choose a port.
    let host: IpAddr = if cfg!(target_os = "linux") { [127, 0, 0, 77] } else { [127, 0, 0, 1] }.into();
    let number = TcpListener::bind((host, 0)).unwrap().local_addr().unwrap().port();
    for round in 0..20 {
        let builder = FakePort::builder().host(host).port(number).webhook(subscription("a"));
        let port = if round % 2 == 0 { builder.serve().await } else { builder.start().await }.unwrap();
        if round % 3 == 0 {
            port.mount(Mock::given(matchers::path("/x")).respond_with(ResponseTemplate::new(200))).await;
        }
        // A connection that is idle, and one that a fault keeps open.
        let client = Client::of(&port);
        assert_eq!(client.get("/v1/webhooks/a").await.status, 200);
        port.inject(Fault::broken_body(9, Ending::Hang));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let stalled = http.get(format!("{}/v1/webhooks/a", port.uri())).bearer_auth(port.issue_token());
        let _stalled = stalled.send().await.unwrap();
        drop(port);
    }
}

#[tokio::test(start_paused = true)]
async fn paused_clock_of_the_runtime_is_refused() {
    for refused in [FakePort::builder().start().await, FakePort::builder().serve().await] {
        let error = refused.unwrap_err();
        assert!(matches!(error, StartError::PausedClock), "{error}");
        assert!(
            error.to_string().contains("start_paused") && error.to_string().contains("Builder::clock"),
            "{error}"
        );
    }
    tokio::time::resume();
    assert!(FakePort::builder().start().await.is_ok());
}

/// The fake's time does not depend on the runtime's.
#[tokio::test]
async fn clock_paused_after_the_start_does_not_stop_the_fake() {
    let clock = || UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let port = FakePort::builder().clock(clock).webhook(subscription("a")).start().await.unwrap();
    tokio::time::pause();
    port.inject(Fault::slow(Duration::from_millis(5)));
    assert_eq!(Client::of(&port).get("/v1/webhooks/a").await.status, 200);
}

#[test]
fn fake_needs_no_runtime() -> io::Result<()> {
    let port = futures_util::FutureExt::now_or_never(FakePort::start()).unwrap();
    port.seed(subscription("a")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    assert_eq!(runtime.block_on(Client::of(&port).get("/v1/webhooks/a")).status, 200);
    // It outlives the runtime that used it.
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    assert_eq!(runtime.block_on(Client::of(&port).get("/v1/webhooks/a")).status, 200);
    Ok(())
}
